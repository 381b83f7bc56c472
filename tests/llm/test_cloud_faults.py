# ruff: noqa: E501  # a table reads best with one row for each fault
"""Everything that goes wrong with a cloud service, as rows: the error, what mends it, the words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

import pytest

from ai_coder import errors
from ai_coder.errors import Remedy
from ai_coder.llm.llm_manager import LLMManager
from ai_coder.llm.models import Notice, NoticeKind, ProviderConfig
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from tests.fake_cloud import (
    KEY,
    anthropic_error,
    event,
    gemini_error,
    openai_error,
    recorded,
    stream,
)
from tests.fake_http import Answer
from tests.llm.cloud_support import (
    FAKES,
    MODELS,
    ROUTES,
    ask,
    collect_until_failure,
    make_provider,
    text_of,
)

OPENAI, CLAUDE, GEMINI = "openai", "anthropic", "google_gemini"
PAGE = Answer(502, "<html><h1>502 Bad Gateway</h1></html>")
QUOTA_DAY = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}
QUOTA_MINUTE = {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProject"}]}
TOO_LONG = "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens."
CONTENT_FILTER = event(
    {"choices": [{"delta": {"content": "a"}, "finish_reason": "content_filter"}]}
)


@dataclass
class Fault:
    name: str
    kind: str
    answer: Answer
    error: type[errors.ProviderError]
    remedy: Remedy | None
    words: str
    retry_after: float | None = None


def told(delay: str) -> dict:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def reason(text: str) -> dict:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": text}


def failed(kind: str, message: str) -> bytes:
    return event({"type": "error", "error": {"type": kind, "message": message}}, name="error")


FAULTS = [
    Fault("wrong key", OPENAI, openai_error(401, "Incorrect API key provided: sk-te***", code="invalid_api_key"), errors.AuthenticationFailedError, Remedy.ENTER_TOKEN, "refused the key"),
    Fault("wrong key", CLAUDE, anthropic_error(401, "authentication_error", "invalid x-api-key"), errors.AuthenticationFailedError, Remedy.ENTER_TOKEN, "refused the key"),
    Fault("wrong key", GEMINI, gemini_error(400, "API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT", [reason("API_KEY_INVALID")]), errors.AuthenticationFailedError, Remedy.ENTER_TOKEN, "refused the key"),
    Fault("expired key", GEMINI, gemini_error(400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT", [reason("API_KEY_INVALID")]), errors.AuthenticationFailedError, Remedy.ENTER_TOKEN, "refused the key"),
    Fault("key may not", CLAUDE, anthropic_error(403, "permission_error", "Your API key does not have permission"), errors.AccessDeniedError, Remedy.ENTER_TOKEN, "does not have permission"),
    Fault("account may not", GEMINI, gemini_error(403, "Permission denied on this project", "PERMISSION_DENIED"), errors.AccessDeniedError, Remedy.CHOOSE_MODEL, "does not allow this: Permission denied"),
    Fault("country", OPENAI, openai_error(403, "Country, region, or territory not supported", code="unsupported_country_region_territory"), errors.AccessDeniedError, Remedy.CHOOSE_MODEL, "does not allow this: Country"),
    Fault("organisation", OPENAI, openai_error(404, "Your organization must be verified to use the model `gpt-4o-mini`.", code="model_not_found"), errors.AccessDeniedError, Remedy.CHOOSE_MODEL, "must be verified"),
    Fault("a page without words", OPENAI, Answer(403, "<html>Forbidden</html>"), errors.AuthenticationFailedError, Remedy.ENTER_TOKEN, "refused the key"),
    Fault("quota", OPENAI, openai_error(429, "You exceeded your current quota", code="insufficient_quota"), errors.QuotaExceededError, Remedy.CHOOSE_MODEL, "no quota left"),
    Fault("quota", CLAUDE, anthropic_error(402, "billing_error", "Payment required"), errors.QuotaExceededError, Remedy.CHOOSE_MODEL, "no quota left"),
    Fault("no credit", CLAUDE, anthropic_error(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."), errors.QuotaExceededError, Remedy.CHOOSE_MODEL, "no quota left"),
    Fault("quota of the day", GEMINI, gemini_error(429, "You exceeded your current quota", "RESOURCE_EXHAUSTED", [QUOTA_DAY, told("47s")]), errors.QuotaExceededError, Remedy.CHOOSE_MODEL, "no quota left"),
    Fault("429 with delay", OPENAI, openai_error(429, "Rate limit reached", code="rate_limit_exceeded", headers={"Retry-After": "7"}), errors.RateLimitedError, Remedy.RETRY, "slow down", 7),
    Fault("429 with delay in ms", OPENAI, openai_error(429, "Rate limit reached", headers={"retry-after-ms": "1500", "Retry-After": "2"}), errors.RateLimitedError, Remedy.RETRY, "slow down", 1.5),
    Fault("429 with delay", CLAUDE, anthropic_error(429, "rate_limit_error", "This request would exceed", headers={"retry-after": "12"}), errors.RateLimitedError, Remedy.RETRY, "slow down", 12),
    Fault("429 with delay", GEMINI, gemini_error(429, "Quota exceeded", "RESOURCE_EXHAUSTED", [QUOTA_MINUTE, told("47.5s")]), errors.RateLimitedError, Remedy.RETRY, "slow down", 47.5),
    Fault("429 without delay", OPENAI, openai_error(429, "Rate limit reached"), errors.RateLimitedError, Remedy.RETRY, "slow down"),
    Fault("429 without delay", CLAUDE, anthropic_error(429, "rate_limit_error", "Slow down"), errors.RateLimitedError, Remedy.RETRY, "slow down"),
    Fault("429 without delay", GEMINI, gemini_error(429, "Slow down", "RESOURCE_EXHAUSTED"), errors.RateLimitedError, Remedy.RETRY, "slow down"),
    Fault("a delay that is a date", CLAUDE, anthropic_error(429, "rate_limit_error", "Slow down", headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), errors.RateLimitedError, Remedy.RETRY, "slow down"),
    Fault("529", CLAUDE, anthropic_error(529, "overloaded_error", "Overloaded"), errors.OverloadedError, Remedy.RETRY, "overloaded"),
    Fault("503", OPENAI, openai_error(503, "The engine is currently overloaded"), errors.OverloadedError, Remedy.RETRY, "overloaded"),
    Fault("503", GEMINI, gemini_error(503, "The model is overloaded.", "UNAVAILABLE"), errors.OverloadedError, Remedy.RETRY, "overloaded"),
    Fault("529 with delay", CLAUDE, anthropic_error(529, "overloaded_error", "Overloaded", headers={"retry-after": "90"}), errors.OverloadedError, Remedy.RETRY, "overloaded", 90),
    Fault("503 with delay", GEMINI, gemini_error(503, "The model is overloaded.", "UNAVAILABLE", [told("3s")]), errors.OverloadedError, Remedy.RETRY, "overloaded", 3),
    Fault("500", OPENAI, openai_error(500, "The server had an error"), errors.ServerFailedError, Remedy.RETRY, "The server had an error"),
    Fault("500", CLAUDE, anthropic_error(500, "api_error", "Internal server error"), errors.ServerFailedError, Remedy.RETRY, "Internal server error"),
    Fault("500", GEMINI, gemini_error(500, "An internal error has occurred", "INTERNAL"), errors.ServerFailedError, Remedy.RETRY, "internal error"),
    Fault("504", CLAUDE, anthropic_error(504, "timeout_error", "Request timed out"), errors.ServerFailedError, Remedy.RETRY, "timed out"),
    Fault("content filter", OPENAI, stream([CONTENT_FILTER, b"data: [DONE]\n\n"]), errors.AnswerBlockedError, Remedy.CHOOSE_MODEL, "blocked"),
    Fault("content policy", OPENAI, openai_error(400, "Your request was rejected", code="content_policy_violation"), errors.AnswerBlockedError, Remedy.CHOOSE_MODEL, "rejected"),
    Fault("safety block", GEMINI, stream([event({"promptFeedback": {"blockReason": "SAFETY"}})]), errors.AnswerBlockedError, Remedy.CHOOSE_MODEL, "SAFETY"),
    Fault("unknown model", OPENAI, recorded("openai_chat_err_404_model.json"), errors.ModelNotFoundError, Remedy.CHOOSE_MODEL, "no model named gpt-4o-mini"),
    Fault("unknown model", CLAUDE, recorded("anthropic_err_404_model.json"), errors.ModelNotFoundError, Remedy.CHOOSE_MODEL, "no model named claude-opus-5-5"),
    Fault("unknown model", GEMINI, recorded("gemini_err_404_model.json"), errors.ModelNotFoundError, Remedy.CHOOSE_MODEL, "no model named gemini-3.8-flash"),
    Fault("model shut down", OPENAI, openai_error(404, "The model `gpt-4o-mini` has been deprecated", code="model_not_found"), errors.ModelNotFoundError, Remedy.CHOOSE_MODEL, "no model named"),
    Fault("too long", OPENAI, openai_error(400, TOO_LONG, code="context_length_exceeded"), errors.ContextOverflowError, Remedy.RELOAD_LARGER, "too long"),
    Fault("too long", CLAUDE, anthropic_error(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), errors.ContextOverflowError, Remedy.RELOAD_LARGER, "too long"),
    Fault("too long", GEMINI, gemini_error(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", "INVALID_ARGUMENT"), errors.ContextOverflowError, Remedy.RELOAD_LARGER, "too long"),
    Fault("too large", CLAUDE, anthropic_error(413, "request_too_large", "Request exceeds the maximum size"), errors.RequestTooLargeError, Remedy.START_FRESH, "maximum size"),
    Fault("other refusal", OPENAI, recorded("openai_responses_err_400_http.json"), errors.RequestRefusedError, None, "decimal below minimum"),
    Fault("other refusal", CLAUDE, anthropic_error(400, "invalid_request_error", "messages: at least one message is required"), errors.RequestRefusedError, None, "at least one"),
    Fault("country", GEMINI, gemini_error(400, "User location is not available for the API use.", "FAILED_PRECONDITION"), errors.AccessDeniedError, Remedy.CHOOSE_MODEL, "does not allow this: User location"),
    Fault("error after 200", CLAUDE, stream([failed("api_error", "Internal")]), errors.ServerFailedError, Remedy.RETRY, "Internal"),
    Fault("rate limit after 200", CLAUDE, stream([failed("rate_limit_error", "Slow")]), errors.RateLimitedError, Remedy.RETRY, "slow down"),
    *[
        fault
        for kind in (OPENAI, CLAUDE, GEMINI)
        for fault in (
            Fault("empty stream", kind, stream([]), errors.StreamInterruptedError, Remedy.CONTINUE, "broke off"),
            Fault("a proxy's page", kind, PAGE, errors.ServerFailedError, Remedy.RETRY, "502"),
            Fault("hung up at once", kind, Answer(200, "", close_abruptly=True), errors.ProviderError, None, ""),
        )
    ],
]  # fmt: skip


@pytest.fixture(params=FAKES)
def kind(request):
    return request.param


@pytest.fixture
def start(loop):
    """Starts the stand-in of a service."""
    servers = []

    def start(kind):
        server = FAKES[kind]()
        loop.run_until_complete(server.start())
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: f"{each.kind}-{each.name}")
def test_each_fault_has_its_error_its_remedy_and_its_words(fault, start, loop):
    server = start(fault.kind)
    server.always(ROUTES[fault.kind], fault.answer)
    provider = make_provider(fault.kind, server.url)

    events, error = loop.run_until_complete(
        collect_until_failure(provider, ask(MODELS[fault.kind]))
    )
    loop.run_until_complete(provider.aclose())

    assert isinstance(error, fault.error)
    if fault.words:
        assert error.remedy is fault.remedy
        assert fault.words in f"{error} {error.raw}"
    assert getattr(error, "retry_after", None) == fault.retry_after
    assert KEY not in f"{error} {error.raw} {error.details} {events}"
    assert len(server.asked(ROUTES[fault.kind])) == 1, "only the manager repeats a request"


@pytest.mark.parametrize(
    ("kind", "answer", "least"),
    [
        (OPENAI, openai_error(429, "Slow down", headers={"Retry-After": "7"}), 7),
        (CLAUDE, anthropic_error(429, "rate_limit_error", "Slow", headers={"retry-after": "3"}), 3),
        (CLAUDE, anthropic_error(529, "overloaded_error", "Overloaded"), 0),
        (CLAUDE, anthropic_error(529, "overloaded_error", "No", headers={"retry-after": "3"}), 3),
        (OPENAI, openai_error(503, "Overloaded", headers={"Retry-After": "2"}), 2),
        (GEMINI, gemini_error(503, "Overloaded", "UNAVAILABLE", [told("2.5s")]), 2.5),
        (OPENAI, openai_error(500, "The server had an error"), 0),
        (CLAUDE, anthropic_error(500, "api_error", "Internal server error"), 0),
        (GEMINI, gemini_error(500, "An internal error has occurred", "INTERNAL"), 0),
        (GEMINI, gemini_error(429, "Slow", "RESOURCE_EXHAUSTED", [told("2.5s")]), 2.5),
    ],
)
def test_the_manager_repeats_with_the_delay_that_was_asked_for(kind, answer, least, start, loop):
    server = start(kind)
    server.next(ROUTES[kind], answer)
    pauses = []
    manager = managed(kind, server.url, pauses)

    events, error = loop.run_until_complete(turn(manager, kind))
    loop.run_until_complete(manager.aclose())

    assert error is None
    assert text_of(events) == "Hello world"
    assert [each.kind for each in events if isinstance(each, Notice)] == [NoticeKind.RETRIED]
    assert pauses[0] >= least


@pytest.mark.parametrize(
    ("kind", "answer", "words"),
    [
        (OPENAI, openai_error(429, "Slow down", headers={"Retry-After": "90"}), "in 90 s"),
        (
            CLAUDE,
            anthropic_error(529, "overloaded_error", "", headers={"retry-after": "600"}),
            "in 10 min",
        ),
        (GEMINI, gemini_error(429, "Slow", "RESOURCE_EXHAUSTED", [told("47.2s")]), "in 48 s"),
        (CLAUDE, anthropic_error(504, "timeout_error", "Request timed out"), "again"),
    ],
)
def test_who_has_to_wait_long_is_told_how_long(kind, answer, words, start, loop):
    server = start(kind)
    server.always(ROUTES[kind], answer)
    pauses = []
    manager = managed(kind, server.url, pauses)

    _events, error = loop.run_until_complete(turn(manager, kind))
    loop.run_until_complete(manager.aclose())

    assert words in error.hint_text
    assert pauses == []
    assert len(server.asked(ROUTES[kind])) == 1


def test_nothing_is_repeated_after_the_first_word(kind, start, loop):
    server = start(kind)
    first = {
        OPENAI: {"choices": [{"delta": {"content": "Hel"}}]},
        CLAUDE: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hel"}},
        GEMINI: {"candidates": [{"content": {"parts": [{"text": "Hel"}]}}]},
    }[kind]
    error = {
        OPENAI: {"error": {"code": "rate_limit_exceeded", "message": "x"}},
        CLAUDE: {"type": "error", "error": {"type": "overloaded_error", "message": "x"}},
        GEMINI: {"error": {"code": HTTPStatus.SERVICE_UNAVAILABLE, "status": "UNAVAILABLE"}},
    }[kind]
    server.next(ROUTES[kind], stream([event(first), event(error)]))
    manager = managed(kind, server.url, [])

    events, failure = loop.run_until_complete(turn(manager, kind))
    loop.run_until_complete(manager.aclose())

    assert text_of(events) == "Hel"
    assert isinstance(failure, errors.RateLimitedError | errors.OverloadedError)
    assert len(server.asked(ROUTES[kind])) == 1


def test_a_service_that_is_gone_is_unreachable(kind, start, loop):
    server = start(kind)
    server.close()
    provider = make_provider(kind, server.url)

    state = loop.run_until_complete(provider.probe()).state
    _events, error = loop.run_until_complete(collect_until_failure(provider, ask(MODELS[kind])))
    loop.run_until_complete(provider.aclose())

    assert isinstance(error, errors.ProviderUnreachableError)
    assert state.short == "off"


def test_a_silent_service_is_waited_for_while_it_lives(kind, start, loop):
    server = start(kind)
    server.next(ROUTES[kind], Answer(200, chunks=[], stall_after=0))
    provider = make_provider(kind, server.url, timeout=0.1)

    async def wait_and_stop():
        task = loop.create_task(collect_until_failure(provider, ask(MODELS[kind])))
        while len(server.asked("/v1/models")) < 2:
            await asyncio.sleep(0.01)
        assert not task.done()
        task.cancel()
        await asyncio.wait({task})

    loop.run_until_complete(wait_and_stop())
    loop.run_until_complete(provider.aclose())


def managed(kind, url, pauses):
    async def pause(seconds):
        pauses.append(seconds)

    services = ProviderServices(Network(), token=lambda: KEY)
    configs = {kind: ProviderConfig(base_url=url)}
    return LLMManager(configs, {}, lambda _id: services, pause=pause)


async def turn(manager, kind):
    events = []
    try:
        async for each in manager.stream_chat(f"{kind}/{MODELS[kind]}", ask("")):
            events.append(each)
    except errors.ProviderError as error:
        return events, error
    return events, None
