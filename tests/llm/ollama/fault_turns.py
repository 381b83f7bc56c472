"""Turns that fail, as data: behaviour → error, words, action (ollama.md §7 and §11)."""

from __future__ import annotations

from dataclasses import dataclass

from ai_coder import errors
from ai_coder.errors import AICoderError, Remedy
from tests.fake_ollama import (
    BUSY,
    LOAD_FAILED,
    OUT_OF_MEMORY,
    Answer,
    error,
)
from tests.llm.ollama.fault_setups import (
    GONE,
    LLAMA,
    PAGE,
    Arrange,
    chat_answers,
    chat_replays,
    line,
    says,
)


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
        "foreign host name",
        chat_answers(Answer(403)),
        errors.HostNameRefusedError,
        "accepts no requests for the name 127.0.0.1",
        Remedy.OPEN_SETTINGS,
    ),
    Turn(
        "a proxy's error page",
        chat_answers(Answer(502, PAGE)),
        errors.NotAnApiError,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    Turn(
        "a proxy without its server, in plain text",
        chat_answers(Answer(503, "no available server")),
        errors.NotAnApiError,
        "is not Ollama",
        Remedy.OPEN_SETTINGS,
    ),
    Turn(
        "a proxy's time limit",
        chat_answers(Answer(504, PAGE)),
        errors.ProxyTimeoutError,
        "stopped waiting",
        Remedy.OPEN_SETTINGS,
    ),
    Turn(
        "a time limit behind the server",
        chat_answers(error("upstream timed out", 504)),
        errors.ServerFailedError,
        "upstream timed out",
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
