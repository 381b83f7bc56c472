"""The native `/api/v1` routes of the fake LM Studio, except chat."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.fake_http import Answer, Request
from tests.fake_lm_studio_errors import LoadRefusedError, native_error
from tests.fake_lm_studio_models import LMModel
from tests.fake_lm_studio_native_chat import NativeChat

_LOAD_KEYS = {
    "model",
    "context_length",
    "eval_batch_size",
    "flash_attention",
    "num_experts",
    "offload_kv_cache_to_gpu",
    "echo_load_config",
}


@dataclass
class Download:
    """A download job; every look at its status moves it on by one step."""

    job_id: str
    model: str
    total: int
    steps: int = 4
    seen: int = 0
    fails: bool = False

    def status(self) -> dict[str, Any]:
        """Return the next state, as `GET /api/v1/models/download/status/:job` does."""
        self.seen = min(self.seen + 1, self.steps)
        state: dict[str, Any] = {
            "job_id": self.job_id,
            "total_size_bytes": self.total,
            "downloaded_bytes": self.total * self.seen // self.steps,
            "started_at": "2026-11-22T15:33:23.496Z",
        }
        if self.fails and self.seen > self.steps // 2:
            return state | {"status": "failed", "downloaded_bytes": self.total // 2}
        if self.seen == self.steps:
            return state | {"status": "completed", "completed_at": "2026-11-22T15:43:12.102Z"}
        speed = {"bytes_per_second": 22_500_000, "estimated_completion": "2026-11-22T15:43:12.102Z"}
        return state | {"status": "downloading"} | speed


@dataclass
class NativeRoutes(NativeChat):
    """Part of `FakeLMStudio`: lists, loads, unloads and downloads models."""

    downloadable: dict[str, int] = field(
        default_factory=lambda: {"ibm/granite-4-micro": 2279145003}
    )
    """Sizes of the models that can be downloaded."""
    download_fails: bool = False
    download_steps: int = 4
    downloads: dict[str, Download] = field(default_factory=dict, init=False)

    def native_routes(self) -> dict[str, Any]:
        return {
            "GET /api/v1/models": self._native_models,
            "POST /api/v1/models/load": self._native_load,
            "POST /api/v1/models/unload": self._native_unload,
            "POST /api/v1/models/download": self._native_download,
            "POST /api/v1/chat": self.native_chat,
        }

    async def _native_models(self, _request: Request) -> Answer:
        return Answer(body={"models": [model.native() for model in self.listed()]})

    async def _native_load(self, request: Request) -> Answer:
        body = request.json or {}
        if refused := self.strict_refusal(body, _LOAD_KEYS, required="model"):
            return refused
        found = self.find(body["model"])
        if found is None:
            message = f'Model "{body["model"]}" not found.'
            return native_error("model_not_found", message, 404, param="model")
        model, started = found[0], self.load_delay
        try:
            instance = await self.load(model, body.get("context_length"))
        except LoadRefusedError as error:
            return native_error("internal_error", str(error), 500, code="model_load_failed")
        answer = {
            "type": model.type,
            "instance_id": instance.id,
            "load_time_seconds": round(started, 3),
            "status": "loaded",
        }
        if body.get("echo_load_config"):
            config = {"context_length": instance.context_length}
            if model.type == "llm":
                config |= {"eval_batch_size": 512, "flash_attention": True}
            answer["load_config"] = config
        return Answer(body=answer)

    async def _native_unload(self, request: Request) -> Answer:
        body = request.json or {}
        if refused := self.strict_refusal(body, {"instance_id"}, required="instance_id"):
            return refused
        for model in self.models:
            for instance in model.loaded:
                if instance.id == body["instance_id"]:
                    model.loaded.remove(instance)
                    self.unloads.append(instance.id)
                    return Answer(body={"instance_id": instance.id})
        message = f'Model instance "{body["instance_id"]}" not found.'
        return native_error("model_not_found", message, 404, param="instance_id")

    async def _native_download(self, request: Request) -> Answer:
        body = request.json or {}
        if refused := self.strict_refusal(body, {"model", "quantization"}, required="model"):
            return refused
        name = body["model"]
        if "/resolve/" in name or name.endswith(".gguf"):
            return native_error("invalid_request", "Invalid HuggingFace model URL format")
        if self.find(name):
            return Answer(body={"status": "already_downloaded"})
        if name not in self.downloadable:
            return native_error("model_not_found", f'Model "{name}" not found.', 404, param="model")
        job_id = f"job_{len(self.downloads) + 0x493C7C9DED:010x}"
        job = Download(
            job_id, name, self.downloadable[name], self.download_steps, fails=self.download_fails
        )
        self.downloads[job_id] = job
        started = {"started_at": "2026-11-22T15:33:23.496Z", "total_size_bytes": job.total}
        return Answer(body={"job_id": job_id, "status": "downloading", **started})

    async def download_status(self, request: Request) -> Answer:
        """Move a download on and tell how far it is; a finished one is on disk."""
        job = self.downloads.get(request.path.rsplit("/", 1)[1])
        if job is None:
            return native_error("job_not_found", "Download job not found.", 404)
        state = job.status()
        if state["status"] == "completed" and self.find(job.model) is None:
            self.models.append(LMModel(job.model, size_bytes=job.total))
        return Answer(body=state)

    def strict_refusal(self, body: Any, allowed: set[str], *, required: str) -> Answer | None:
        """Return the 400 for keys that the native API does not know or misses."""
        if required not in body:
            message, code = f'"{required}" is required', "missing_required_parameter"
            return native_error("invalid_request", message, code=code, param=required)
        unknown = [key for key in body if key not in allowed]
        if unknown and self.strict_native:
            names = re.sub(r"[\[\]]", "", str(unknown))
            message = f"Unrecognized key(s) in object: {names}"
            return native_error("invalid_request", message, code="unrecognized_keys")
        return None
