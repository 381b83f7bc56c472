"""`POST /api/v1/chat` of the fake LM Studio: stateful chat with progress events."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fake_http import Answer, Request
from tests.fake_lm_studio_errors import LoadRefusedError, native_error, sse
from tests.fake_lm_studio_models import Instance, LMModel
from tests.fake_reply import Reply, tokens_in

_CHAT_KEYS = {
    *("model", "input", "system_prompt", "integrations", "stream", "temperature", "top_p"),
    *("min_p", "top_k", "repeat_penalty", "presence_penalty", "max_output_tokens", "reasoning"),
    *("context_length", "store", "previous_response_id"),
}
_PROVIDER = {"type": "plugin", "plugin_id": "mcp/files"}


@dataclass
class NativeChat:
    """Part of `FakeLMStudio`: the native chat route."""

    error_event: dict[str, Any] | None = None
    """An error event before `chat.end`, e.g. {"type": "internal_error", "message": "…"}."""
    load_steps: int = 4
    """How many `model_load.progress` events a load has."""
    prefill_steps: int = 4
    input_text_type: Literal["text", "message"] = "text"
    """How this version calls a text item (lmstudio.md 3.5)."""
    responses: dict[str, Any] = field(default_factory=dict, init=False)
    """The requests by the `response_id` that they were given."""

    async def native_chat(self, request: Request) -> Answer:
        body = request.json or {}
        if refused := self._native_refusal(body):
            return refused
        found = self.find(body["model"])
        if found is None:
            message = f'Model "{body["model"]}" not found.'
            return native_error("model_not_found", message, 404, param="model")
        model, instance = found
        wanted = body.get("context_length")
        if wanted and instance and wanted != instance.context_length:
            model.loaded.remove(instance)
            instance = None
        reply = self.next_reply()
        events = self._events(body, model, instance, reply)
        if body.get("stream"):
            return sse(
                events,
                close_abruptly=reply.close_after is not None,
                split_every=reply.split_every,
                split_at=reply.split_at,
                join=reply.join,
            )
        return await _last_result(events)

    def _native_refusal(self, body: dict[str, Any]) -> Answer | None:
        if refused := self.strict_refusal(body, _CHAT_KEYS, required="model"):
            return refused
        if "input" not in body:
            code = "missing_required_parameter"
            return native_error("invalid_request", '"input" is required', code=code, param="input")
        items = body["input"] if isinstance(body["input"], list) else []
        for index, item in enumerate(items):
            if item.get("type") == "image" and "data_url" in item:
                continue
            if item.get("type") != self.input_text_type or "content" not in item:
                extra = "".join(f" '{key}'" for key in item if key not in ("type", "content"))
                message = f"'input.{index}.content' is required, Unrecognized key(s) in object:"
                code = "invalid_union"
                return native_error("invalid_request", message + extra, code=code, param="input")
        return None

    async def _events(
        self, body: dict[str, Any], model: LMModel, instance: Instance | None, reply: Reply
    ) -> AsyncIterator[Any]:
        name = instance.id if instance else model.key
        wanted = body.get("context_length")
        yield _event("chat.start", model_instance_id=name)
        if instance is None:
            yield _event("model_load.start", model_instance_id=name)
            for step in range(self.load_steps):
                progress = {"model_instance_id": name, "progress": step / self.load_steps}
                yield _event("model_load.progress", **progress)
                yield self.load_delay / self.load_steps
            try:
                instance = await self.load(model, wanted, is_jit=True, in_steps=True)
            except LoadRefusedError as error:
                yield _event("error", error={"type": "internal_error", "message": str(error)})
                return
            seconds = {"model_instance_id": instance.id, "load_time_seconds": self.load_delay}
            yield _event("model_load.end", **seconds)
        async for piece in self._prefill():
            yield piece
        if error := self._overflow_of(body, instance, reply):
            yield _event("error", error=error)
            result = self._result(body, instance, Reply(content=[], prompt_tokens=1))
            yield _event("chat.end", result=result)
            return
        async for piece in self._generation(reply):
            yield piece
        if reply.is_cut:
            return
        if error := self.error_event or _error_of(reply):
            yield _event("error", error=error)
        yield _event("chat.end", result=self._result(body, instance, reply))

    def _overflow_of(
        self, body: dict[str, Any], instance: Instance, reply: Reply
    ) -> dict[str, Any] | None:
        """Return the error of a prompt that is too long (lmstudio.md 3.6)."""
        items = body["input"] if isinstance(body["input"], list) else [{"content": body["input"]}]
        text = "".join(item.get("content", "") for item in items)
        tokens = reply.prompt_tokens or tokens_in(text + body.get("system_prompt", ""))
        if tokens <= instance.context_length:
            return None
        message = self.overflow_text.format(tokens=tokens, context=instance.context_length)
        sizes = {"n_prompt_tokens": tokens, "n_ctx": instance.context_length}
        return {"type": "exceed_context_size_error", "message": message, **sizes}

    async def _prefill(self) -> AsyncIterator[Any]:
        yield _event("prompt_processing.start")
        for step in range(self.prefill_steps):
            yield _event("prompt_processing.progress", progress=step / self.prefill_steps)
            yield self.prefill_delay / self.prefill_steps
        if self.prefill is not None:
            yield self.prefill
        yield _event("prompt_processing.end")

    async def _generation(self, reply: Reply) -> AsyncIterator[Any]:
        open_block = None
        for number, (kind, text) in enumerate(reply.deltas()):
            for wait in reply.before(number, self.token_delay):
                yield wait
            block = "reasoning" if kind == "reasoning" else "message"
            if block != open_block:
                if open_block:
                    yield _event(f"{open_block}.end")
                yield _event(f"{block}.start")
            open_block = block
            yield _event(f"{block}.delta", content=text)
        for wait in reply.before(len(reply.reasoning) + len(reply.content)):
            yield wait
        if reply.is_cut:
            return
        if open_block:
            yield _event(f"{open_block}.end")
        for call in reply.tool_calls:
            common = {"tool": call.name, "provider_info": _PROVIDER}
            yield _event("tool_call.start")
            yield _event("tool_call.name", tool_name=call.name, provider_info=_PROVIDER)
            yield _event("tool_call.arguments", arguments=call.arguments, **common)
            yield _event("tool_call.success", arguments=call.arguments, output="[]", **common)

    def _result(self, body: dict[str, Any], instance: Instance, reply: Reply) -> dict[str, Any]:
        output: list[dict[str, Any]] = []
        if reply.reasoning:
            output.append({"type": "reasoning", "content": reply.thoughts})
        for call in reply.tool_calls:
            entry = {"type": "tool_call", "tool": call.name, "arguments": call.arguments}
            output.append({**entry, "output": "[]", "provider_info": _PROVIDER})
        output.append({"type": "message", "content": reply.text})
        stats = {
            "input_tokens": reply.prompt_tokens or tokens_in(json.dumps(body["input"])),
            "total_output_tokens": reply.tokens,
            "reasoning_output_tokens": len(reply.reasoning),
            "tokens_per_second": 1 / self.token_delay if self.token_delay else 43.73,
            "time_to_first_token_seconds": self.prefill_delay or 0.781,
        }
        result = {"model_instance_id": instance.id, "output": output, "stats": stats}
        if body.get("store", True):
            response_id = f"resp_{random.getrandbits(192):048x}"
            self.responses[response_id] = body
            result["response_id"] = response_id
        return result


def _error_of(reply: Reply) -> dict[str, Any] | None:
    return {"type": "internal_error", "message": reply.error} if reply.error else None


def _event(kind: str, **fields: Any) -> str:
    data = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n"


async def _last_result(events: AsyncIterator[Any]) -> Answer:
    """Return the answer without streaming: what `chat.end` carries, or the error."""
    answer = Answer(close_abruptly=True, chunks=[])
    async for piece in events:
        if isinstance(piece, asyncio.Event):
            await piece.wait()
        elif isinstance(piece, float | int):
            await asyncio.sleep(piece)
        else:
            data = json.loads(piece.split("data: ", 1)[1])
            if data["type"] == "error":
                return Answer(500, {"error": data["error"]})
            if data["type"] == "chat.end":
                answer = Answer(body=data["result"])
    return answer
