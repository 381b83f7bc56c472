"""Rows of the fault matrix: odd behaviour that still ends in an answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from ai_coder.llm.models import ChatMessage, FinishReason, NoticeKind
from tests.fake_http import Answer
from tests.fake_lm_studio import FAULTS
from tests.fake_lm_studio_errors import object_error, text_error
from tests.llm.fault_setups import CHAT, CODER, FIRST, HISTORY, NATIVE, Setup, saying, scripted


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
