import pytest

from ai_coder.errors import (
    AnswerBlockedError,
    AuthenticationNeededError,
    HostBlockedError,
    RateLimitedError,
    RequestRefusedError,
    StreamInterruptedError,
)
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    CompletionRequest,
    Finished,
    FinishReason,
    GenerationParameters,
    Image,
    ModelAnswered,
    Notice,
    NoticeKind,
    ProviderConfig,
    Role,
    TokenUsage,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers import provider_class
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.native_answer import without
from tests.conftest import until
from tests.fake_cloud import event, openai_error, recorded, stream
from tests.llm.cloud_support import (
    ask,
    collect,
    collect_until_failure,
    make_provider,
    only,
    text_of,
    thoughts_of,
)


@pytest.fixture
def server(gpt):
    return gpt


@pytest.fixture
def provider(server, loop):
    provider = make_provider("openai", server.url)
    yield provider
    loop.run_until_complete(provider.aclose())


async def test_only_models_that_chat_and_still_exist_are_listed(provider):
    probe = await provider.probe()

    assert probe.state.kind is ConnectionKind.READY
    assert probe.state.short == "4 models"
    assert [model.name for model in probe.models] == [
        "gpt-4",
        "gpt-4o-mini",
        "gpt-5.5",
        "gpt-6.2-sol",
    ]
    gpt4, mini, gpt55, _ = probe.models
    assert gpt4.metadata["lifecycle"] == "deprecated"
    assert "vision" not in gpt4.capabilities
    assert "vision" in mini.capabilities
    assert mini.reasoning_options == ()
    assert gpt55.reasoning_options == ("low", "medium", "high")
    assert (mini.context_length, gpt55.context_length) == (None, 1_050_000)


async def test_chat_completions_answer_with_text_and_usage(server, provider):
    events = await collect(provider, ask(max_tokens=50, stop=("END",), seed=3, temperature=0.2))

    assert text_of(events) == "Hello world"
    assert only(events, ModelAnswered).model == "gpt-4o-mini"
    assert only(events, TokenUsage) == TokenUsage(12, 5, None, 4)
    assert events[-1] == Finished(FinishReason.STOP)
    assert server.body["max_completion_tokens"] == 50
    assert server.body["stop"] == ["END"]
    assert "max_tokens" not in server.body


async def test_models_that_think_are_asked_through_responses_and_nothing_is_stored(
    server, provider
):
    server.thoughts = ["Let me", " see."]
    request = ChatRequest(
        "gpt-6.2-sol",
        (
            ChatMessage(Role.SYSTEM, "Be brief."),
            ChatMessage(Role.USER, "Look", (Image("image/png", b"png"),)),
        ),
        GenerationParameters(reasoning_effort="low", max_tokens=99),
    )

    events = await collect(provider, request)

    assert (thoughts_of(events), text_of(events)) == ("Let me see.", "Hello world")
    assert only(events, TokenUsage) == TokenUsage(11, 7, 3, None)
    body = server.body
    assert body["store"] is False
    assert body["instructions"] == "Be brief."
    assert body["reasoning"] == {"summary": "auto", "effort": "low"}
    assert body["max_output_tokens"] == 99
    assert body["input"][0]["content"][1]["type"] == "input_image"


async def test_a_recorded_responses_stream(server, provider):
    server.next("/v1/responses", recorded("openai_responses_stream_basic.sse", split_every=7))

    events = await collect(provider, ask("gpt-5.5"))

    assert text_of(events) == "pong"
    assert only(events, ModelAnswered).model == "gpt-5.5-2026-04-23"
    assert only(events, TokenUsage).input_tokens == 11


async def test_a_recorded_chat_stream_that_calls_a_tool_says_so(server, provider):
    server.next("/v1/chat/completions", recorded("openai_chat_stream.sse", split_every=11))

    events, error = await collect_until_failure(provider, ask())

    assert "asked for a tool" in str(error)
    assert only(events, TokenUsage) == TokenUsage(53, 15, 0, 0)


@pytest.mark.parametrize("model", ["gpt-4o-mini", "gpt-6.2-sol"])
async def test_a_stream_that_breaks_off_keeps_what_came(server, provider, model):
    chat = event({"choices": [{"delta": {"content": "Hel"}, "finish_reason": None}]})
    delta = event({"type": "response.output_text.delta", "delta": "Hel"})
    server.next("/v1/chat/completions", stream([chat]))
    server.next("/v1/responses", stream([delta]))

    events, error = await collect_until_failure(provider, ask(model))

    assert text_of(events) == "Hel"
    assert isinstance(error, StreamInterruptedError)


async def test_an_error_after_200_is_judged_by_its_code(server, provider):
    error = {"code": "rate_limit_exceeded", "message": "Rate limit reached", "type": "tokens"}
    failed = {"type": "response.failed", "response": {"status": "failed", "error": error}}
    server.next("/v1/responses", stream([event(failed, name="response.failed")]))
    server.next("/v1/chat/completions", stream([event({"error": error})]))

    for model in ("gpt-6.2-sol", "gpt-4o-mini"):
        _events, error = await collect_until_failure(provider, ask(model))
        assert isinstance(error, RateLimitedError)


async def test_a_refusal_is_no_answer(server, provider):
    refusal = event({"choices": [{"delta": {"refusal": "I will not."}, "finish_reason": "stop"}]})
    server.next("/v1/chat/completions", stream([refusal, b"data: [DONE]\n\n"]))
    said = {"type": "response.refusal.delta", "delta": "I will not."}
    done = {"type": "response.completed", "response": {"status": "completed"}}
    server.next("/v1/responses", stream([event(said), event(done)]))

    for model in ("gpt-4o-mini", "gpt-6.2-sol"):
        events, error = await collect_until_failure(provider, ask(model))
        assert isinstance(error, AnswerBlockedError)
        assert "I will not." in str(error)
        assert text_of(events) == ""


CHAT, THINKING = "gpt-4o-mini", "gpt-6.2-sol"
NO_SUCH = "Unsupported parameter: '{param}' is not supported with this model."
NOT_SO = "Unsupported value: '{param}' does not support 'low' with this model."
UNVERIFIED = "Your organization must be verified to generate reasoning summaries."


@pytest.mark.parametrize(
    ("model", "message", "param", "left_out", "said"),
    [
        (CHAT, NO_SUCH, "temperature", "temperature", "temperature"),
        (CHAT, NOT_SO, "response_format.type", "response_format", "response_format"),
        (THINKING, NO_SUCH, "temperature", "temperature", "temperature"),
        (THINKING, UNVERIFIED, "reasoning.summary", "reasoning.summary", "reasoning_summary"),
        (THINKING, NOT_SO, "reasoning.effort", "reasoning.effort", "reasoning_effort"),
        (THINKING, NO_SUCH, "text.format", "text", "response_format"),
        (THINKING, "No such schema.", "text.format.schema", "text", "response_format"),
    ],
)
async def test_a_refused_parameter_is_left_out_once_and_said(
    server, provider, model, message, param, left_out, said
):
    route = "/v1/responses" if model == THINKING else "/v1/chat/completions"
    told = message.format(param=param)
    server.next(route, openai_error(400, told, code="unsupported_value", param=param))
    given = {"temperature": 0.5, "reasoning_effort": "low", "response_format": "json"}

    events = await collect(provider, ask(model, **given))

    assert text_of(events) == "Hello world"
    notice = only(events, Notice)
    assert (notice.kind, notice["parameter"]) == (NoticeKind.PARAMETER_DROPPED, said)
    first, second = (request.json for request in server.asked(route))
    assert second == without(first, left_out)


async def test_a_refused_place_is_found_in_the_words_too(server, provider):
    told = NO_SUCH.format(param="text.format")
    server.next("/v1/responses", openai_error(400, told))

    events = await collect(provider, ask(THINKING, response_format="json"))

    assert only(events, Notice)["parameter"] == "response_format"


async def test_without_a_key_nobody_is_dialled(server):
    provider = make_provider("openai", server.url, key=None)

    probe = await provider.probe()

    assert probe.state.kind is ConnectionKind.AUTH_NEEDED
    with pytest.raises(AuthenticationNeededError):
        await collect(provider, ask())
    assert server.requests == []
    assert server.connections == 0


async def test_a_wrong_key_is_told_from_none(server):
    provider = make_provider("openai", server.url, key="sk-wrong-0000")

    probe = await provider.probe()
    await provider.aclose()

    assert probe.state.kind is ConnectionKind.TOKEN_REFUSED
    assert "sk-wrong-0000" not in repr(probe)


async def test_locked_the_service_is_not_dialled():
    services = ProviderServices(Network(local_only=True), token=lambda: "sk-key")
    provider = provider_class("openai")("openai", ProviderConfig(), services)

    assert (await provider.probe()).state.kind is ConnectionKind.BLOCKED
    with pytest.raises(HostBlockedError, match=r"api\.openai\.com"):
        await collect(provider, ask())
    await provider.aclose()


async def test_stopping_hangs_up(server, provider, loop):
    server.next("/v1/responses", stream([event({"type": "response.created"})], stall_after=1))
    task = loop.create_task(collect(provider, ask("gpt-6.2-sol")))
    await until(lambda: server.asked("/v1/responses"))

    task.cancel()

    await until(server.disconnected.is_set)


async def test_plain_text_is_not_completed(provider):
    with pytest.raises(RequestRefusedError, match="plain text"):
        async for _event in provider.complete(CompletionRequest("gpt-4o-mini", "def f")):
            pass
