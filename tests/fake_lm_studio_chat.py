"""How the fake LM Studio answers `/v1/chat/completions` and its sisters."""

from __future__ import annotations

import json
import random
import string
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from tests.fake_http import Answer
from tests.fake_lm_studio_errors import FAULTS, object_error, stream_error, text_error
from tests.fake_reply import Reply, ToolCall

_PROSE = "Here's a thinking process:\n\n"


def completion_id(prefix: str = "chatcmpl-") -> str:
    return prefix + "".join(random.choices(string.ascii_lowercase + string.digits, k=21))


def refusal(body: Any, *, rejects_null_content: bool) -> Answer | None:
    """Return the 400 that the server gives to a malformed chat request, or None."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        return FAULTS["messages missing"]
    if isinstance(body.get("tool_choice"), dict):
        return FAULTS["tool choice"]
    form = body.get("response_format") or {"type": "text"}
    if form.get("type") not in ("json_schema", "text"):
        return FAULTS["response format"]
    for message in body["messages"]:
        if fault := _message_fault(message, rejects_null_content):
            return FAULTS[fault]
    return None


def _message_fault(message: Any, rejects_null_content: bool) -> str | None:
    if not isinstance(message, dict) or "role" not in message:
        return "bad messages"
    if rejects_null_content and message.get("content", "") is None:
        return "null content"
    for call in message.get("tool_calls") or []:
        if not call.get("id") or not (call.get("function") or {}).get("name"):
            return "bad messages"
    parts = message.get("content") if isinstance(message.get("content"), list) else []
    for part in parts:
        url = part.get("image_url", {}).get("url", "") if part.get("type") == "image_url" else None
        if url is not None and not url.startswith(("data:image/png;base64,", "data:image/jpeg;")):
            return "image"
    return None


def overflow_answer(form: str, text: str, *, is_stream: bool) -> Answer | None:
    """Return how a prompt that is too long fails; None is the empty but well-formed stream."""
    if form == "string" or (not is_stream and form != "object"):
        return text_error(text)
    if form == "object":
        return object_error(text)
    return stream_error(text) if form == "event" else None


def usage_of(reply: Reply, prompt_tokens: int) -> dict[str, Any]:
    if reply.usage == "zero":
        return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    usage: dict[str, Any] = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": reply.tokens,
        "total_tokens": prompt_tokens + reply.tokens,
    }
    if reply.reasoning:
        usage["completion_tokens_details"] = {"reasoning_tokens": len(reply.reasoning)}
    return usage


def whole_message(reply: Reply) -> dict[str, Any]:
    """Return the assistant message of an answer without streaming."""
    message: dict[str, Any] = {"role": "assistant"}
    content = reply.text
    if reply.reasoning_form == "think" and reply.reasoning:
        content = f"<think>{reply.thoughts}</think>{content}"
    elif reply.reasoning_form == "prose" and reply.reasoning:
        content = f"{_PROSE}{reply.thoughts}\n\n{content}"
    elif reply.reasoning:
        message[reply.reasoning_form] = reply.thoughts
    if reply.schema_in_reasoning:
        message["reasoning_content"], content = content, ""
    if reply.tool_form == "text":
        content += "".join(_call_as_text(call) for call in reply.tool_calls)
    elif reply.tool_calls:
        message["tool_calls"] = [_whole_call(call) for call in reply.tool_calls]
    if content or not reply.tool_calls:
        message["content"] = None if reply.content_null else content
    return message


def whole_completion(reply: Reply, model: str, prompt_tokens: int) -> dict[str, Any]:
    """Return the body of an answer without streaming."""
    return {
        "id": completion_id(),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": whole_message(reply),
                "logprobs": None,
                "finish_reason": finish_of(reply),
            }
        ],
        "usage": usage_of(reply, prompt_tokens),
        "stats": {},
        "system_fingerprint": model,
    }


def finish_of(reply: Reply) -> str | None:
    has_calls = reply.tool_calls and reply.tool_form != "text"
    return "tool_calls" if has_calls and reply.finish_reason == "stop" else reply.finish_reason


class ChunkStream:
    """Writes a reply as the frames of a chat completion stream."""

    def __init__(self, reply: Reply, model: str, prompt_tokens: int, *, with_usage: bool) -> None:
        self._reply = reply
        self._usage = usage_of(reply, prompt_tokens)
        self._with_usage = with_usage
        self._common = {
            "id": completion_id(),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": model,
        }

    async def pieces(self, delay: float) -> AsyncIterator[Any]:
        """Yield the frames, with the waits between them."""
        reply, number = self._reply, 0
        for number, delta in enumerate(self._text_deltas()):
            for wait in reply.before(number, delay):
                yield wait
            if number == 0:
                null = {"content": None} if reply.content_null else {}
                delta = {"role": "assistant", **null, **delta}
            yield self._frame(delta)
            if reply.comments:
                yield f": keep-alive{reply.newline}{reply.newline}"
        for wait in reply.before(len(reply.reasoning) + len(reply.content)):
            yield wait
        if reply.is_cut:
            return
        for delta in self._call_deltas():
            yield self._frame(delta)
        *frames, last = [*self._closing_frames()] or [""]
        for frame in frames:
            yield frame
        if last:
            yield last if reply.last_blank_line else last.removesuffix(reply.newline)

    def _text_deltas(self) -> Iterator[dict[str, Any]]:
        reply, was = self._reply, None
        prose, think = reply.reasoning_form == "prose", reply.reasoning_form == "think"
        for kind, text in reply.deltas():
            opening = closing = ""
            if kind == "reasoning" != was:
                opening = "<think>" if think else _PROSE if prose else ""
            if kind == "content" and was == "reasoning":
                closing = "</think>" if think else "\n\n" if prose else ""
            field = reply.reasoning_form if kind == "reasoning" else "content"
            if think or prose:
                field = "content"
            if reply.schema_in_reasoning:
                field = "reasoning_content"
            was = kind
            yield {field: opening + closing + text}

    def _call_deltas(self) -> Iterator[dict[str, Any]]:
        form = self._reply.tool_form
        for index, call in enumerate(self._reply.tool_calls):
            if form == "text":
                yield {"content": _call_as_text(call)}
                continue
            if form == "concatenated":
                index = 0
            for part in _call_parts(call, form):
                yield {"tool_calls": [{"index": index, **part}]}

    def _closing_frames(self) -> Iterator[str]:
        reply, newline = self._reply, self._reply.newline
        if reply.error is not None:
            yield self._error_frame(reply.error)
            return
        usage_wanted = self._with_usage and reply.usage != "none"
        last = {"content": None} if reply.content_null else {}
        with_finish = usage_wanted and reply.usage == "with_finish"
        extra = {"usage": self._usage} if with_finish else {}
        if (finish := finish_of(reply)) is not None:
            yield self._frame(last, finish, **extra)
        if usage_wanted and not extra:
            yield self._data({**self._common, "choices": [], "usage": self._usage})
        if reply.done:
            yield f"data: [DONE]{newline}{newline}"

    def _error_frame(self, text: str) -> str:
        newline, form = self._reply.newline, self._reply.error_form
        error: Any = text if form == "string" else {"message": text}
        event = f"event: error{newline}" if form == "event" else ""
        return event + self._data({"error": error, "message": text})

    def _frame(self, delta: dict[str, Any], finish: str | None = None, **extra: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._data({**self._common, "choices": [choice], **extra})

    def _data(self, payload: dict[str, Any]) -> str:
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return f"data: {text}{self._reply.newline * 2}"


def _whole_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments_text}
    return {"type": "function", "id": call.id, "function": function}


def _call_as_text(call: ToolCall) -> str:
    return (
        f'[TOOL_REQUEST]{{"name":"{call.name}","arguments":{call.arguments_text}}}'
        "[END_TOOL_REQUEST]"
    )


def _call_parts(call: ToolCall, form: str) -> Iterator[dict[str, Any]]:
    """Yield the deltas of one call in one of the shapes seen in the field (lmstudio.md Q15)."""
    if form == "whole":
        yield _whole_call(call)
        return
    identity = {"id": "" if form == "empty_id" else call.id, "type": "function"}
    yield {**identity, "function": {"name": call.name, "arguments": ""}}
    text = call.arguments_text
    for start in range(0, len(text), 8):
        fragment = text[start : start + 8]
        if form == "empty_name":
            yield {"type": "function", "function": {"name": "", "arguments": fragment}}
        else:
            yield {"function": {"arguments": fragment}}
