"""A fake LM Studio, faithful to lmstudio.md.

In a test, on the running loop:

    server = FakeLMStudio(models=[LMModel("qwen", tools=True)], load_delay=0.1)
    await server.start()                        # server.url, server.port
    server.reply = ["Hel", "lo"]                # the content deltas of every chat answer …
    server.reply = Reply(reasoning=["Hm."], content=["Hi"], finish_reason="length")
    server.then(Reply(tool_calls=[ToolCall("read_file", {"path": "a.py"})]), ["Done."])  # in turn
    server.reply = Reply(content=["a", "b"], stall_after=1)      # silent until the client hangs up
    await server.disconnected.wait()
    server.next("/v1/models", FAULTS["bad gateway"])             # one scripted answer
    server.requests[-1].json["messages"]; server.asked("/v1/models"); server.loads
    server.close(); await server.restart()      # killed, and back on the same port

By hand: `python -m tests.fake_lm_studio --port 1234 --speed 30`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.fake_http import Answer, FakeServer, Request
from tests.fake_lm_studio_errors import (
    FAULTS,
    GUARDRAIL,
    OVERFLOW,
    LoadRefusedError,
    load_failed,
    missing_token,
    model_not_found,
    no_models_loaded,
    sse,
    unexpected_endpoint,
    wrong_token,
)
from tests.fake_lm_studio_models import Instance, LMModel, usual_models
from tests.fake_lm_studio_native import NativeRoutes
from tests.fake_lm_studio_openai import OpenAIRoutes
from tests.fake_reply import Reply, ScriptedReplies, ToolCall
from tests.fake_run import parser_for, run

__all__ = ["FAULTS", "Answer", "FakeLMStudio", "Instance", "LMModel", "Reply", "ToolCall", "sse"]

VALID_TOKEN = "sk-lm-abcdefgh:abcdefghij0123456789"
"""A token of the right form to use as `FakeLMStudio(token=VALID_TOKEN)`."""

_LEVELS = ("v1", "v0", "native")


@dataclass
class FakeLMStudio(NativeRoutes, OpenAIRoutes, ScriptedReplies, FakeServer):
    """LM Studio's local server."""

    models: list[LMModel] = field(default_factory=usual_models)
    """What is on disk; `LMModel.load(context)` puts one into memory."""
    level: Literal["v1", "v0", "native"] = "native"
    """The newest API that this version speaks."""
    jit: bool = True
    evict_jit: bool = True
    """Loading a model on demand unloads the one loaded on demand before."""
    token: str | None = None
    """Requires this token."""
    auth_on_v1: Literal["401", "200"] = "401"
    """What `/v1` does without a token; "200" is the misleading error of lmstudio.md 1.3."""
    default_context: int = 8192
    load_delay: float = 0
    loading: asyncio.Event | None = None
    """Holds every load until set."""
    prefill_delay: float = 0
    prefill: asyncio.Event | None = None
    """Holds the first token until set."""
    guardrail_bytes: int | None = None
    """Models larger than this are refused."""
    most_context: int | None = None
    """Larger windows are refused."""
    load_error: str | None = None
    """Every load fails with this text."""
    overflow: Literal["event", "empty", "string", "object"] = "event"
    overflow_text: str = OVERFLOW
    rejects_null_content: bool = True
    strict_native: bool = True
    cold_start: bool = False
    """The first model list has only the embedding models (lmstudio.md Q36)."""
    cors: bool = False

    loads: list[tuple[str, int]] = field(default_factory=list, init=False)
    """Every load so far: instance id and context length."""
    unloads: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.default_headers = {"X-Powered-By": "Express"}

    def headers_for(self, answer: Answer, body: bytes | None) -> dict[str, str]:
        headers = super().headers_for(answer, body)
        headers.setdefault("Connection", "keep-alive")
        if self.cors:
            headers |= {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        if body is not None:
            digest = base64.b64encode(hashlib.sha1(body).digest()).decode().rstrip("=")
            headers["ETag"] = f'W/"{len(body):x}-{digest}"'
            headers["Keep-Alive"] = f"timeout={max(1, round(self.keep_alive))}"
        return headers

    def model(self, key: str) -> LMModel:
        """Return the model on disk called *key*."""
        return next(model for model in self.models if model.key == key)

    async def handle(self, request: Request) -> Answer:
        if request.path == "/lmstudio-greeting":
            return Answer(body={"lmstudio": True})
        if request.path == "/lms-status":
            return Answer(body={"package": "lmstudio", "version": "0.4.21"})
        if refused := self._unauthorized(request):
            return refused
        if route := self._route(request):
            return await route(request)
        return unexpected_endpoint(request)

    def _unauthorized(self, request: Request) -> Answer | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self.token is None or given == self.token:
            return None
        if request.path.startswith("/v1") and self.auth_on_v1 == "200":
            return unexpected_endpoint(request)
        return wrong_token() if given else missing_token()

    def _route(self, request: Request) -> Callable[[Request], Awaitable[Answer]] | None:
        key = f"{request.method} {request.path}"
        level = _LEVELS.index(self.level)
        routes = {
            "GET /v1/models": self._v1_models,
            "POST /v1/chat/completions": self.chat,
            "POST /v1/completions": self.complete,
            "POST /v1/embeddings": self.embed,
        }
        if level >= 1:
            routes |= {
                "GET /api/v0/models": self._v0_models,
                "POST /api/v0/chat/completions": self.chat,
                "POST /api/v0/completions": self.complete,
                "POST /api/v0/embeddings": self.embed,
            }
            if request.method == "GET" and re.match("/api/v0/models/.", request.path):
                return self._v0_model
        if level >= 2:
            if key.startswith("GET /api/v1/models/download/status/"):
                return self.download_status
            routes |= self.native_routes()
        return routes.get(key)

    # lists

    def listed(self) -> list[LMModel]:
        """Return the models that a list may show at this moment."""
        if self.cold_start:
            self.cold_start = False
            return [model for model in self.models if model.type == "embedding"]
        return self.models

    async def _v1_models(self, _request: Request) -> Answer:
        shown = [model for model in self.listed() if self.jit or model.loaded]
        entries = [
            {"id": name, "object": "model", "owned_by": "organization_owner"}
            for model in shown
            for name in model.v1_ids()
        ]
        return Answer(body={"data": entries, "object": "list"})

    async def _v0_models(self, _request: Request) -> Answer:
        shown = [model.v0() for model in self.listed() if self.jit or model.loaded]
        return Answer(body={"object": "list", "data": shown})

    async def _v0_model(self, request: Request) -> Answer:
        name = request.path.removeprefix("/api/v0/models/")
        for model in self.models:
            if model.is_named(name) or model.instance(name):
                return Answer(body=model.v0())
        return model_not_found(name, [model.key for model in self.models])

    # loading

    def find(self, name: str) -> tuple[LMModel, Instance | None] | None:
        """Return the model that *name* means and its instance if it is loaded."""
        for model in self.models:
            if instance := model.instance(name):
                return model, instance
        for model in self.models:
            if model.is_named(name):
                return model, None
        return None

    async def load(
        self, model: LMModel, context: int | None, *, is_jit: bool = False, in_steps: bool = False
    ) -> Instance:
        """Load *model* as slowly as scripted; raises LoadRefusedError."""
        if self.guardrail_bytes is not None and model.size_bytes > self.guardrail_bytes:
            raise LoadRefusedError(GUARDRAIL.format(size=model.size_bytes / 1e9))
        if self.most_context is not None and (context or 0) > self.most_context:
            raise LoadRefusedError(GUARDRAIL.format(size=context * model.size_bytes / 1e13))
        await asyncio.sleep(0 if in_steps else self.load_delay)
        if self.loading is not None:
            await self.loading.wait()
        if self.load_error is not None:
            raise LoadRefusedError(self.load_error)
        if is_jit and self.evict_jit:
            for other in self.models:
                self.unloads += [each.id for each in other.loaded if each.is_jit]
                other.loaded = [each for each in other.loaded if not each.is_jit]
        instance = model.load(context or self.default_context, is_jit=is_jit)
        self.loads.append((instance.id, instance.context_length))
        return instance

    async def instance_for(self, name: str) -> tuple[LMModel, Instance] | Answer:
        """Return who answers a request for *name*, loading it if need be, or an error."""
        found = self.find(name)
        loaded = [(m, each) for m in self.models for each in m.loaded if m.type == "llm"]
        if found is None and len(loaded) == 1:
            return loaded[0]
        if found is not None and found[1] is not None:
            return found[0], found[1]
        if not loaded and (found is None or not self.jit):
            return no_models_loaded()
        if found is None or not self.jit:
            return model_not_found(name, [model.key for model in self.models])
        try:
            return found[0], await self.load(found[0], None, is_jit=True)
        except LoadRefusedError as error:
            return load_failed(name, str(error))


def main() -> None:
    parser = parser_for("fake_lm_studio", 1234)
    parser.add_argument("--level", choices=_LEVELS, default="native", help="newest API")
    parser.add_argument("--no-jit", action="store_true", help="no loading on demand")
    parser.add_argument("--token", nargs="?", const=VALID_TOKEN, help="require this API token")
    parser.add_argument("--fault", choices=sorted(FAULTS), help="every chat fails like this")
    parser.add_argument("--guardrail-gb", type=float, help="refuse to load larger models")
    options = parser.parse_args()
    server = FakeLMStudio(level=options.level, jit=not options.no_jit, token=options.token)
    if options.guardrail_gb:
        server.guardrail_bytes = int(options.guardrail_gb * 1e9)
    if options.fault:
        server.always("/v1/chat/completions", FAULTS[options.fault])
    run(server, options)


if __name__ == "__main__":
    main()
