"""What an Ollama answers, however it arrives."""

from __future__ import annotations

import asyncio

import pytest

from ai_coder.errors import (
    ContextOverflowError,
    EmptyAnswerError,
    ModelDiedError,
    ModelLoadFailedError,
    Remedy,
    ServerFailedError,
    StreamInterruptedError,
)
from ai_coder.llm.models import (
    CompletionRequest,
    Finished,
    FinishReason,
    ReasoningDelta,
    TextDelta,
    TokenUsage,
)
from tests.conftest import until
from tests.fake_ollama import Answer, OllamaModel, Reply, ToolCall, context_exceeded
from tests.fake_payloads import replay
from tests.llm.ollama.asking import LLAMA, collect, events_of, request_for, text_of


async def test_a_prompt_too_long_for_the_window_is_an_error_with_numbers(provider, server):
    server.next("/api/chat", context_exceeded(13903, 8192))

    with pytest.raises(ContextOverflowError) as caught:
        await events_of(provider.stream_chat(request_for()))

    assert (caught.value.prompt_tokens, caught.value.context_length) == (13903, 8192)


async def test_what_arrived_before_an_error_in_the_stream_is_kept(provider, server):
    server.reply = Reply(content=["Hel", "lo"], error="Compute error.")
    events = []

    with pytest.raises(ServerFailedError, match="Compute error"):
        await collect(provider.stream_chat(request_for()), events)

    assert text_of(events) == "Hello"


async def test_a_model_that_dies_after_it_spoke_was_loaded(provider, server):
    died = "llama-server process has terminated: signal: killed"
    server.reply = Reply(content=["Hel", "lo"], error=died)
    events = []

    with pytest.raises(ModelDiedError, match="stopped in the middle of its answer") as caught:
        await collect(provider.stream_chat(request_for()), events)

    assert text_of(events) == "Hello"
    assert caught.value.remedy is Remedy.CONTINUE
    server.reply = Reply(content=[], error=died)
    with pytest.raises(ModelLoadFailedError):
        await events_of(provider.stream_chat(request_for()))


@pytest.mark.parametrize("cut", [{"end_after": 1}, {"close_after": 1}, {"done": False}])
async def test_an_end_without_done_is_an_interruption(provider, server, cut):
    server.reply = Reply(content=["Hel", "lo"], **cut)
    events = []

    with pytest.raises(StreamInterruptedError):
        await collect(provider.stream_chat(request_for()), events)

    assert text_of(events).startswith("Hel")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 64, 1000])
async def test_packets_may_end_anywhere(provider, server, size):
    words = ["Grüße", " 漢字", " \x85 \u2028 <&>", " 👩‍💻", "\n"]
    server.reply = Reply(content=words, split_every=size)

    events = await events_of(provider.stream_chat(request_for()))

    assert text_of(events) == "".join(words)
    assert events[-1] == Finished(FinishReason.STOP)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n"])
async def test_line_endings_do_not_matter(provider, server, ending):
    separator = ending or "\n"
    lines = [
        '{"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}',
        '{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}',
    ]
    server.next("/api/chat", Answer(chunks=[lines[0] + separator, lines[1] + ending]))

    events = await events_of(provider.stream_chat(request_for()))

    assert text_of(events) == "Hi"
    assert events[-1] == Finished(FinishReason.STOP)


async def test_invalid_utf8_becomes_a_replacement_character(provider, server):
    server.reply = Reply(content=["a\udcffb"])

    events = await events_of(provider.stream_chat(request_for()))

    assert text_of(events) == "a\ufffdb"


@pytest.mark.parametrize(
    ("recorded", "text", "thoughts"),
    [
        ("chat_plain_stream_warm", None, ""),
        ("chat_plain_stream_coldload", None, ""),
        ("chat_plain_nostream", None, ""),
        ("scripted_chat_thinking_stream", None, "The user wants"),
        ("scripted_chat_unicode_line_separators", "\x85", ""),
    ],
)
@pytest.mark.parametrize("size", [None, 1, 37])
async def test_recorded_streams_of_a_real_server_are_read(
    provider, server, recorded, text, thoughts, size
):
    answer = replay(f"ollama/{recorded}")
    if answer.chunks is not None:
        answer.split_every = size
    server.next("/api/chat", answer)

    events = await events_of(provider.stream_chat(request_for()))

    thought = "".join(e.text for e in events if isinstance(e, ReasoningDelta))
    assert text_of(events)
    assert text is None or text in text_of(events)
    assert thought.startswith(thoughts)
    assert isinstance(events[-1], Finished)
    assert any(isinstance(event, TokenUsage) for event in events)


@pytest.mark.parametrize(
    "recorded", ["scripted_chat_tools_stream", "scripted_chat_gotemplate_tools_stream"]
)
async def test_a_tool_call_is_seen_wherever_it_stands(provider, server, recorded):
    server.next("/api/chat", replay(f"ollama/{recorded}"))
    events = []

    with pytest.raises(EmptyAnswerError, match="a tool"):
        await collect(provider.stream_chat(request_for()), events)

    assert text_of(events) == ""


async def test_thoughts_between_tags_are_told_apart(provider, server):
    server.reply = Reply(content=["<thi", "nk>\nHm.", "</think>\n\n", "Hel", "lo <think>"])

    events = await events_of(provider.stream_chat(request_for()))

    assert "".join(e.text for e in events if isinstance(e, ReasoningDelta)) == "Hm."
    assert text_of(events) == "Hello <think>"


async def test_a_completion_keeps_its_tags(provider, server):
    server.reply = Reply(content=["<think>", "x"])

    events = await events_of(provider.complete(CompletionRequest(LLAMA, "Once")))

    assert text_of(events) == "<think>x"


async def test_many_tokens_arrive_in_few_batches(provider, server):
    server.reply = Reply(content=["x"] * 2000, join=500)

    events = await events_of(provider.stream_chat(request_for()))

    assert text_of(events) == "x" * 2000
    assert sum(isinstance(event, TextDelta) for event in events) < 200


async def test_cancelling_hangs_up(provider, server):
    server.reply = Reply(content=["Hel", "lo"], stall_after=1)
    events = []
    task = asyncio.get_running_loop().create_task(
        collect(provider.stream_chat(request_for()), events)
    )
    await until(lambda: text_of(events) == "Hel")

    task.cancel()

    await until(server.disconnected.is_set)
    assert task.cancelled() or await asyncio.wait({task})


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(content=[], reasoning=["Hm"], finish_reason="length"), "on thinking"),
        (Reply(content=[], reasoning=["Hm"]), "after thinking"),
        (Reply(content=[], tool_calls=[ToolCall("look")]), "a tool"),
        (Reply(content=[], finish_reason="length"), "no room"),
        (Reply(content=[]), "no reason"),
    ],
)
async def test_an_empty_answer_is_explained(provider, server, reply, reason):
    server.models = [OllamaModel("m", capabilities=("completion", "thinking", "tools"))]
    server.reply = reply

    with pytest.raises(EmptyAnswerError, match=reason):
        await events_of(provider.stream_chat(request_for("m")))


async def test_length_is_told_as_the_reason_of_the_end(provider, server):
    server.reply = Reply(content=["Hi"], finish_reason="length")

    events = await events_of(provider.stream_chat(request_for()))

    assert events[-1] == Finished(FinishReason.LENGTH)
