"""What can go wrong with an Ollama server, as data: behaviour → state or error, words, action.

The situations are those of ollama.md §7 and §11; recorded answers are replayed where there are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

import pytest

from ai_coder import errors
from ai_coder.errors import AICoderError, Remedy
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    CompletionRequest,
    Finished,
    ProviderConfig,
    Role,
    TextDelta,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.ollama import OllamaProvider
from ai_coder.llm.providers.ollama_silence import Patience
from tests.fake_ollama import (
    BUSY,
    LOAD_FAILED,
    OUT_OF_MEMORY,
    Answer,
    FakeOllama,
    OllamaModel,
    Reply,
    context_exceeded,
    error,
)
from tests.fake_payloads import replay

Arrange = Callable[[FakeOllama], None]
LLAMA = "llama3.2:3b"
PAGE = "<!doctype html><html><body>Sign in</body></html>"
NESTED_400 = "ollama/ctx_native_long_truncate_false"
GONE = Answer(chunks=[b""], close_abruptly=True)


def chat_answers(*answers: Answer) -> Arrange:
    return lambda server: server.next("/api/chat", *answers)


def chat_replays(name: str) -> Arrange:
    return lambda server: server.next("/api/chat", replay(f"ollama/{name}"))


def says(**fields) -> Arrange:
    return lambda server: setattr(server, "reply", Reply(**fields))


def tags_answer(answer: Answer) -> Arrange:
    return lambda server: server.always("/api/tags", answer)


def line(text: str) -> bytes:
    return f'{{"message":{{"content":"{text}"}},"done":false}}\n'.encode()


@dataclass(frozen=True)
class Turn:
    """One turn that fails: what the server does, and what the user is told."""

    name: str
    arrange: Arrange
    error: type[AICoderError]
    words: str
    remedy: Remedy | None
    kept: str = ""
    """The text that arrived and stays."""
    model: str = LLAMA


TURNS = [
    Turn(
        "server off",
        lambda server: server.close(),
        errors.ProviderUnreachableError,
        "does not answer at",
        Remedy.START_SERVER,
    ),
    Turn(
        "model missing",
        lambda _server: None,
        errors.ModelNotFoundError,
        "has no model named nosuch",
        Remedy.CHOOSE_MODEL,
        model="nosuch",
    ),
    Turn(
        "model deleted since it was listed",
        chat_replays("err_chat_model_missing"),
        errors.ModelNotFoundError,
        "has no model named",
        Remedy.CHOOSE_MODEL,
    ),
    Turn(
        "chat with an embedding model",
        lambda _server: None,
        errors.RequestRefusedError,
        "does not support chat",
        None,
        model="nomic-embed-text",
    ),
    Turn(
        "wrong type of an option",
        chat_replays("err_chat_bad_option_type"),
        errors.RequestRefusedError,
        "must be of type integer",
        None,
    ),
    Turn(
        "bad format",
        chat_replays("err_chat_bad_format"),
        errors.RequestRefusedError,
        "invalid format",
        None,
    ),
    Turn(
        "thinking asked of a model that cannot",
        chat_replays("err_chat_think_unsupported"),
        errors.RequestRefusedError,
        "does not support thinking",
        None,
    ),
    Turn(
        "wrong type in the body",
        chat_answers(error("json: cannot unmarshal string into Go struct field")),
        errors.RequestRefusedError,
        "cannot unmarshal",
        None,
    ),
    Turn(
        "bad model name",
        chat_answers(error("invalid model name")),
        errors.RequestRefusedError,
        "invalid model name",
        None,
    ),
    Turn(
        "load failed",
        lambda server: setattr(server, "load_error", LOAD_FAILED),
        errors.ModelLoadFailedError,
        "could not load llama3.2:3b",
        Remedy.LOAD_MODEL,
    ),
    Turn(
        "load failed, as recorded",
        chat_replays("scripted_load_failure"),
        errors.ModelLoadFailedError,
        "wrong number of tensors",
        Remedy.LOAD_MODEL,
    ),
    Turn(
        "too little memory",
        chat_answers(error("model requires more system memory (8.1 GiB) than is available", 500)),
        errors.ModelLoadFailedError,
        "more system memory",
        Remedy.LOAD_MODEL,
    ),
    Turn(
        "load stalled in the server",
        chat_answers(error("timed out waiting for llama runner to start - progress 0.10", 500)),
        errors.ModelLoadFailedError,
        "timed out waiting",
        Remedy.LOAD_MODEL,
    ),
    Turn(
        "queue full",
        chat_answers(error(BUSY, 503)),
        errors.OverloadedError,
        "overloaded",
        Remedy.RETRY,
    ),
    Turn(
        "queue full, as recorded",
        chat_replays("err_server_busy_503"),
        errors.OverloadedError,
        "overloaded",
        Remedy.RETRY,
    ),
    Turn(
        "request cancelled by the server",
        chat_answers(error("request canceled", 499)),
        errors.StreamInterruptedError,
        "broke off",
        Remedy.CONTINUE,
    ),
    Turn(
        "prompt too long, nested JSON",
        chat_replays("ctx_native_long_truncate_false"),
        errors.ContextOverflowError,
        "too long for llama3.2:3b",
        Remedy.RELOAD_LARGER,
    ),
    Turn(
        "prompt too long, in the stream",
        says(content=["Hi"], error="the input length exceeds the context length"),
        errors.ContextOverflowError,
        "too long",
        Remedy.RELOAD_LARGER,
        kept="Hi",
    ),
    Turn(
        "cloud switched off",
        lambda server: setattr(server, "cloud_disabled", True),
        errors.RequestRefusedError,
        "cloud is disabled",
        None,
        model="gpt-oss:120b-cloud",
    ),
    Turn(
        "cloud, not signed in",
        lambda server: setattr(server, "signed_in", False),
        errors.AuthenticationNeededError,
        "asks for a token",
        Remedy.ENTER_TOKEN,
        model="gpt-oss:120b-cloud",
    ),
    Turn(
        "cloud quota used up",
        chat_answers(error("you (ada) have reached your session usage limit, upgrade", 429)),
        errors.QuotaExceededError,
        "no quota left",
        Remedy.CHOOSE_MODEL,
        model="gpt-oss:120b-cloud",
    ),
    Turn(
        "too many requests",
        chat_answers(error("too many requests", 429)),
        errors.RateLimitedError,
        "slow down",
        Remedy.RETRY,
    ),
    Turn(
        "cloud unreachable",
        chat_answers(error("dial tcp: lookup ollama.com: no such host", 502)),
        errors.OverloadedError,
        "overloaded",
        Remedy.RETRY,
    ),
    Turn(
        "compute error in the stream, as recorded",
        chat_replays("scripted_chat_midstream_error"),
        errors.ServerFailedError,
        "Compute error",
        Remedy.RETRY,
        kept="Hello world",
    ),
    Turn(
        "graphics memory runs out in the stream",
        says(content=["Hel", "lo"], error=OUT_OF_MEMORY),
        errors.ServerFailedError,
        "out of memory",
        Remedy.RETRY,
        kept="Hello",
    ),
    Turn(
        "runner crashed, as recorded",
        chat_replays("scripted_chat_runner_crash_midstream"),
        errors.ServerFailedError,
        "out of memory",
        Remedy.RETRY,
        kept="Hello world",
    ),
    Turn(
        "runner went away in the stream",
        says(
            content=["a"], error="an error was encountered while running the model: unexpected EOF"
        ),
        errors.ServerFailedError,
        "unexpected EOF",
        Remedy.RETRY,
        kept="a",
    ),
    Turn(
        "end without done",
        says(content=["Hel", "lo"], done=False),
        errors.StreamInterruptedError,
        "broke off",
        Remedy.CONTINUE,
        kept="Hello",
    ),
    Turn(
        "connection cut in the stream",
        says(content=["Hel", "lo"], close_after=1),
        errors.StreamInterruptedError,
        "broke off",
        Remedy.CONTINUE,
        kept="Hel",
    ),
    Turn(
        "cut in the middle of a line",
        chat_answers(Answer(chunks=[line("Hel"), b'{"message":{"con'])),
        errors.StreamInterruptedError,
        "broke off",
        Remedy.CONTINUE,
        kept="Hel",
    ),
    Turn(
        "empty stream",
        chat_answers(Answer(chunks=[])),
        errors.StreamInterruptedError,
        "broke off",
        Remedy.CONTINUE,
    ),
    Turn(
        "connection closed before the answer",
        chat_answers(GONE),
        errors.StreamInterruptedError,
        "broke off",
        Remedy.CONTINUE,
    ),
    Turn(
        "garbage in the stream",
        chat_answers(Answer(chunks=[line("Hel"), b"not json\n", line("lo")])),
        errors.MalformedResponseError,
        "cannot be read",
        Remedy.OPEN_SETTINGS,
        kept="Hel",
    ),
    Turn(
        "a list where an object belongs",
        chat_answers(Answer(chunks=[b"[1, 2]\n"])),
        errors.MalformedResponseError,
        "cannot be read",
        Remedy.OPEN_SETTINGS,
    ),
    Turn(
        "a web page instead of an answer",
        chat_answers(Answer(200, PAGE)),
        errors.NotAnApiError,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    Turn(
        "a proxy's error page",
        chat_answers(Answer(502, PAGE)),
        errors.OverloadedError,
        "overloaded",
        Remedy.RETRY,
    ),
    Turn(
        "route unknown to the server",
        chat_replays("err_404_route"),
        errors.NotAnApiError,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    Turn(
        "no words at all",
        says(content=[]),
        errors.EmptyAnswerError,
        "finished without an answer",
        Remedy.RETRY,
    ),
    Turn(
        "an error object instead of text",
        chat_answers(Answer(chunks=[b'{"error":{"message":"odd"}}\n'])),
        errors.ServerFailedError,
        "odd",
        Remedy.RETRY,
    ),
]


@dataclass(frozen=True)
class State:
    """One state of the connection: what the server does, and what the dot says."""

    name: str
    arrange: Arrange
    kind: ConnectionKind
    words: str
    remedy: Remedy | None
    path: str = ""


STATES = [
    State(
        "off",
        lambda server: server.close(),
        ConnectionKind.UNREACHABLE,
        "does not answer",
        Remedy.START_SERVER,
    ),
    State(
        "a web page",
        tags_answer(Answer(200, PAGE)),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "a web page that says 404",
        tags_answer(Answer(404, PAGE)),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "another server's JSON",
        tags_answer(Answer(200, {"error": "Unexpected endpoint or method. (GET /api/tags)"})),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "llama.cpp's JSON",
        tags_answer(Answer(404, {"error": {"code": 404, "message": "File Not Found"}})),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "half a list",
        tags_answer(Answer(200, '{"models":[{"name":')),
        ConnectionKind.SOMETHING_ELSE,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    State(
        "wrong path",
        lambda _server: None,
        ConnectionKind.WRONG_PATH,
        "not at this path",
        Remedy.USE_ADDRESS,
        path="/ollama",
    ),
    State(
        "foreign host name",
        tags_answer(Answer(403)),
        ConnectionKind.DEGRADED,
        "with errors",
        Remedy.RETRY,
    ),
    State(
        "a gateway that wants a token",
        tags_answer(Answer(401, "Authorization required")),
        ConnectionKind.AUTH_NEEDED,
        "asks for a token",
        Remedy.ENTER_TOKEN,
    ),
    State(
        "failing inside",
        tags_answer(Answer(500, {"error": "database is locked"})),
        ConnectionKind.DEGRADED,
        "with errors",
        Remedy.RETRY,
    ),
    State(
        "a proxy without its server",
        tags_answer(Answer(502, PAGE)),
        ConnectionKind.DEGRADED,
        "with errors",
        Remedy.RETRY,
    ),
    State(
        "closes every connection",
        tags_answer(GONE),
        ConnectionKind.UNREACHABLE,
        "does not answer",
        Remedy.START_SERVER,
    ),
    State(
        "nothing on disk",
        lambda server: server.models.clear(),
        ConnectionKind.NOTHING_DOWNLOADED,
        "no chat model yet",
        Remedy.DOWNLOAD_MODEL,
    ),
    State(
        "embedding models only",
        lambda server: setattr(server, "models", [OllamaModel("emb", capabilities=("embedding",))]),
        ConnectionKind.NOTHING_DOWNLOADED,
        "no chat model yet",
        Remedy.DOWNLOAD_MODEL,
    ),
    State(
        "nothing loaded",
        lambda _server: None,
        ConnectionKind.NOTHING_LOADED,
        "no model is loaded",
        Remedy.LOAD_MODEL,
    ),
    State(
        "details of the models cannot be read",
        lambda server: server.always("/api/show", Answer(500, {"error": "no"})),
        ConnectionKind.NOTHING_LOADED,
        "no model is loaded",
        Remedy.LOAD_MODEL,
    ),
]


@pytest.fixture
def server(loop):
    server = FakeOllama()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def make_provider(server, loop):
    providers = []

    def make(path=""):
        config = ProviderConfig(base_url=server.url + path)
        services = ProviderServices(Network())
        providers.append(OllamaProvider("ollama", config, services, patience=Patience(0.1, 0.1)))
        return providers[-1]

    yield make
    for provider in providers:
        loop.run_until_complete(provider.aclose())


def name_of(row):
    return row.name


async def collect(stream, into):
    """Gather events into a list that survives an error."""
    async with aclosing(stream) as events:
        async for event in events:
            into.append(event)


@pytest.mark.parametrize("row", TURNS, ids=name_of)
async def test_a_turn_that_fails_says_why_and_keeps_what_arrived(server, make_provider, row):
    row.arrange(server)
    request = ChatRequest(row.model, (ChatMessage(Role.USER, "Hi"),))
    events = []

    with pytest.raises(row.error) as caught:
        await collect(make_provider().stream_chat(request), events)

    assert type(caught.value) is row.error
    assert row.words in str(caught.value)
    assert caught.value.remedy is row.remedy
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == row.kept
    assert not any(isinstance(event, Finished) for event in events)


@pytest.mark.parametrize("row", STATES, ids=name_of)
async def test_a_state_of_the_server_says_what_mends_it(server, make_provider, row):
    row.arrange(server)

    probe = await make_provider(row.path).probe()

    assert probe.state.kind is row.kind
    assert row.words in probe.state.sentence
    assert probe.state.remedy is row.remedy
    if row.remedy is Remedy.USE_ADDRESS:
        assert probe.state.suggestion == server.url


async def test_a_failing_completion_is_told_as_a_failing_chat(server, make_provider):
    server.reply = Reply(content=["x"], end_after=1)
    events = []

    with pytest.raises(errors.StreamInterruptedError):
        await collect(make_provider().complete(CompletionRequest(LLAMA, "Once")), events)

    assert TextDelta("x") in events


async def test_the_numbers_of_an_overflow_are_known(server, make_provider):
    server.next("/api/chat", replay(NESTED_400), context_exceeded(9000, 8192))
    provider = make_provider()
    request = ChatRequest(LLAMA, (ChatMessage(Role.USER, "Hi"),))
    numbers = []

    for _turn in range(2):
        with pytest.raises(errors.ContextOverflowError) as caught:
            await anext(e async for e in provider.stream_chat(request) if isinstance(e, Finished))
        numbers.append((caught.value.prompt_tokens, caught.value.context_length))

    assert numbers[1] == (9000, 8192)
    assert None not in numbers[0]
