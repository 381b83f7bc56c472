"""`/api/chat`, `/api/generate` and `/api/embed` of the fake Ollama."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from tests.fake_http import Answer, Request
from tests.fake_ollama_checks import (
    check_body,
    check_inference,
    check_truncation,
    keep_alive_of,
    prompt_tokens,
)
from tests.fake_ollama_models import (
    Resident,
    error,
    json_answer,
    ndjson,
    timestamp,
)
from tests.fake_ollama_models import go_json as _json
from tests.fake_reply import Reply, ToolCall


class InferenceRoutes:
    """Part of `FakeOllama`: answers from its models and its scripted replies."""

    async def chat(self, request: Request) -> Answer:
        return await self._infer(request, is_chat=True)

    async def generate(self, request: Request) -> Answer:
        return await self._infer(request, is_chat=False)

    async def _infer(self, request: Request, *, is_chat: bool) -> Answer:
        if refused := check_body(request):
            return refused
        body = request.json
        model = self.find(body["model"])
        if refused := self.model_refusal(body["model"], model):
            return refused
        if refused := check_inference(body, model, is_chat=is_chat):
            return refused
        writer = _Writer(body["model"], is_chat=is_chat)
        is_empty = not (body.get("messages") if is_chat else body.get("prompt"))
        if is_empty and keep_alive_of(body) == 0:
            self.unload(model)
            return json_answer(writer.closing("unload"))
        resident = await self.load(model, body)
        if isinstance(resident, Answer):
            return resident
        if is_empty:
            return json_answer(writer.closing("load"))
        return await self._reply(body, resident, writer)

    async def _reply(self, body: dict[str, Any], resident: Resident, writer: _Writer) -> Answer:
        reply = self.next_reply()
        count = prompt_tokens(body, reply, resident)
        if refused := check_truncation(body, resident, count):
            return refused
        await asyncio.sleep(self.prefill_delay)
        if self.prefill is not None:
            await self.prefill.wait()
        if body.get("think") is False or "thinking" not in resident.model.capabilities:
            reply = replace(reply, reasoning=[])
        with_done = reply.calls_with_done or resident.model.template == "jinja"
        pieces = writer.pieces(reply, count.kept, self.token_delay, calls_with_done=with_done)
        if body.get("stream", True):
            return ndjson(
                self._ending(pieces, resident, body),
                close_abruptly=reply.close_after is not None,
                split_every=reply.split_every,
                split_at=reply.split_at,
                join=reply.join,
            )
        return await writer.whole(self._ending(pieces, resident, body), reply)

    async def _ending(
        self, pieces: AsyncIterator[Any], resident: Resident, body: dict[str, Any]
    ) -> AsyncIterator[Any]:
        """Yield *pieces* and start the model's idle time afterwards."""
        try:
            async for piece in pieces:
                yield piece if isinstance(piece, asyncio.Event | float | int) else _line(piece)
        finally:
            self.release(resident, keep_alive_of(body))

    async def embed(self, request: Request) -> Answer:
        if refused := check_body(request):
            return refused
        body = request.json
        model = self.find(body["model"])
        if model is None:
            return error(f'model "{body["model"]}" not found, try pulling it first', 404)
        if "embedding" not in model.capabilities:
            text = "This server does not support embeddings. Start it with `--embeddings`"
            return error(text, 501)
        texts = body.get("input", [])
        if not isinstance(texts, str | list):
            return error("invalid input type")
        texts = [texts] if isinstance(texts, str) else texts
        resident = await self.load(model, body)
        if isinstance(resident, Answer):
            return resident
        count = sum(len(text) // 4 + 1 for text in texts)
        if body.get("truncate") is False and count > resident.num_ctx:
            return error("the input length exceeds the context length")
        answer = {"model": body["model"], "embeddings": [[0.6, 0.8, 0.0] for _text in texts]}
        return json_answer(answer | {"total_duration": 8227890, "prompt_eval_count": count})


class _Writer:
    """Writes a reply as the objects of a stream."""

    def __init__(self, name: str, *, is_chat: bool) -> None:
        self._name = name
        self._is_chat = is_chat

    def closing(self, reason: str, **fields: Any) -> dict[str, Any]:
        return self._object("", done=True) | {"done_reason": reason, **fields}

    async def pieces(
        self, reply: Reply, prompt_count: int, delay: float, *, calls_with_done: bool
    ) -> AsyncIterator[Any]:
        """Yield the objects of the stream, with the waits between them."""
        for number, (kind, text) in enumerate(reply.deltas()):
            for wait in reply.before(number, delay):
                yield wait
            yield self._object(text, kind)
        for wait in reply.before(len(reply.reasoning) + len(reply.content)):
            yield wait
        if reply.is_cut:
            return
        if reply.error is not None:
            yield {"error": reply.error}
            return
        calls = _calls(reply.tool_calls)
        if calls and not calls_with_done:
            yield self._with_calls(self._object(""), calls)
        if reply.done:
            last = self.closing(
                reply.finish_reason or "stop", **_metrics(reply, prompt_count, delay)
            )
            yield self._with_calls(last, calls) if calls_with_done and calls else last

    async def whole(self, lines: AsyncIterator[Any], reply: Reply) -> Answer:
        """Return the answer without streaming, after all the waits."""
        last: dict[str, Any] = {}
        async for line in lines:
            if isinstance(line, asyncio.Event):
                await line.wait()
            elif isinstance(line, float | int):
                await asyncio.sleep(line)
            else:
                last = line.payload
        if "error" in last:
            return error(last["error"], 500)
        last = self._object(reply.text, thinking=reply.thoughts, done=True) | {
            name: value for name, value in last.items() if name not in ("message", "response")
        }
        if reply.tool_calls:
            last = self._with_calls(last, _calls(reply.tool_calls))
        answer = json_answer(last)
        answer.close_abruptly = reply.close_after is not None
        return answer

    def _object(
        self, text: str, kind: str = "content", *, thinking: str = "", done: bool = False
    ) -> dict[str, Any]:
        if kind == "reasoning":
            text, thinking = "", text
        extra = {"thinking": thinking} if thinking else {}
        common = {"model": self._name, "created_at": timestamp()}
        if self._is_chat:
            message = {"role": "assistant", "content": text, **extra}
            return {**common, "message": message, "done": done}
        return {**common, "response": text, **extra, "done": done}

    def _with_calls(self, payload: dict[str, Any], calls: list[Any]) -> dict[str, Any]:
        if self._is_chat:
            payload["message"] = {**payload["message"], "tool_calls": calls}
        else:
            payload["tool_calls"] = calls
        return payload


class _Line(str):
    """A line of the stream that remembers what it says."""

    payload: dict[str, Any]


def _line(payload: dict[str, Any]) -> _Line:
    line = _Line(_json(payload) + "\n")
    line.payload = payload
    return line


def _calls(calls: list[ToolCall]) -> list[dict[str, Any]]:
    return [
        {
            "id": call.id,
            "function": {"index": index, "name": call.name, "arguments": call.arguments},
        }
        for index, call in enumerate(calls)
    ]


def _metrics(reply: Reply, prompt_count: int, delay: float) -> dict[str, int]:
    """Return durations in nanoseconds and counts; what is zero is left out."""
    metrics = {
        "total_duration": 153_789_731,
        "load_duration": 1_404_160,
        "prompt_eval_count": prompt_count,
        "prompt_eval_duration": 120_500_000,
        "eval_count": reply.tokens,
        "eval_duration": reply.tokens * (round(delay * 1e9) or 33_361_138),
    }
    if reply.usage in ("none", "zero"):
        return {}
    return {name: value for name, value in metrics.items() if value}
