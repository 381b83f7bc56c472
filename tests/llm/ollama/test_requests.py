"""What is asked of an Ollama: windows, parameters, phases."""

from __future__ import annotations

import asyncio

import pytest

from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    Finished,
    FinishReason,
    GenerationParameters,
    Image,
    ModelAnswered,
    Notice,
    Phase,
    PhaseChanged,
    ProviderConfig,
    ReasoningDelta,
    ResponseFormat,
    Role,
    Timings,
    TokenUsage,
)
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.ollama import OllamaProvider
from tests.conftest import until
from tests.fake_ollama import OllamaModel, Reply
from tests.llm.ollama.asking import LLAMA, collect, events_of, request_for, text_of


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
