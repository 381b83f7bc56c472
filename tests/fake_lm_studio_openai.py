"""Inference on the `/v1` and `/api/v0` routes of the fake LM Studio."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.fake_http import Answer, Request
from tests.fake_lm_studio_chat import (
    ChunkStream,
    completion_id,
    finish_of,
    overflow_answer,
    refusal,
    usage_of,
    whole_completion,
)
from tests.fake_lm_studio_errors import model_not_found, sse, text_error
from tests.fake_lm_studio_models import Instance, LMModel
from tests.fake_reply import Reply, text_of, tokens_in


class OpenAIRoutes:
    """Part of `FakeLMStudio`: answers from its models and its scripted replies."""

    async def chat(self, request: Request) -> Answer:
        body = request.json
        if refused := refusal(body, rejects_null_content=self.rejects_null_content):
            return refused
        target = await self.instance_for(body.get("model") or "")
        if isinstance(target, Answer):
            return target
        model, instance = target
        reply, is_stream = self.next_reply(), bool(body.get("stream"))
        tokens = reply.prompt_tokens or tokens_in(text_of(body["messages"]))
        if tokens > instance.context_length:
            text = self.overflow_text.format(tokens=tokens, context=instance.context_length)
            if failed := overflow_answer(self.overflow, text, is_stream=is_stream):
                return failed
            reply = Reply(content=[], finish_reason="stop")
        await self.wait_for_prefill()
        name = reply.model or instance.id
        if is_stream:
            return self._stream(reply, name, tokens, body)
        return await self._whole(reply, name, tokens, model, instance, request)

    async def wait_for_prefill(self) -> None:
        await asyncio.sleep(self.prefill_delay)
        if self.prefill is not None:
            await self.prefill.wait()

    def _stream(self, reply: Reply, name: str, tokens: int, body: dict[str, Any]) -> Answer:
        with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        stream = ChunkStream(reply, name, tokens, with_usage=with_usage)
        return sse(
            stream.pieces(self.token_delay),
            close_abruptly=reply.close_after is not None,
            split_every=reply.split_every,
            split_at=reply.split_at,
            join=reply.join,
        )

    async def _whole(self, reply, name, tokens, model, instance, request) -> Answer:
        for number, _delta in enumerate(reply.deltas()):
            for wait in reply.before(number, self.token_delay):
                await (wait.wait() if isinstance(wait, asyncio.Event) else asyncio.sleep(wait))
        if reply.error is not None:
            return text_error(reply.error)
        body = whole_completion(reply, name, tokens)
        if request.path.startswith("/api/v0"):
            body |= _v0_extras(model, instance)
        return Answer(body=body, close_abruptly=reply.close_after is not None)

    async def complete(self, request: Request) -> Answer:
        body = request.json or {}
        target = await self.instance_for(body.get("model") or "")
        if isinstance(target, Answer):
            return target
        reply, tokens = self.next_reply(), tokens_in(str(body.get("prompt", "")))
        choice = {"index": 0, "logprobs": None, "finish_reason": finish_of(reply)}
        payload = {
            "id": completion_id("cmpl-"),
            "object": "text_completion",
            "created": 1731990488,
            "model": target[1].id,
            "choices": [choice | {"text": reply.text}],
            "usage": usage_of(reply, tokens),
        }
        if not body.get("stream"):
            return Answer(body=payload)
        frames = [payload | {"choices": [choice | {"text": text}]} for text in reply.content]
        return sse([*(f"data: {json.dumps(frame)}\n\n" for frame in frames), "data: [DONE]\n\n"])

    async def embed(self, request: Request) -> Answer:
        body = request.json or {}
        found = self.find(body.get("model") or "")
        if found is None or found[0].type != "embedding":
            return model_not_found(body.get("model") or "", [model.key for model in self.models])
        texts = body.get("input")
        texts = [texts] if isinstance(texts, str) else texts
        data = [
            {"object": "embedding", "embedding": [0.6, 0.8, 0.0], "index": index}
            for index, _text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        name = f"{found[0].key}@{found[0].quantization}".lower()
        return Answer(body={"object": "list", "data": data, "model": name, "usage": usage})


def _v0_extras(model: LMModel, instance: Instance) -> dict[str, Any]:
    return {
        "stats": {
            "tokens_per_second": 51.43709529007664,
            "time_to_first_token": 0.111,
            "generation_time": 0.954,
            "stop_reason": "eosFound",
        },
        "model_info": {
            "arch": model.architecture,
            "quant": model.quantization,
            "format": model.format,
            "context_length": instance.context_length,
        },
        "runtime": {
            "name": "llama.cpp-linux-x86_64-avx2",
            "version": "2.24.0",
            "supported_formats": ["gguf"],
        },
    }
