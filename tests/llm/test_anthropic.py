import pytest

from ai_coder.errors import (
    AnswerBlockedError,
    AuthenticationNeededError,
    HostBlockedError,
    OverloadedError,
    StreamInterruptedError,
)
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    Finished,
    FinishReason,
    GenerationParameters,
    Image,
    ModelAnswered,
    Notice,
    ProviderConfig,
    ResponseFormat,
    Role,
    TokenUsage,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers import provider_class
from ai_coder.llm.providers.base import ProviderServices
from tests.conftest import until
from tests.fake_cloud import (
    ANTHROPIC_MODELS,
    anthropic_error,
    event,
    recorded,
    stream,
)
from tests.fake_http import Answer
from tests.llm.cloud_support import (
    ask,
    collect,
    collect_until_failure,
    make_provider,
    only,
    text_of,
    thoughts_of,
)

MODEL = "claude-opus-5-5"
ROUTE = "/v1/messages"


@pytest.fixture
def server(claude):
    return claude


@pytest.fixture
def provider(server, loop):
    provider = make_provider("anthropic", server.url)
    yield provider
    loop.run_until_complete(provider.aclose())


async def test_the_list_tells_windows_capabilities_and_lifecycle(provider):
    probe = await provider.probe()

    assert probe.state.kind is ConnectionKind.READY
    opus, haiku, sonnet = probe.models
    assert (opus.name, opus.context_length) == (MODEL, 1_000_000)
    assert {"chat", "vision", "reasoning", "json_schema"} <= set(opus.capabilities)
    assert opus.reasoning_options == ("none", "low", "medium", "high")
    assert haiku.context_length == 200_000
    assert sonnet.metadata["lifecycle"] == "deprecated"
    assert sonnet.metadata["retires_at"].startswith("2026-11-30")
    assert sonnet.reasoning_options == ()


async def test_a_list_of_several_pages_is_read_to_its_end(server, provider):
    first, *rest = ANTHROPIC_MODELS
    server.next(
        "/v1/models",
        Answer(200, {"data": [first], "has_more": True, "last_id": first["id"]}),
        Answer(200, {"data": rest, "has_more": False, "last_id": "x"}),
    )

    assert len(await provider.list_models()) == 3
    assert f"after_id={first['id']}" in server.requests[-1].query


async def test_an_answer_with_thoughts_and_all_counts(server, provider):
    await provider.probe()
    server.thoughts = ["Let me", " see."]
    request = ChatRequest(
        MODEL,
        (
            ChatMessage(Role.SYSTEM, "Be brief."),
            ChatMessage(Role.USER, "Look", (Image("image/webp", b"webp"),)),
        ),
        GenerationParameters(reasoning_effort="low", stop=("END",)),
    )

    events = await collect(provider, request)

    assert (thoughts_of(events), text_of(events)) == ("Let me see.", "Hello world")
    assert only(events, TokenUsage) == TokenUsage(30, 9, None, 7, 3)
    assert events[-1] == Finished(FinishReason.STOP)
    body = server.body
    assert body["max_tokens"] == 128_000
    assert body["system"] == "Be brief."
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "low"}
    assert body["stop_sequences"] == ["END"]
    assert body["messages"][0]["content"][0]["source"]["media_type"] == "image/webp"
    assert "temperature" not in body


async def test_parameters_the_service_no_longer_has_are_not_sent(server, provider):
    await collect(provider, ask(MODEL, temperature=0.5, top_p=0.5, top_k=3, seed=1))

    assert set(server.body) == {"model", "max_tokens", "messages", "stream"}


async def test_models_of_before_the_effort_setting_get_a_budget(server, provider):
    await provider.probe()

    await collect(provider, ask("claude-haiku-4-5", reasoning_effort="high"))

    assert server.body["max_tokens"] == 50_000
    assert server.body["thinking"] == {"type": "enabled", "budget_tokens": 24_576}
    assert "output_config" not in server.body


async def test_thinking_can_be_switched_off(server, provider):
    await provider.probe()

    await collect(provider, ask(MODEL, reasoning_effort="none"))

    assert server.body["thinking"] == {"type": "disabled"}


async def test_a_schema_for_the_answer(server, provider):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}

    await collect(
        provider, ask(MODEL, response_format=ResponseFormat.JSON_SCHEMA, json_schema=schema)
    )

    assert server.body["output_config"]["format"] == {"type": "json_schema", "schema": schema}


@pytest.mark.parametrize("cut", [None, 1, 13])
async def test_recorded_streams(server, provider, cut):
    server.next(
        ROUTE,
        recorded("anthropic_stream_minimal.sse", split_every=cut),
        recorded("anthropic_stream_thinking.sse", split_every=cut),
        recorded("anthropic_stream_tool_use.sse", split_every=cut),
    )

    minimal = await collect(provider, ask(MODEL))
    thinking = await collect(provider, ask(MODEL))
    with_tool = await collect(provider, ask(MODEL))

    assert text_of(minimal) == "2"
    assert only(minimal, TokenUsage).output_tokens == 5
    assert thoughts_of(thinking).startswith("This")
    assert "streets." in text_of(thinking)
    assert only(thinking, TokenUsage) == TokenUsage(43, 282, None, 0, 0)
    assert only(thinking, ModelAnswered).model == "claude-sonnet-4-20250514"
    assert with_tool[-1] == Finished(FinishReason.TOOL_CALLS)


async def test_a_stream_that_breaks_off_keeps_what_came(server, provider):
    data = recorded("anthropic_stream_thinking.sse").chunks[0]
    cut = data.index(b"content_block_stop")
    server.next(ROUTE, stream([data[:cut]]))

    events, error = await collect_until_failure(provider, ask(MODEL))

    assert thoughts_of(events)
    assert isinstance(error, StreamInterruptedError)
    assert only(events, TokenUsage) == TokenUsage(43, None, None, 0, 0)


async def test_an_error_after_200_is_judged_by_its_kind(server, provider):
    delta = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hel"}}
    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    server.next(ROUTE, stream([event(delta), event(failed, name="error")]))

    events, error = await collect_until_failure(provider, ask(MODEL))

    assert text_of(events) == "Hel"
    assert isinstance(error, OverloadedError)


async def test_a_refusal_says_why(server, provider):
    details = {"type": "refusal", "category": "cyber", "explanation": "This is not allowed."}
    end = {
        "type": "message_delta",
        "delta": {"stop_reason": "refusal", "stop_details": details},
        "usage": {"output_tokens": 1},
    }
    server.next(ROUTE, stream([event(end), event({"type": "message_stop"})]))

    _events, error = await collect_until_failure(provider, ask(MODEL))

    assert isinstance(error, AnswerBlockedError)
    assert "This is not allowed." in str(error)


async def test_a_refused_effort_is_left_out_once_and_said(server, provider):
    await provider.probe()
    server.next(ROUTE, recorded("anthropic_err_400_effort.json"))

    events = await collect(provider, ask(MODEL, reasoning_effort="xhigh"))

    assert text_of(events) == "Hello world"
    assert only(events, Notice)["parameter"] == "reasoning_effort"
    assert "output_config" not in server.body


async def test_a_parameter_that_is_refused_again_ends_the_attempts(server, provider):
    server.next(
        ROUTE, *[anthropic_error(400, "invalid_request_error", "thinking: not supported")] * 3
    )

    _events, error = await collect_until_failure(provider, ask(MODEL))

    assert "thinking" in str(error)
    assert len(server.asked(ROUTE)) == 1


async def test_without_a_key_nobody_is_dialled(server):
    provider = make_provider("anthropic", server.url, key=None)

    assert (await provider.probe()).state.kind is ConnectionKind.AUTH_NEEDED
    with pytest.raises(AuthenticationNeededError):
        await collect(provider, ask(MODEL))
    assert server.connections == 0


async def test_a_wrong_key_is_refused_in_words_without_the_key(server):
    provider = make_provider("anthropic", server.url, key="sk-ant-wrong-000")

    probe = await provider.probe()
    _, error = await collect_until_failure(provider, ask(MODEL))
    await provider.aclose()

    assert probe.state.kind is ConnectionKind.TOKEN_REFUSED
    assert "sk-ant-wrong" not in f"{probe!r}{error!r}{error.raw}"


async def test_locked_the_service_is_not_dialled():
    services = ProviderServices(Network(local_only=True), token=lambda: "sk-key")
    provider = provider_class("claude")("anthropic", ProviderConfig(), services)

    assert (await provider.probe()).state.kind is ConnectionKind.BLOCKED
    with pytest.raises(HostBlockedError, match=r"api\.anthropic\.com"):
        await collect(provider, ask(MODEL))
    await provider.aclose()


async def test_every_byte_passes_the_one_door(server):
    network = Network()
    provider = make_provider("anthropic", server.url, network=network)

    await collect(provider, ask(MODEL))

    (record,) = network.records()
    assert (record.purpose, record.requests) == ("Anthropic: answers", 1)
    assert record.bytes_received > 100


async def test_stopping_hangs_up(server, provider, loop):
    server.next(ROUTE, stream([event({"type": "ping"})], stall_after=1))
    task = loop.create_task(collect(provider, ask(MODEL)))
    await until(lambda: server.asked(ROUTE))

    task.cancel()

    await until(server.disconnected.is_set)
