"""`/api/pull` of the fake Ollama: progress, failures in the stream, and resuming."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from tests.fake_http import Answer, Request
from tests.fake_ollama_models import OllamaModel, error, full_name, go_json, json_answer, ndjson

NOT_IN_REGISTRY = "pull model manifest: file does not exist"
OFFLINE = (
    'pull model manifest: Get "https://registry.ollama.ai/v2/library/llama3.2/manifests/latest": '
    "dial tcp: lookup registry.ollama.ai on 198.51.100.53:53: no such host"
)
DIGEST_MISMATCH = (
    "digest mismatch, file must be downloaded again: "
    f"want sha256:{'2a7a' * 16}, got sha256:{'f2c7' * 16}"
)


@dataclass
class PullRoutes:
    """Part of `FakeOllama`: downloads the models of `registry` to disk."""

    registry: dict[str, list[int]] = field(
        default_factory=lambda: {"qwen3:4b": [2_497_280_480, 1_723, 11_357, 120, 487]}
    )
    """What can be pulled: the sizes of the layers, in order."""
    pull_steps: int = 8
    """How many progress lines the largest layer has."""
    pull_delay: float = 0
    """Seconds between two progress lines."""
    pull_pause: asyncio.Event | None = None
    """Holds the download halfway through the first layer until set."""
    pull_goes_back: bool = False
    """The first layer loses a part and gets it again, as after a stall."""
    pull_error: str | None = None
    """Fails with this text in the stream, halfway through the first layer."""
    saved: dict[str, int] = field(default_factory=dict, init=False)
    """Bytes on disk by digest; the next pull goes on from there."""

    async def pull(self, request: Request) -> Answer:
        body = request.json or {}
        name = body.get("model") or body.get("name") or ""
        if not name or re.search(r"[^\w./:@-]", name):
            return error("invalid model name")
        lines = self._pull_lines(full_name(name))
        if body.get("stream", True):
            return ndjson(_encoded(lines))
        last: dict[str, Any] = {}
        async for line in lines:
            if isinstance(line, asyncio.Event):
                await line.wait()
            elif isinstance(line, dict):
                last = line
        return error(last["error"], 500) if "error" in last else json_answer(last)

    async def _pull_lines(self, name: str) -> AsyncIterator[Any]:
        yield {"status": "pulling manifest"}
        if name not in self.registry:
            yield {"error": NOT_IN_REGISTRY}
            return
        for number, total in enumerate(self.registry[name]):
            async for line in self._layer_lines(name, number, total):
                yield line
                if isinstance(line, dict) and "error" in line:
                    return
        for status in ("verifying sha256 digest", "writing manifest"):
            yield {"status": status}
        if self.find(name) is None:
            self.models.insert(0, OllamaModel(name, size=sum(self.registry[name])))
        yield {"status": "success"}

    async def _layer_lines(self, name: str, number: int, total: int) -> AsyncIterator[Any]:
        digest = "sha256:" + hashlib.sha256(f"{name}#{number}".encode()).hexdigest()
        step = total if number else max(1, total // self.pull_steps)
        if number and total < 1000:
            yield _progress(digest, total, 0)  # a small layer never shows any progress
            return
        done = self.saved.get(digest, 0)
        yield _progress(digest, total, done)
        while done < total:
            if number == 0 and 2 * (done + step) > total >= 2 * done:
                if self.pull_pause is not None:
                    yield self.pull_pause
                if self.pull_error is not None:
                    yield {"error": self.pull_error}
                    return
                if self.pull_goes_back:
                    yield _progress(digest, total, done // 2)
            yield self.pull_delay
            done = self.saved[digest] = min(total, done + step)
            yield _progress(digest, total, done)


def _progress(digest: str, total: int, completed: int) -> dict[str, Any]:
    status = f"pulling {digest.removeprefix('sha256:')[:12]}"
    line = {"status": status, "digest": digest, "total": total}
    return line | ({"completed": completed} if completed else {})


async def _encoded(lines: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for line in lines:
        yield go_json(line) + "\n" if isinstance(line, dict) else line
