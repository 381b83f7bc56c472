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
from tests.fake_cloud import event, gemini_error, recorded, stream
from tests.llm.cloud_support import (
    ask,
    collect,
    collect_until_failure,
    make_provider,
    only,
    text_of,
    thoughts_of,
)

MODEL = "gemini-3.8-flash"
ROUTE = f"/v1/models/{MODEL}:streamGenerateContent"


@pytest.fixture
def server(gemini):
    return gemini


@pytest.fixture
def provider(server, loop):
    provider = make_provider("google_gemini", server.url)
    yield provider
    loop.run_until_complete(provider.aclose())


async def test_the_list_tells_windows_and_who_thinks(provider):
    probe = await provider.probe()

    assert probe.state.kind is ConnectionKind.READY
    flash, _older, gemma = probe.models
    assert (flash.name, flash.context_length) == (MODEL, 1_048_576)
    assert flash.reasoning_options == ("low", "medium", "high")
    assert {"vision", "reasoning"} <= set(flash.capabilities)
    assert gemma.capabilities == ("chat",)


async def test_an_answer_with_thoughts_and_all_counts(server, provider):
    await provider.probe()
    server.thoughts = ["Let me", " see."]
    request = ChatRequest(
        MODEL,
        (
            ChatMessage(Role.SYSTEM, "Be brief."),
            ChatMessage(Role.USER, "Look", (Image("image/png", b"png"),)),
            ChatMessage(Role.ASSISTANT, "Yes"),
            ChatMessage(Role.USER, "And?"),
        ),
        GenerationParameters(
            reasoning_effort="low", stop=("END",), temperature=0.4, top_k=5, max_tokens=64, seed=7
        ),
    )

    events = await collect(provider, request)

    assert (thoughts_of(events), text_of(events)) == ("Let me see.", "Hello world")
    assert only(events, TokenUsage) == TokenUsage(18, 8, 4, 6)
    assert only(events, ModelAnswered).model == "gemini-3.8-flash-001"
    assert events[-1] == Finished(FinishReason.STOP)
    body = server.body
    assert body["systemInstruction"]["parts"] == [{"text": "Be brief."}]
    assert [each["role"] for each in body["contents"]] == ["user", "model", "user"]
    assert body["contents"][0]["parts"][0]["inlineData"] == {
        "mime_type": "image/png",
        "data": "cG5n",
    }
    assert body["generationConfig"] == {
        "temperature": 0.4,
        "topK": 5,
        "maxOutputTokens": 64,
        "seed": 7,
        "stopSequences": ["END"],
        "thinkingConfig": {"include_thoughts": True, "thinking_level": "LOW"},
    }


async def test_older_models_get_a_budget_instead_of_a_level(server, provider):
    await collect(provider, ask("gemini-2.5-flash", reasoning_effort="low"))

    thinking = server.body["generationConfig"]["thinkingConfig"]
    assert thinking == {"include_thoughts": True, "thinking_budget": 1024}


async def test_a_schema_for_the_answer(server, provider):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}

    await collect(
        provider, ask(MODEL, response_format=ResponseFormat.JSON_SCHEMA, json_schema=schema)
    )

    config = server.body["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"] == schema


async def test_a_version_in_the_address_is_used(server):
    provider = make_provider("google_gemini", f"{server.url}/v1beta")

    await collect_until_failure(provider, ask("gemini-flash-latest"))

    assert server.requests[-1].path == "/v1beta/models/gemini-flash-latest:streamGenerateContent"


@pytest.mark.parametrize("cut", [None, 1, 17])
async def test_a_recorded_stream(server, provider, cut):
    server.next(ROUTE, recorded("gemini_stream_usage.sse", split_every=cut))

    events = await collect(provider, ask(MODEL))

    assert text_of(events).split() == [str(number) for number in range(1, 31)]
    assert only(events, TokenUsage) == TokenUsage(18, 115, 35, None)


async def test_a_stream_that_breaks_off_keeps_what_came(server, provider):
    chunk = {"candidates": [{"content": {"parts": [{"text": "Hel"}], "role": "model"}}]}
    server.next(ROUTE, stream([event(chunk, newline="\r\n")]))

    events, error = await collect_until_failure(provider, ask(MODEL))

    assert text_of(events) == "Hel"
    assert isinstance(error, StreamInterruptedError)


async def test_a_connection_that_dies_keeps_what_came(server, provider):
    chunk = {"candidates": [{"content": {"parts": [{"text": "Hel"}], "role": "model"}}]}
    server.next(ROUTE, stream([event(chunk, newline="\r\n"), 0.05], close_abruptly=True))

    events, error = await collect_until_failure(provider, ask(MODEL))

    assert text_of(events) == "Hel"
    assert isinstance(error, StreamInterruptedError)


async def test_an_error_after_200(server, provider):
    chunk = {"candidates": [{"content": {"parts": [{"text": "Hel"}], "role": "model"}}]}
    failed = {"error": {"code": 503, "message": "The model is overloaded", "status": "UNAVAILABLE"}}
    server.next(ROUTE, stream([event(chunk, newline="\r\n"), event(failed, newline="\r\n")]))

    events, error = await collect_until_failure(provider, ask(MODEL))

    assert text_of(events) == "Hel"
    assert isinstance(error, OverloadedError)


@pytest.mark.parametrize(
    "chunk",
    [
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}},
        {"candidates": [{"finishReason": "SAFETY", "index": 0}]},
        {"candidates": [{"content": {"role": "model"}, "finishReason": "RECITATION"}]},
    ],
)
async def test_blocked_prompts_and_answers(server, provider, chunk):
    server.next(ROUTE, stream([event(chunk, newline="\r\n")]))

    _events, error = await collect_until_failure(provider, ask(MODEL))

    assert isinstance(error, AnswerBlockedError)


async def test_an_unknown_end_is_an_end_with_a_note(server, provider):
    chunk = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "NEW_ONE"}]}
    server.next(ROUTE, stream([event(chunk, newline="\r\n")]))

    events = await collect(provider, ask(MODEL))

    assert text_of(events) == "Hi"
    assert only(events, Notice)["message"] == "NEW_ONE"
    assert events[-1] == Finished(FinishReason.UNKNOWN)


async def test_a_refused_parameter_is_left_out_once_and_said(server, provider):
    message = "Penalty is not enabled for models/gemini-3.8-flash"
    server.next(ROUTE, gemini_error(400, message, "INVALID_ARGUMENT"))

    events = await collect(provider, ask(MODEL, presence_penalty=1.0))

    assert text_of(events) == "Hello world"
    assert only(events, Notice)["parameter"] == "presence_penalty"
    assert "presencePenalty" not in server.body.get("generationConfig", {})


async def test_without_a_key_nobody_is_dialled(server):
    provider = make_provider("google_gemini", server.url, key=None)

    assert (await provider.probe()).state.kind is ConnectionKind.AUTH_NEEDED
    with pytest.raises(AuthenticationNeededError):
        await collect(provider, ask(MODEL))
    assert server.connections == 0


async def test_a_wrong_key_is_a_400_and_still_told(server):
    provider = make_provider("google_gemini", server.url, key="AIza-wrong-000")

    probe = await provider.probe()
    await provider.aclose()

    assert probe.state.kind is ConnectionKind.TOKEN_REFUSED


async def test_locked_the_service_is_not_dialled():
    services = ProviderServices(Network(local_only=True), token=lambda: "AIza-key")
    provider = provider_class("google")("google_gemini", ProviderConfig(), services)

    assert (await provider.probe()).state.kind is ConnectionKind.BLOCKED
    with pytest.raises(HostBlockedError, match="generativelanguage"):
        await collect(provider, ask(MODEL))
    await provider.aclose()


async def test_every_byte_passes_the_one_door(server):
    network = Network()
    provider = make_provider("google_gemini", server.url, network=network)

    await collect(provider, ask(MODEL))

    (record,) = network.records()
    assert (record.purpose, record.requests) == ("Google Gemini: answers", 1)
    assert record.bytes_received > 100


async def test_stopping_hangs_up(server, provider, loop):
    chunk = {"candidates": [{"content": {"parts": [{"text": "Hel"}], "role": "model"}}]}
    server.next(ROUTE, stream([event(chunk, newline="\r\n")], stall_after=1))
    task = loop.create_task(collect(provider, ask(MODEL)))
    await until(lambda: server.asked(ROUTE))

    task.cancel()

    await until(server.disconnected.is_set)
