"""A fake Ollama, faithful to ollama.md.

In a test, on the running loop:

    server = FakeOllama(models=[OllamaModel("qwen3:4b", capabilities=("completion", "thinking"))])
    await server.start()                                  # server.url, server.port
    server.reply = Reply(reasoning=["Hm."], content=["Hi"])
    server.reply = Reply(content=["Hi"], error="an error was encountered while running the model")
    server.reply = Reply(content=["Hi"], done=False)      # ends without `done:true`
    server.loading = asyncio.Event()                      # /api/ps stays empty until it is set
    assert server.loads == [("qwen3:4b", 8192)]           # every load; a second one is a reload
    server.registry["llama3.2:1b"] = [1_300_000_000, 400] # can be pulled
    server.next("/api/chat", Answer(503, {"error": "…"})); server.requests; server.disconnected

By hand: `python -m tests.fake_ollama --port 11434 --speed 30`.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.fake_http import Answer, FakeServer, Request
from tests.fake_ollama_chat import InferenceRoutes
from tests.fake_ollama_checks import context_exceeded, keep_alive_of
from tests.fake_ollama_models import (
    OllamaModel,
    Resident,
    error,
    full_name,
    json_answer,
    ndjson,
    usual_models,
)
from tests.fake_ollama_pull import DIGEST_MISMATCH, NOT_IN_REGISTRY, OFFLINE, PullRoutes
from tests.fake_ollama_v1 import OpenAIRoutes
from tests.fake_reply import Reply, ScriptedReplies, ToolCall
from tests.fake_run import parser_for, run

__all__ = [
    "BUSY",
    "DIGEST_MISMATCH",
    "LOAD_FAILED",
    "NOT_IN_REGISTRY",
    "OFFLINE",
    "OUT_OF_MEMORY",
    "Answer",
    "FakeOllama",
    "OllamaModel",
    "Reply",
    "ToolCall",
    "context_exceeded",
    "error",
    "ndjson",
]

LOAD_FAILED = (
    "llama-server process has terminated: exit status 1: error loading model: "
    "done_getting_tensors: wrong number of tensors\nerror: failed to load model"
)
OUT_OF_MEMORY = "an error was encountered while running the model: CUDA error: out of memory"
BUSY = "server busy, please try again.  maximum pending requests exceeded"

_RUNNER_OPTIONS = ("num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread")


@dataclass
class FakeOllama(PullRoutes, InferenceRoutes, OpenAIRoutes, ScriptedReplies, FakeServer):
    """Ollama's local server."""

    keep_alive: float = 600
    models: list[OllamaModel] = field(default_factory=usual_models)
    version: str = "0.35.1"
    default_context: int = 4096
    load_delay: float = 0
    loading: asyncio.Event | None = None
    """Holds every load until set; meanwhile `/api/ps` is empty."""
    load_error: str | None = None
    """Every load fails with this text, e.g. LOAD_FAILED."""
    prefill_delay: float = 0
    prefill: asyncio.Event | None = None
    """Holds the first token until set."""
    is_busy: bool = False
    """The queue is full: 503."""
    cloud_disabled: bool = False
    signed_in: bool = True

    loads: list[tuple[str, int]] = field(default_factory=list, init=False)
    """Every load so far: model and context length."""
    unloads: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._residents: list[Resident] = []
        self._load_lock = asyncio.Lock()

    async def handle(self, request: Request) -> Answer:
        if _is_foreign(request):
            return Answer(403)
        routes = self._routes()
        key = (request.method.replace("HEAD", "GET"), request.path)
        if key in routes:
            return await routes[key](request)
        if request.method == "GET" and request.path.startswith("/v1/models/"):
            return await self.v1_model(request)
        allowed = [method for method, path in routes if path == request.path]
        if allowed:
            return Answer(405, "405 method not allowed", headers={"Allow": ", ".join(allowed)})
        return Answer(404, "404 page not found")

    def _routes(self) -> dict[tuple[str, str], Callable[[Request], Awaitable[Answer]]]:
        return {
            ("GET", "/"): self._root,
            ("GET", "/api/version"): self._version,
            ("GET", "/api/status"): self._status,
            ("GET", "/api/tags"): self._tags,
            ("GET", "/api/ps"): self._ps,
            ("POST", "/api/show"): self._show,
            ("POST", "/api/chat"): self.chat,
            ("POST", "/api/generate"): self.generate,
            ("POST", "/api/embed"): self.embed,
            ("POST", "/api/pull"): self.pull,
            ("DELETE", "/api/delete"): self._delete,
            ("POST", "/api/copy"): self._copy,
            ("POST", "/api/me"): self._me,
            ("GET", "/v1/models"): self.v1_models,
            ("POST", "/v1/chat/completions"): self.v1_chat,
        }

    async def _root(self, _request: Request) -> Answer:
        return Answer(body="Ollama is running")

    async def _version(self, _request: Request) -> Answer:
        return json_answer({"version": self.version})

    async def _status(self, _request: Request) -> Answer:
        source = "env" if self.cloud_disabled else "none"
        return json_answer({"cloud": {"disabled": self.cloud_disabled, "source": source}})

    async def _me(self, _request: Request) -> Answer:
        return error("account unavailable", 503)

    async def _tags(self, _request: Request) -> Answer:
        return json_answer({"models": [model.tags() for model in self.models]})

    async def _ps(self, _request: Request) -> Answer:
        return json_answer({"models": [resident.ps() for resident in self.residents()]})

    async def _show(self, request: Request) -> Answer:
        name = (request.json or {}).get("model")
        if not name:
            return error("model is required")
        model = self.find(name)
        return json_answer(model.show()) if model else _missing(full_name(name))

    async def _delete(self, request: Request) -> Answer:
        name = (request.json or {}).get("model") or ""
        model = self.find(name)
        if model is None:
            return _missing(name)
        self.models.remove(model)
        return Answer()

    async def _copy(self, request: Request) -> Answer:
        body = request.json or {}
        model = self.find(body.get("source") or "")
        if model is None:
            return error(f'model "{body.get("source")}" not found', 404)
        self.models.insert(0, replace(model, name=body["destination"]))
        return Answer()

    # models in memory

    def find(self, name: str) -> OllamaModel | None:
        """Return the model on disk called *name*, with or without its tag."""
        return next((model for model in self.models if model.name == full_name(name)), None)

    def residents(self) -> list[Resident]:
        """Return what is in memory now, without what has outlived its keep-alive."""
        now = datetime.now(UTC)
        self._residents = [each for each in self._residents if each.expires_at > now]
        return self._residents

    def unload(self, model: OllamaModel) -> None:
        """Drop *model* from memory."""
        self.unloads += [each.model.name for each in self._residents if each.model is model]
        self._residents = [each for each in self._residents if each.model is not model]

    def release(self, resident: Resident, keep_alive: float) -> None:
        """Start the idle time of *resident* after a request."""
        if keep_alive == 0:
            self.unload(resident.model)
        else:
            resident.keep(keep_alive)

    def model_refusal(self, name: str, model: OllamaModel | None) -> Answer | None:
        """Return why *model* cannot be used at all, or None."""
        if model is None:
            return _missing(name)
        if self.is_busy:
            return error(BUSY, 503)
        if model.remote_host and self.cloud_disabled:
            return error("ollama cloud is disabled: remote model is unavailable", 403)
        if model.remote_host and not self.signed_in:
            url = "https://ollama.com/connect?name=desk&key=c3No"
            return json_answer({"error": "unauthorized", "signin_url": url}, 401)
        return None

    async def load(self, model: OllamaModel, body: dict[str, Any]) -> Resident | Answer:
        """Return *model* in memory with the options of *body*, reloading it if they changed."""
        options = body.get("options") or {}
        wanted = options.get("num_ctx") or model.num_ctx or self.default_context
        num_ctx = min(wanted, model.context_length)
        runner = (*(options.get(name) for name in _RUNNER_OPTIONS), body.get("shift", True))
        async with self._load_lock:
            for resident in self.residents():
                if resident.model is model:
                    if (resident.num_ctx, resident.runner) == (num_ctx, runner):
                        resident.keep(keep_alive_of(body) or 300)
                        return resident
                    self.unload(model)
            if not model.remote_host:
                await asyncio.sleep(self.load_delay)
                if self.loading is not None:
                    await self.loading.wait()
                if self.load_error is not None:
                    return error(self.load_error, 500)
            resident = Resident(model, num_ctx, runner)
            resident.keep(keep_alive_of(body) or 300)
            if not model.remote_host:
                self.loads.append((model.name, num_ctx))
                self._residents.append(resident)
            return resident


def _missing(name: str) -> Answer:
    return error(f"model '{name}' not found", 404)


def _is_foreign(request: Request) -> bool:
    """Whether the Host or Origin is one that Ollama refuses with an empty 403."""
    origin = request.headers.get("origin", "")
    hosts = [request.headers.get("host", "localhost").rsplit(":", 1)[0]]
    if origin.startswith("http"):
        hosts.append(origin.split("//", 1)[1].rsplit(":", 1)[0])
    return not all(_is_local(host) for host in hosts)


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_private or address.is_loopback


def main() -> None:
    parser = parser_for("fake_ollama", 11434)
    parser.add_argument("--cloud-disabled", action="store_true")
    parser.add_argument("--signed-out", action="store_true", help="cloud models answer 401")
    options = parser.parse_args()
    server = FakeOllama(cloud_disabled=options.cloud_disabled, signed_in=not options.signed_out)
    server.pull_steps, server.pull_delay = 200, 0.06
    run(server, options)


if __name__ == "__main__":
    main()
