"""The few OpenAI-compatible routes of the fake Ollama."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from tests.fake_http import Answer, Request
from tests.fake_lm_studio_chat import finish_of
from tests.fake_lm_studio_errors import sse
from tests.fake_ollama_models import OllamaModel, json_answer
from tests.fake_reply import Reply, text_of, tokens_in


class OpenAIRoutes:
    """Part of `FakeOllama`: a minimal `/v1`."""

    async def v1_models(self, _request: Request) -> Answer:
        return json_answer({"object": "list", "data": [_entry(model) for model in self.models]})

    async def v1_model(self, request: Request) -> Answer:
        name = request.path.removeprefix("/v1/models/")
        model = self.find(name)
        return json_answer(_entry(model)) if model else _not_found(name)

    async def v1_chat(self, request: Request) -> Answer:
        body = request.json or {}
        model = self.find(body.get("model") or "")
        if model is None:
            return _not_found(body.get("model") or "")
        resident = await self.load(model, {})
        if isinstance(resident, Answer):
            return resident
        reply = self.next_reply()
        count = reply.prompt_tokens or tokens_in(text_of(body.get("messages")))
        writer = _ChunkWriter(body["model"], reply, count)
        if not body.get("stream"):
            return json_answer(writer.whole())
        with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        return sse(
            writer.pieces(self.token_delay, with_usage=with_usage),
            close_abruptly=reply.close_after is not None,
        )


class _ChunkWriter:
    def __init__(self, name: str, reply: Reply, prompt_count: int) -> None:
        self._reply = reply
        self._common = {"id": "chatcmpl-879", "created": 1795367947, "model": name}
        self._usage = {
            "prompt_tokens": prompt_count,
            "completion_tokens": reply.tokens,
            "total_tokens": prompt_count + reply.tokens,
        }

    def whole(self) -> dict[str, Any]:
        reply = self._reply
        message: dict[str, Any] = {"role": "assistant", "content": reply.text}
        if reply.reasoning:
            message["reasoning"] = reply.thoughts
        if reply.tool_calls:
            message["tool_calls"] = self._calls()
        choice = {"index": 0, "message": message, "finish_reason": finish_of(reply)}
        common = {**self._common, "object": "chat.completion", "system_fingerprint": "fp_ollama"}
        return {**common, "choices": [choice], "usage": self._usage}

    async def pieces(self, delay: float, *, with_usage: bool) -> AsyncIterator[Any]:
        reply = self._reply
        for number, (kind, text) in enumerate(reply.deltas()):
            for wait in reply.before(number, delay):
                yield wait
            role = {} if number else {"role": "assistant"}
            thought = {"reasoning": text} if kind == "reasoning" else {}
            yield self._frame({**role, "content": "" if thought else text, **thought})
        for wait in reply.before(len(reply.reasoning) + len(reply.content)):
            yield wait
        if reply.is_cut:
            return
        if reply.error is not None:  # the error itself is swallowed (ollama.md 8)
            self._common["model"] = ""
            yield self._frame({"role": "assistant", "content": ""})
            return
        if reply.tool_calls:
            yield self._frame({"content": "", "tool_calls": self._calls()})
        yield self._frame({}, finish_of(reply))
        if with_usage:
            yield self._data({"choices": [], "usage": self._usage})
        yield "data: [DONE]\n\n"

    def _calls(self) -> list[dict[str, Any]]:
        return [
            {
                "id": call.id,
                "index": index,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments_text},
            }
            for index, call in enumerate(self._reply.tool_calls)
        ]

    def _frame(self, delta: dict[str, Any], finish: str | None = None) -> str:
        return self._data({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _data(self, fields: dict[str, Any]) -> str:
        kind = {"object": "chat.completion.chunk", "system_fingerprint": "fp_ollama"}
        return f"data: {json.dumps({**self._common, **kind, **fields}, ensure_ascii=False)}\n\n"


def _entry(model: OllamaModel) -> dict[str, Any]:
    return {"id": model.name, "object": "model", "created": 1795367760, "owned_by": "library"}


def _not_found(name: str) -> Answer:
    message = f"model '{name}' not found"
    fields = {"message": message, "type": "not_found_error", "param": None, "code": None}
    return json_answer({"error": fields}, 404)
