"""What LM Studio and its relatives do wrong, and what the user is told (lmstudio.md 2.5, 7).

A row is a situation: how the server behaves, and then the state or the event, the words and
the action it must end in.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

import pytest

from ai_coder import errors
from ai_coder.errors import Remedy
from ai_coder.llm.connection import ConnectionKind, Health
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    Finished,
    FinishReason,
    GenerationParameters,
    ModelAnswered,
    Notice,
    NoticeKind,
    ProviderConfig,
    ReasoningDelta,
    Role,
    TextDelta,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.lm_studio import LMStudioProvider
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider
from tests.fake_http import Answer
from tests.fake_lm_studio import FAULTS, VALID_TOKEN, FakeLMStudio, LMModel, Reply, ToolCall
from tests.fake_lm_studio_errors import OVERFLOW_TEXTS, object_error, stream_error, text_error

CODER = "qwen2.5-coder-7b-instruct"
CHAT = "/v1/chat/completions"
NATIVE = "/api/v1/chat"
HISTORY = (
    ChatMessage(Role.USER, "Hi"),
    ChatMessage(Role.ASSISTANT, "Hello"),
    ChatMessage(Role.USER, "Again"),
)
FIRST = (ChatMessage(Role.USER, "Hi"),)
Setup = Callable[[FakeLMStudio], None]


def scripted(answer: Answer, path: str = CHAT) -> Setup:
    return lambda server: server.always(path, answer)


def saying(**reply) -> Setup:
    def set_up(server: FakeLMStudio) -> None:
        server.reply = Reply(**reply)

    return set_up


def having(**attributes) -> Setup:
    def set_up(server: FakeLMStudio) -> None:
        for name, value in attributes.items():
            setattr(server, name, value)

    return set_up


def everything_is(answer: Answer) -> Setup:
    def set_up(server: FakeLMStudio) -> None:
        for path in ("/lmstudio-greeting", "/api/v1/models", "/api/v0/models", "/v1/models"):
            server.always(path, answer)

    return set_up


def both(*setups: Setup) -> Setup:
    return lambda server: [set_up(server) for set_up in setups] and None


@pytest.fixture
def server(loop):
    server = FakeLMStudio()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@dataclass
class State:
    """A row of the first table: the state that asking the server ends in."""

    name: str
    set_up: Setup
    kind: ConnectionKind
    words: str
    remedy: Remedy | None
    health: Health = Health.FAILED
    token: str | None = None
    path: str = "/v1"


STATES = [
    State("off", FakeLMStudio.close, ConnectionKind.UNREACHABLE, "does not answer",
          Remedy.START_SERVER, Health.OFF),
    State("accepts, never answers", everything_is(FAULTS["never answers"]),
          ConnectionKind.UNREACHABLE, "says nothing", Remedy.RETRY, Health.OFF),
    State("a web page", everything_is(FAULTS["html page"]), ConnectionKind.SOMETHING_ELSE,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    State("a proxy", everything_is(FAULTS["bad gateway"]), ConnectionKind.SOMETHING_ELSE,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    State("another JSON server", everything_is(Answer(body={"hello": "world"})),
          ConnectionKind.SOMETHING_ELSE, "is not LM Studio", Remedy.OPEN_SETTINGS),
    State("an empty body", everything_is(FAULTS["empty body"]), ConnectionKind.SOMETHING_ELSE,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    State("half a list", everything_is(FAULTS["broken json"]), ConnectionKind.SOMETHING_ELSE,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    State("hangs up", everything_is(FAULTS["closes at once"]), ConnectionKind.DEGRADED,
          "with errors", Remedy.RETRY, Health.WAITING),
    State("wrong path", lambda _server: None, ConnectionKind.WRONG_PATH, "not at this path",
          Remedy.USE_ADDRESS, path="/some/where"),
    State("no token", having(token=VALID_TOKEN), ConnectionKind.AUTH_NEEDED, "asks for a token",
          Remedy.ENTER_TOKEN),
    State("no token, and /v1 pretends not to exist (Q3)",
          having(token=VALID_TOKEN, auth_on_v1="200"), ConnectionKind.AUTH_NEEDED,
          "asks for a token", Remedy.ENTER_TOKEN),
    State("wrong token", having(token=VALID_TOKEN), ConnectionKind.TOKEN_REFUSED,
          "refused the token", Remedy.ENTER_TOKEN, token="sk-lm-wrong"),
    State("right token", having(token=VALID_TOKEN), ConnectionKind.READY, "ready", None,
          Health.READY, token=VALID_TOKEN),
    State("nothing downloaded", having(models=[]), ConnectionKind.NOTHING_DOWNLOADED,
          "no chat model", Remedy.DOWNLOAD_MODEL, Health.WAITING),
    State("embedding models only", having(models=[LMModel("text-embedding-x", type="embedding")]),
          ConnectionKind.NOTHING_DOWNLOADED, "no chat model", Remedy.DOWNLOAD_MODEL,
          Health.WAITING),
    State("nothing loaded", having(models=[LMModel("a"), LMModel("b")]),
          ConnectionKind.NOTHING_LOADED, "no model is loaded", Remedy.LOAD_MODEL, Health.READY),
    State("nothing loaded, version 0.3, loading on demand off (Q7)",
          having(models=[LMModel("a")], level="v0", jit=False), ConnectionKind.NOTHING_LOADED,
          "no model is loaded", Remedy.LOAD_MODEL, Health.READY),
    State("empty list on /v1 alone (Q7)", having(models=[LMModel("a")], level="v1", jit=False),
          ConnectionKind.NOTHING_LOADED, "no model is loaded", Remedy.LOAD_MODEL, Health.READY),
    State("a cold start lists embeddings first (Q36)", having(cold_start=True),
          ConnectionKind.READY, "ready", None, Health.READY),
    State("version 0.3.6", having(level="v0"), ConnectionKind.READY, "ready", None, Health.READY),
    State("before 0.3.6", having(level="v1"), ConnectionKind.READY, "ready", None, Health.READY),
    State("greets but its lists fail", lambda server: [
              server.always(path, Answer(500, {"error": "Internal"}))
              for path in ("/api/v1/models", "/api/v0/models", "/v1/models")] and None,
          ConnectionKind.DEGRADED, "with errors", Remedy.RETRY, Health.WAITING),
    State("does not greet but lists", scripted(Answer(404, "nope"), "/lmstudio-greeting"),
          ConnectionKind.READY, "ready", None, Health.READY),
    State("odd entries in the list", scripted(Answer(body={"models": [None, "x", {"key": "a"}]}),
                                              "/api/v1/models"),
          ConnectionKind.NOTHING_LOADED, "no model is loaded", Remedy.LOAD_MODEL, Health.READY),
]  # fmt: skip


@pytest.mark.parametrize("row", STATES, ids=lambda row: row.name)
async def test_every_state_has_its_words_and_its_action(server, row):
    row.set_up(server)
    config = ProviderConfig(base_url=server.url + row.path, timeout=5)
    services = ProviderServices(Network(), token=lambda: row.token)
    provider = LMStudioProvider("lm_studio", config, services)

    state = (await provider.probe()).state

    assert state.kind is row.kind, state
    assert row.words in state.sentence
    assert state.remedy is row.remedy
    assert state.health is row.health
    assert state.short
    assert VALID_TOKEN not in repr(state)
    if state.remedy is Remedy.USE_ADDRESS:
        assert state.suggestion == server.url
    await provider.aclose()


@dataclass
class Fault:
    """A row of the second table: the error that a turn ends in, and what is kept."""

    name: str
    set_up: Setup
    error: type[errors.ProviderError]
    words: str
    remedy: Remedy | None
    text: str = ""
    thoughts: str = ""
    messages: tuple[ChatMessage, ...] = HISTORY
    check: Callable[[errors.ProviderError], bool] = field(default=lambda _error: True)


def overflow_row(number: int, prompt: int | None, window: int | None) -> Fault:
    return Fault(
        f"overflow, wording {number}",
        scripted(stream_error(OVERFLOW_TEXTS[number])),
        errors.ContextOverflowError,
        "too long",
        Remedy.RELOAD_LARGER,
        check=lambda error: (error.prompt_tokens, error.context_length) == (prompt, window),
    )


LLAMA_OVERFLOW = Answer(400, {"error": {
    "code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 3016, "n_ctx": 1024,
    "message": "request (3016 tokens) exceeds the available context size (1024 tokens)",
}})  # fmt: skip
VLLM_OVERFLOW = Answer(400, {"object": "error", "code": 400, "message": (
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens "
    "(4500 in the messages, 500 in the completion).")})  # fmt: skip

FAULTS_OF_A_TURN = [
    overflow_row(0, 31430, 30000),
    overflow_row(1, None, None),
    overflow_row(2, 4270, 4096),
    overflow_row(3, 5000, 4096),
    overflow_row(4, None, None),
    Fault("overflow as a string", scripted(FAULTS["overflow string"]),
          errors.ContextOverflowError, "too long", Remedy.RELOAD_LARGER),
    Fault("overflow as an object", scripted(FAULTS["overflow object"]),
          errors.ContextOverflowError, "too long", Remedy.RELOAD_LARGER),
    Fault("overflow as an empty stream (Q19)", both(
              having(overflow="empty"), saying(content=[], prompt_tokens=40000)),
          errors.ContextOverflowError, "too long", Remedy.RELOAD_LARGER,
          check=lambda error: (error.prompt_tokens, error.context_length) == (40000, 32768)),
    Fault("overflow of llama.cpp", scripted(LLAMA_OVERFLOW), errors.ContextOverflowError,
          "too long", Remedy.RELOAD_LARGER,
          check=lambda error: (error.prompt_tokens, error.context_length) == (3016, 1024)),
    Fault("overflow of vLLM", scripted(VLLM_OVERFLOW), errors.ContextOverflowError,
          "too long", Remedy.RELOAD_LARGER,
          check=lambda error: (error.prompt_tokens, error.context_length) == (5000, 4096)),
    Fault("overflow of OpenAI", scripted(object_error("Too many.", code="context_length_exceeded")),
          errors.ContextOverflowError, "too long", Remedy.RELOAD_LARGER),
    Fault("unknown model", scripted(FAULTS["model not found"]), errors.ModelNotFoundError,
          "has no model named", Remedy.CHOOSE_MODEL),
    Fault("nothing loaded, again and again", scripted(FAULTS["no models loaded"]),
          errors.ModelNotLoadedError, "is not loaded", Remedy.LOAD_MODEL),
    Fault("guardrails", scripted(FAULTS["load failed"]), errors.ModelLoadFailedError,
          "insufficient system resources", Remedy.LOAD_MODEL),
    Fault("loading canceled, again and again", scripted(FAULTS["load canceled"]),
          errors.ModelLoadFailedError, "Operation canceled", Remedy.LOAD_MODEL),
    Fault("engine failure mid-answer", saying(content=["So ", "far"], error="Compute error."),
          errors.ServerFailedError, "Compute error", Remedy.RETRY, text="So far"),
    Fault("error object in the stream", saying(content=["a"], error="Boom", error_form="object"),
          errors.ServerFailedError, "Boom", Remedy.RETRY, text="a"),
    Fault("error string in the stream", saying(content=["a"], error="Boom", error_form="string"),
          errors.ServerFailedError, "Boom", Remedy.RETRY, text="a"),
    Fault("channel error", scripted(FAULTS["channel error"]), errors.ServerFailedError,
          "Channel Error", Remedy.RETRY),
    Fault("crash", scripted(FAULTS["crashed"]), errors.ServerFailedError, "has crashed",
          Remedy.RETRY),
    Fault("unloaded in the stream, again and again", scripted(FAULTS["model unloaded"]),
          errors.ModelNotLoadedError, "is not loaded", Remedy.LOAD_MODEL),
    Fault("unloaded, again and again", scripted(FAULTS["model is unloaded"]),
          errors.ModelNotLoadedError, "is not loaded", Remedy.LOAD_MODEL),
    Fault("bad tool choice", scripted(FAULTS["tool choice"]), errors.RequestRefusedError,
          "Invalid tool_choice", None),
    Fault("bad response format", scripted(FAULTS["response format"]), errors.RequestRefusedError,
          "response_format", None),
    Fault("bad picture", scripted(FAULTS["image"]), errors.RequestRefusedError, "base64", None),
    Fault("bad history", scripted(FAULTS["bad messages"]), errors.RequestRefusedError,
          "Invalid 'messages'", None),
    Fault("messages missing", scripted(FAULTS["messages missing"]), errors.RequestRefusedError,
          "is required", None),
    Fault("leaked script error", scripted(FAULTS["script error"]), errors.RequestRefusedError,
          "is not iterable", None),
    Fault("null content", scripted(FAULTS["null content"]), errors.RequestRefusedError,
          "Cannot read properties", None),
    Fault("template", scripted(FAULTS["jinja"]), errors.RequestRefusedError, "jinja template",
          None),
    Fault("template, in the stream", scripted(FAULTS["jinja in the stream"]),
          errors.ServerFailedError, "jinja template", Remedy.RETRY),
    Fault("unknown route (Q1)", scripted(FAULTS["unknown route"]), errors.WrongPathError,
          "path", Remedy.USE_ADDRESS),
    Fault("no token", scripted(FAULTS["missing token"]), errors.AuthenticationNeededError,
          "asks for a token", Remedy.ENTER_TOKEN),
    Fault("a proxy answers (Q21)", scripted(FAULTS["bad gateway"]), errors.NotAnApiError,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    Fault("a web page answers", scripted(FAULTS["html page"]), errors.NotAnApiError,
          "is not LM Studio", Remedy.OPEN_SETTINGS),
    Fault("half a JSON body", scripted(FAULTS["broken json"]), errors.MalformedResponseError,
          "cannot be read", Remedy.OPEN_SETTINGS),
    Fault("nothing at all", scripted(FAULTS["empty body"]), errors.StreamInterruptedError,
          "broke off", Remedy.CONTINUE),
    Fault("hangs up before the answer", scripted(Answer(body=b"x" * 9, close_abruptly=True)),
          errors.StreamInterruptedError, "broke off", Remedy.CONTINUE),
    Fault("hangs up in the answer", saying(content=["So ", "far"], close_after=1),
          errors.StreamInterruptedError, "broke off", Remedy.CONTINUE, text="So "),
    Fault("ends without an end (Q18)", saying(content=["So ", "far"], end_after=1),
          errors.StreamInterruptedError, "broke off", Remedy.CONTINUE, text="So "),
    Fault("broken JSON in the stream", scripted(Answer(
              chunks=[b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n', b"data: {oops\n\n"],
              headers={"Content-Type": "text/event-stream"})),
          errors.MalformedResponseError, "cannot be read", Remedy.OPEN_SETTINGS, text="a"),
    Fault("everything went to thinking (Q19)",
          saying(content=[], reasoning=["Hm", "m"], finish_reason="length"),
          errors.EmptyAnswerError, "went to thinking", Remedy.RETRY, thoughts="Hmm"),
    Fault("thoughts only", saying(content=[], reasoning=["Hmm"]), errors.EmptyAnswerError,
          "wrote nothing", Remedy.RETRY, thoughts="Hmm"),
    Fault("a tool call only", saying(content=[], tool_calls=[ToolCall("f")]),
          errors.EmptyAnswerError, "called a tool", Remedy.RETRY),
    Fault("empty success, usage 0 (Q19)", saying(content=[], usage="zero"),
          errors.EmptyAnswerError, "without an answer", Remedy.RETRY),
    Fault("a dropped tool call (Q16)", saying(content=[""], finish_reason="tool_calls"),
          errors.EmptyAnswerError, "called a tool", Remedy.RETRY),
    Fault("content filter", saying(content=["No"], finish_reason="content_filter"),
          errors.AnswerBlockedError, "blocked", Remedy.CHOOSE_MODEL, text="No"),
    Fault("rate limit", scripted(Answer(429, {"error": {"message": "Slow down"}},
                                        headers={"Retry-After": "7"})),
          errors.RateLimitedError, "slow down", Remedy.RETRY,
          check=lambda error: error.retry_after == 7),
    Fault("quota", scripted(object_error("No credit", 429, code="insufficient_quota")),
          errors.QuotaExceededError, "quota", None),
    Fault("still loading (llama.cpp)", scripted(Answer(503, {"error": {
              "message": "Loading model", "type": "unavailable_error", "code": 503}})),
          errors.OverloadedError, "overloaded", Remedy.RETRY),
    Fault("internal error", scripted(text_error("Oh no", 500)), errors.ServerFailedError, "Oh no",
          Remedy.RETRY),
    Fault("killed before the question", FakeLMStudio.close, errors.ProviderUnreachableError,
          "does not answer", Remedy.START_SERVER),
    Fault("native: error, then the end (3.6)",
          saying(content=["So ", "far"], error="Compute error."),
          errors.ServerFailedError, "Compute error", Remedy.RETRY, "So far", messages=FIRST),
    Fault("native: overflow", having(error_event={
              "type": "exceed_context_size_error", "message": "too long", "n_prompt_tokens": 9000,
              "n_ctx": 8192}),
          errors.ContextOverflowError, "too long", Remedy.RELOAD_LARGER, "Hello world",
          messages=FIRST, check=lambda e: (e.prompt_tokens, e.context_length) == (9000, 8192)),
    Fault("native: ends without an end", saying(content=["So ", "far"], end_after=1),
          errors.StreamInterruptedError, "broke off", Remedy.CONTINUE, "So ", messages=FIRST),
    Fault("native: no token", scripted(FAULTS["missing token"], NATIVE),
          errors.AuthenticationNeededError, "asks for a token", Remedy.ENTER_TOKEN,
          messages=FIRST),
    Fault("native: empty", saying(content=[]), errors.EmptyAnswerError, "without an answer",
          Remedy.RETRY, messages=FIRST),
]  # fmt: skip


@pytest.fixture
def provider(server, loop):
    config = ProviderConfig(base_url=server.url, timeout=5)
    provider = LMStudioProvider("lm_studio", config, ProviderServices(Network()))
    loop.run_until_complete(provider.probe())
    yield provider
    loop.run_until_complete(provider.aclose())


async def ask(provider, messages=HISTORY, model=CODER, **parameters):
    """Return the events of a turn and the error that ended it, if one did."""
    request = ChatRequest(model, tuple(messages), GenerationParameters(**parameters))
    events = []
    try:
        async with aclosing(provider.stream_chat(request)) as stream:
            async for event in stream:
                events.append(event)
    except errors.AICoderError as error:
        return events, error
    return events, None


def text_of(events, kind=TextDelta):
    return "".join(event.text for event in events if isinstance(event, kind))


@pytest.mark.parametrize("row", FAULTS_OF_A_TURN, ids=lambda row: row.name)
async def test_every_fault_keeps_what_arrived_and_says_what_to_do(server, provider, row):
    row.set_up(server)

    events, error = await ask(provider, row.messages)

    assert isinstance(error, row.error), repr(error)
    assert row.words in str(error)
    assert error.remedy is row.remedy
    assert row.check(error), vars(error)
    assert text_of(events) == row.text
    assert text_of(events, ReasoningDelta) == row.thoughts
    assert not any(isinstance(event, Finished) for event in events)


@dataclass
class Answered:
    """A row of the third table: odd behaviour that still ends in an answer."""

    name: str
    set_up: Setup
    text: str = "Hello world"
    thoughts: str = ""
    reason: FinishReason = FinishReason.STOP
    notice: NoticeKind | None = None
    answered_by: str = CODER
    messages: tuple[ChatMessage, ...] = HISTORY
    parameters: dict = field(default_factory=dict)


def first_then_well(answer: Answer, path: str = CHAT) -> Setup:
    return lambda server: server.next(path, answer)


def whole(message: dict) -> Answer:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return Answer(body={"model": CODER, "choices": [choice], "usage": None})


ANSWERS = [
    Answered("reasoning_content", saying(reasoning=["Hm"], content=["Hi"]), "Hi", "Hm"),
    Answered("reasoning (gpt-oss)",
             saying(reasoning=["Hm"], content=["Hi"], reasoning_form="reasoning"), "Hi", "Hm"),
    Answered("inline thoughts",
             saying(reasoning=["Hm"], content=["Hi"], reasoning_form="think"), "Hi", "Hm"),
    Answered("thoughts as prose stay text",
             saying(reasoning=["Hm"], content=["Hi"], reasoning_form="prose"),
             "Here's a thinking process:\n\nHm\n\nHi"),
    Answered("another model answers (Q6)", saying(model="gemma-3-1b-it-qat:2"),
             answered_by="gemma-3-1b-it-qat:2"),
    Answered("null content", saying(content_null=True)),
    Answered("no [DONE]", saying(done=False)),
    Answered("no finish_reason", saying(finish_reason=None), reason=FinishReason.UNKNOWN),
    Answered("no last blank line", saying(last_blank_line=False)),
    Answered("CRLF", saying(newline="\r\n")),
    Answered("comments", saying(comments=True)),
    Answered("one byte at a time", saying(content=["Grüße ", "→ 🎉"], split_every=1), "Grüße → 🎉"),
    Answered("many frames in a packet", saying(content=["x"] * 50, join=60), "x" * 50),
    Answered("line separators are text", saying(content=["a\x85b\u2028", "c\u2029d"]),
             "a\x85b\u2028c\u2029d"),
    Answered("invalid UTF-8", saying(content=["a", "\udcff", "b"]), "a\ufffdb"),
    Answered("cut by the limit", saying(finish_reason="length"), reason=FinishReason.LENGTH),
    Answered("usage on the last chunk", saying(usage="with_finish")),
    Answered("no usage (Q35)", saying(usage="none")),
    Answered("an unknown finish_reason", saying(finish_reason="eosFound"),
             reason=FinishReason.UNKNOWN),
    Answered("a whole answer instead of a stream", first_then_well(
             whole({"role": "assistant", "content": "Hello world"}))),
    Answered("the schema's JSON among the thoughts (Q13)",
             saying(content=['{"a"', ": 1}"], schema_in_reasoning=True), '{"a": 1}', '{"a": 1}',
             parameters={"response_format": "json_schema", "json_schema": {"type": "object"}}),
    Answered("nothing loaded, then loaded (Q12)", first_then_well(FAULTS["no models loaded"]),
             notice=NoticeKind.RETRIED),
    Answered("unloaded meanwhile (Q10)", first_then_well(FAULTS["model unloaded"]),
             notice=NoticeKind.RETRIED),
    Answered("loading was canceled by another (Q10)", first_then_well(FAULTS["load canceled"]),
             notice=NoticeKind.RETRIED),
    Answered("refuses a parameter", first_then_well(object_error(
             "Unsupported parameter: 'temperature' is not supported with this model.",
             param="temperature", code="unsupported_parameter")),
             notice=NoticeKind.PARAMETER_DROPPED, parameters={"temperature": 0.5}),
    Answered("native: a first question", lambda _server: None, messages=FIRST),
    Answered("native: thoughts", saying(reasoning=["Hm"], content=["Hi"]), "Hi", "Hm",
             messages=FIRST),
    Answered("native: one byte at a time", saying(content=["Grüße ", "→"], split_every=1),
             "Grüße →", messages=FIRST),
    Answered("native: refuses a key (Q30)", first_then_well(Answer(400, {"error": {
             "type": "invalid_request", "code": "unrecognized_keys",
             "message": "Unrecognized key(s) in object: 'top_k'"}}), NATIVE),
             notice=NoticeKind.PARAMETER_DROPPED, messages=FIRST, parameters={"top_k": 20}),
    Answered("native: refuses the request, /v1 does not", first_then_well(
             text_error("Not here"), NATIVE), messages=FIRST),
    Answered("native: does not exist after all", scripted(Answer(404, "not found"), NATIVE),
             messages=FIRST),
    Answered("native: cut by the limit", saying(content=["a", "b", "c"]), "abc",
             reason=FinishReason.LENGTH, messages=FIRST, parameters={"max_tokens": 3}),
]  # fmt: skip


@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: row.name)
async def test_odd_servers_still_answer(server, provider, row):
    row.set_up(server)

    events, error = await ask(provider, row.messages, **row.parameters)

    assert error is None, repr(error)
    assert text_of(events) == row.text
    assert text_of(events, ReasoningDelta) == row.thoughts
    assert events[-1] == Finished(row.reason)
    assert [event.kind for event in events if isinstance(event, Notice)] == (
        [row.notice] if row.notice else []
    )
    answered = [event.model for event in events if isinstance(event, ModelAnswered)]
    assert answered[-1:] == [row.answered_by]


GENERIC = [
    ("a web page", FAULTS["html page"], ConnectionKind.SOMETHING_ELSE),
    ("a list of nothing", Answer(body={"data": []}), ConnectionKind.NOTHING_DOWNLOADED),
    ("no list", Answer(body={"hello": 1}), ConnectionKind.WRONG_PATH),
    ("no route", Answer(404, {"detail": "Not Found"}), ConnectionKind.WRONG_PATH),
    ("no key", Answer(401, {"error": {"message": "Invalid API Key"}}), ConnectionKind.AUTH_NEEDED),
    ("forbidden", Answer(403, b""), ConnectionKind.AUTH_NEEDED),
    ("starting", Answer(503, {"error": {"message": "Loading model"}}), ConnectionKind.DEGRADED),
]


@pytest.mark.parametrize(("name", "answer", "kind"), GENERIC, ids=[row[0] for row in GENERIC])
async def test_any_openai_style_server_has_a_state(server, name, answer, kind):
    server.always("/v1/models", replace(answer))
    config = ProviderConfig(base_url=server.url, timeout=5)
    provider = OpenAICompatibleProvider("vllm", config, ProviderServices(Network()))

    state = (await provider.probe()).state

    assert state.kind is kind
    await provider.aclose()


def test_the_matrix_is_large_enough():
    assert len(STATES) + len(FAULTS_OF_A_TURN) + len(ANSWERS) + len(GENERIC) >= 60
