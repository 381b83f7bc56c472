"""Rows of the fault matrix: the error that a turn ends in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ai_coder import errors
from ai_coder.errors import Remedy
from ai_coder.llm.models import ChatMessage
from tests.fake_http import Answer
from tests.fake_lm_studio import FAULTS, FakeLMStudio, ToolCall
from tests.fake_lm_studio_errors import OVERFLOW_TEXTS, object_error, stream_error, text_error
from tests.llm.fault_setups import FIRST, HISTORY, NATIVE, Setup, both, having, saying, scripted


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
    Fault("a proxy's time limit", scripted(Answer(504, "<html>Gateway Time-out</html>")),
          errors.ProxyTimeoutError, "stopped waiting", Remedy.OPEN_SETTINGS),
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
          errors.EmptyAnswerError, "on thinking", Remedy.RETRY, thoughts="Hmm"),
    Fault("thoughts only", saying(content=[], reasoning=["Hmm"]), errors.EmptyAnswerError,
          "wrote nothing", Remedy.RETRY, thoughts="Hmm"),
    Fault("a tool call only", saying(content=[], tool_calls=[ToolCall("f")]),
          errors.EmptyAnswerError, "a tool instead", Remedy.RETRY),
    Fault("empty success, usage 0 (Q19)", saying(content=[], usage="zero"),
          errors.EmptyAnswerError, "without an answer", Remedy.RETRY),
    Fault("a dropped tool call (Q16)", saying(content=[""], finish_reason="tool_calls"),
          errors.EmptyAnswerError, "a tool instead", Remedy.RETRY),
    Fault("content filter", saying(content=["No"], finish_reason="content_filter"),
          errors.AnswerBlockedError, "blocked", Remedy.CHOOSE_MODEL, text="No"),
    Fault("rate limit", scripted(Answer(429, {"error": {"message": "Slow down"}},
                                        headers={"Retry-After": "7"})),
          errors.RateLimitedError, "slow down", Remedy.RETRY,
          check=lambda error: error.retry_after == 7),
    Fault("quota", scripted(object_error("No credit", 429, code="insufficient_quota")),
          errors.QuotaExceededError, "quota", Remedy.CHOOSE_MODEL),
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
