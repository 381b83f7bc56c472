"""Ollama: models, replies, loading, from the outside."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from ai_coder.errors import (
    ContextOverflowError,
    EmptyAnswerError,
    HostBlockedError,
    ModelNotFoundError,
    RequestRefusedError,
    ServerFailedError,
    StreamInterruptedError,
)
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.memory import estimate_model
from ai_coder.llm.model_shape import shape_of_header
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    CompletionRequest,
    Finished,
    FinishReason,
    GenerationParameters,
    Image,
    Locality,
    ModelAnswered,
    ModelType,
    Notice,
    Phase,
    PhaseChanged,
    ProviderConfig,
    ReasoningDelta,
    ResponseFormat,
    Role,
    TextDelta,
    Timings,
    TokenUsage,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.ollama import OllamaProvider
from ai_coder.llm.providers.ollama_silence import Patience
from tests.conftest import until
from tests.fake_ollama import Answer, FakeOllama, OllamaModel, Reply, ToolCall, context_exceeded
from tests.fake_payloads import replay

LLAMA = "llama3.2:3b"


@pytest.fixture
def server(loop):
    server = FakeOllama()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def network():
    return Network()


@pytest.fixture
def provider(server, network, loop):
    config = ProviderConfig(base_url=server.url)
    services = ProviderServices(network)
    provider = OllamaProvider("ollama", config, services, patience=Patience(0.02, 0.02))
    yield provider
    loop.run_until_complete(provider.aclose())


def request_for(model=LLAMA, text="Hi", **options):
    return ChatRequest(model, (ChatMessage(Role.USER, text),), **options)


async def events_of(stream):
    async with aclosing(stream) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def collect(stream, into):
    """Gather events into a list that survives an error."""
    async with aclosing(stream) as events:
        async for event in events:
            into.append(event)


async def test_everything_the_server_says_of_a_model_is_listed(provider, server):
    model = OllamaModel("qwen3:4b", "qwen3", "4.0B", capabilities=("completion", "thinking"))
    server.models = [replace(model, tags_capabilities=("completion",))]
    await events_of(provider.load_model("qwen3:4b", context_length=16384))

    (listed,) = (await provider.probe()).models

    assert listed.ref == "ollama/qwen3:4b"
    assert listed.capabilities == ("chat", "completion", "reasoning", "json_schema")
    assert listed.reasoning_options == ("off", "on")
    assert (listed.parameters, listed.quantization) == ("4.0B", "Q4_K_M")
    assert (listed.context_length, listed.served_context) == (131072, 16384)
    assert (listed.size_bytes, listed.locality) == (model.size, Locality.LOCAL)
    assert listed.instances[0].memory_bytes > model.size
    assert listed.digest == model.digest


async def test_the_memory_of_a_model_is_estimated_from_its_header(provider, server):
    server.models = [OllamaModel("qwen3:4b", "qwen3", "4.0B")]

    (listed,) = (await provider.probe()).models
    small = await estimate_model(listed, 8192)
    large = await estimate_model(listed, 65536)

    shape = shape_of_header(listed.metadata["header"])
    assert shape.context_length == 131072
    assert all(isinstance(v, int | float | list | str) for v in listed.metadata["header"].values())
    assert small.total < large.total
    assert (large.cache - small.cache) > 0


async def test_embedding_and_cloud_models_are_told_apart(provider):
    probe = await provider.probe()

    models = {model.name: model for model in probe.models}
    assert models["nomic-embed-text:latest"].model_type is ModelType.EMBEDDING
    assert models["gpt-oss:120b-cloud"].locality is Locality.CLOUD
    assert models["gpt-oss:120b-cloud"].runs_at == "ollama.com"
    assert models["gpt-oss:120b-cloud"].reasoning_options == ("low", "medium", "high")
    assert models["gpt-oss:120b-cloud"].size_bytes is None
    assert "insert" in models["qwen2.5-coder:7b"].capabilities
    assert probe.state.kind is ConnectionKind.NOTHING_LOADED
    assert probe.state.models == 4


async def test_a_recorded_list_of_a_real_server_is_read(provider, server):
    server.next("/api/tags", replay("ollama/tags_final"))
    server.next("/api/ps", replay("ollama/ps_loaded"))
    server.always("/api/show", replay("ollama/show_fim"))

    probe = await provider.probe()

    loaded = [model.name for model in probe.models if model.is_loaded]
    assert len(probe.models) == 8
    assert loaded == ["plain:latest"]
    assert probe.state.kind is ConnectionKind.READY


async def test_details_are_asked_once_per_digest_and_unchanged_answers_are_not_read_again(
    provider, server
):
    first = await provider.probe()
    second = await provider.probe()

    assert second is first
    assert len(server.asked("/api/show")) == len(server.models)


async def test_a_reply_with_thinking_arrives_in_phases(provider, server):
    server.models = [OllamaModel("qwen3:4b", capabilities=("completion", "thinking"))]
    server.reply = Reply(reasoning=["Hm", "."], content=["Hel", "lo"], prompt_tokens=42)

    events = await events_of(provider.stream_chat(request_for("qwen3:4b")))

    phases = [event.phase for event in events if isinstance(event, PhaseChanged)]
    phases = [phase for phase in phases if phase is not Phase.READING_PROMPT]  # if it was slow
    assert phases == [Phase.CONNECTING, Phase.THINKING, Phase.WRITING]
    assert ModelAnswered("qwen3:4b", "ollama") in events
    assert "".join(e.text for e in events if isinstance(e, ReasoningDelta)) == "Hm."
    assert text_of(events) == "Hello"
    assert TokenUsage(input_tokens=42, output_tokens=4) in events
    timings = next(e for e in events if isinstance(e, Timings))
    assert timings.prompt_per_second == pytest.approx(42 / 0.1205)
    assert timings.output_per_second == pytest.approx(1 / 0.033361138)
    assert events[-1] == Finished(FinishReason.STOP)


async def test_a_cold_model_is_loading_then_reading(provider, server):
    server.loading, server.prefill = asyncio.Event(), asyncio.Event()
    events = []
    task = asyncio.get_running_loop().create_task(
        collect(provider.stream_chat(request_for()), events)
    )

    await until(lambda: PhaseChanged(Phase.LOADING_MODEL) in events)
    model = next(m for m in (await provider.probe()).models if m.name == LLAMA)
    assert model.is_loading
    server.loading.set()
    await until(lambda: PhaseChanged(Phase.READING_PROMPT) in events)
    server.prefill.set()
    await task

    phases = [event.phase for event in events if isinstance(event, PhaseChanged)]
    assert phases == [
        Phase.CONNECTING,
        Phase.LOADING_MODEL,
        Phase.READING_PROMPT,
        Phase.WRITING,
    ]
    model = next(m for m in (await provider.probe()).models if m.name == LLAMA)
    assert not model.is_loading


async def test_the_window_never_changes_by_accident(provider, server):
    await events_of(provider.stream_chat(request_for()))
    await events_of(provider.stream_chat(request_for(text="word " * 6000)))
    await events_of(provider.load_model(LLAMA))

    assert server.loads == [(LLAMA, 8192)]


async def test_a_larger_window_is_a_wish_and_stays(provider, server):
    await events_of(provider.stream_chat(request_for()))
    await events_of(provider.stream_chat(request_for(context_length=32768)))
    await events_of(provider.stream_chat(request_for()))

    assert server.loads == [(LLAMA, 8192), (LLAMA, 32768)]


async def test_a_first_long_prompt_gets_the_step_that_holds_it(provider, server):
    await events_of(provider.stream_chat(request_for(text="word " * 6000)))

    assert server.loads == [(LLAMA, 16384)]


async def test_the_window_that_another_program_loaded_is_reused(server, network, loop):
    config = ProviderConfig(base_url=server.url)
    for _program in range(2):
        provider = OllamaProvider("ollama", config, ProviderServices(network))
        await events_of(provider.stream_chat(request_for(context_length=None)))
        if not server.asked("/api/generate"):
            await events_of(provider.load_model(LLAMA, context_length=16384))
            server.requests.clear()
        await provider.aclose()

    assert server.loads == [(LLAMA, 8192), (LLAMA, 16384)]


async def test_the_window_is_at_most_what_the_model_was_trained_for(provider, server):
    server.models = [OllamaModel("small", context_length=2048)]

    await events_of(provider.stream_chat(request_for("small", context_length=65536)))

    assert server.loads == [("small:latest", 2048)]


async def test_parameters_travel_in_ollamas_words(provider, server):
    parameters = GenerationParameters(
        temperature=0.1,
        top_k=5,
        max_tokens=64,
        stop=("END",),
        seed=7,
        response_format=ResponseFormat.JSON_SCHEMA,
        json_schema={"type": "object"},
    )
    messages = (
        ChatMessage(Role.SYSTEM, "Be brief."),
        ChatMessage(Role.USER, "Look", images=(Image("image/png", b"\x89PNG"),)),
    )

    await events_of(provider.stream_chat(ChatRequest(LLAMA, messages, parameters)))

    body = server.asked("/api/chat")[-1].json
    assert body["options"] == {
        "temperature": 0.1,
        "top_k": 5,
        "seed": 7,
        "num_predict": 64,
        "stop": ["END"],
        "num_ctx": 8192,
    }
    assert (body["truncate"], body["shift"]) == (False, False)
    assert body["format"] == {"type": "object"}
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look", "images": ["iVBORw=="]},
    ]


@pytest.mark.parametrize(
    ("effort", "sent"), [("off", False), ("on", True), ("low", "low"), (None, None)]
)
async def test_reasoning_effort_becomes_think(provider, server, effort, sent):
    server.models = [OllamaModel("qwen3:4b", capabilities=("completion", "thinking"))]
    parameters = GenerationParameters(reasoning_effort=effort)

    await events_of(provider.stream_chat(request_for("qwen3:4b", parameters=parameters)))

    assert server.asked("/api/chat")[-1].json.get("think") is sent or sent == "low"
    assert server.asked("/api/chat")[-1].json.get("think") == sent


async def test_reasoning_effort_is_dropped_with_a_notice_where_nothing_thinks(provider, server):
    parameters = GenerationParameters(reasoning_effort="on")

    events = await events_of(provider.stream_chat(request_for(parameters=parameters)))

    assert any(isinstance(e, Notice) and e["parameter"] == "reasoning_effort" for e in events)
    assert "think" not in server.asked("/api/chat")[-1].json


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

    async with asyncio.timeout(1):
        await server.disconnected.wait()
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


async def test_fill_in_the_middle_sends_the_suffix(provider, server):
    server.reply = Reply(content=["a + b"])
    request = CompletionRequest("qwen2.5-coder:7b", "def add(a, b): return ", "\nprint()")

    events = await events_of(provider.complete(request))

    body = server.asked("/api/generate")[-1].json
    assert text_of(events) == "a + b"
    assert body["suffix"] == "\nprint()"
    assert "raw" not in body


async def test_plain_completion_goes_without_a_template(provider, server):
    await events_of(provider.complete(CompletionRequest(LLAMA, "Once upon")))

    assert server.asked("/api/generate")[-1].json["raw"] is True


async def test_a_model_that_cannot_fill_in_is_refused_before_asking(provider, server):
    with pytest.raises(RequestRefusedError, match="fill in"):
        await events_of(provider.complete(CompletionRequest(LLAMA, "a", "b")))

    assert not server.asked("/api/generate")


async def test_loading_twice_at_once_loads_once(provider, server):
    server.loading = asyncio.Event()
    loop = asyncio.get_running_loop()
    steps = []
    tasks = [
        loop.create_task(collect(provider.load_model(LLAMA, context_length=16384), steps))
        for _each in range(2)
    ]
    await until(lambda: any(step.seconds > 0 for step in steps))

    server.loading.set()
    await asyncio.gather(*tasks)

    assert server.loads == [(LLAMA, 16384)]
    assert steps[-1].progress == 1.0


async def test_cancelling_a_load_hangs_up(provider, server):
    server.loading = asyncio.Event()
    task = asyncio.get_running_loop().create_task(events_of(provider.load_model(LLAMA)))
    await until(lambda: server.asked("/api/chat"))

    task.cancel()

    async with asyncio.timeout(1):
        await server.disconnected.wait()
    assert server.loads == []


async def test_unloading_frees_the_model(provider, server):
    await events_of(provider.load_model(LLAMA))

    await provider.unload_model(LLAMA)

    assert server.unloads == [LLAMA]


async def test_an_unknown_model_is_named(provider):
    with pytest.raises(ModelNotFoundError, match="nosuch"):
        await events_of(provider.stream_chat(request_for("nosuch")))


async def test_a_cloud_model_is_not_asked_while_local_only_is_on(provider, server, network):
    network.lock()

    with pytest.raises(HostBlockedError, match=r"ollama\.com"):
        await events_of(provider.stream_chat(request_for("gpt-oss:120b-cloud")))

    assert not server.asked("/api/chat")


async def test_a_cloud_model_gets_no_window(provider, server):
    await events_of(provider.stream_chat(request_for("gpt-oss:120b-cloud")))

    assert "options" not in server.asked("/api/chat")[-1].json
