"""The built-in engine: one child process for each model file in use."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_coder.errors import EngineError
from ai_coder.llama_server.options import (
    EngineOptions,
    Job,
    is_small,
    thread_count,
    worker_command,
)
from ai_coder.llama_server.process import EngineProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_QUICK_DEATH = 30.0
"""A child that lives longer than this many seconds was well."""

_LAST_BREATH = 1.0
"""Seconds between a broken connection and the news that the process is gone."""

_FIRST_PAUSE = 1.0
"""Seconds before a restart after the second quick death; the first is free."""

_MOST_DEATHS = 3
_PAUSE_AFTER_DEATHS = 60.0


@dataclass(slots=True)
class _Child:
    process: EngineProcess
    context_length: int
    ready_at: float
    used_at: float
    idle_timer: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Deaths:
    """The quick deaths of one file's children in a row."""

    error: EngineError
    count: int = 0
    last_at: float = 0.0

    @property
    def pause(self) -> float:
        """Seconds to wait before the next start."""
        return _FIRST_PAUSE * 2.0 ** (self.count - 2) if self.count > 1 else 0.0


@dataclass
class LlamaEngine:
    """Serves model files through llama.cpp, as many at a time as the options allow.

    A child is started on first use and stopped when another model needs the room, when nobody
    used it for a while, and with the application. `on_change` is called when one came or went.
    """

    options: EngineOptions = field(default_factory=EngineOptions)
    command: Sequence[str] = field(default_factory=worker_command)
    on_change: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self._children: dict[Path, _Child] = {}
        self._holds: Counter[Path] = Counter()
        self._deaths: dict[Path, _Deaths] = {}
        self._start_turn = asyncio.Lock()
        self._has_room = asyncio.Event()

    async def serve(self, file: Path, name: str, context_length: int) -> tuple[str, str]:
        """Return (URL, key) of the server for *file*, which is started or restarted if needed.

        *name* is what the model calls itself in its answers. Raises `EngineError` when the
        model cannot be loaded, or when its process died several times in a row. Cancelling
        while it loads ends the child.
        """
        if child := self._child(file, context_length):
            return child.process.url, child.process.job.key
        async with self._start_turn:
            if not (child := self._child(file, context_length)):
                await self._back_off(file)
                await self._make_room(file)
                child = await self._start(file, name, context_length)
        return child.process.url, child.process.job.key

    @contextmanager
    def hold(self, file: Path) -> Iterator[None]:
        """Keep the child of *file* in memory while a request runs."""
        self._holds[file] += 1
        try:
            yield
        finally:
            self._holds[file] -= 1
            if child := self._children.get(file):
                self._touch(file, child)
            self._has_room.set()

    def running(self) -> dict[Path, int]:
        """Return the files in memory and the context window of each."""
        return {file: child.context_length for file, child in self._children.items()}

    async def failure(self, file: Path) -> EngineError | None:
        """Return why the child of *file* died just now, None when it lives."""
        if child := self._children.get(file):
            await child.process.ended(_LAST_BREATH)
        deaths = self._deaths.get(file)
        return deaths.error if deaths and file not in self._children else None

    async def stop(self, file: Path) -> None:
        """End the child of *file*, if there is one."""
        self._deaths.pop(file, None)
        if child := self._remove(file):
            await child.process.stop()

    async def aclose(self) -> None:
        """End every child."""
        for file in list(self._children):
            await self.stop(file)

    def _child(self, file: Path, context_length: int) -> _Child | None:
        child = self._children.get(file)
        if child is None or child.context_length != context_length:
            return None
        self._touch(file, child)
        return child

    def _touch(self, file: Path, child: _Child) -> None:
        loop = asyncio.get_running_loop()
        child.used_at = loop.time()
        if child.idle_timer:
            child.idle_timer.cancel()
        child.idle_timer = loop.call_later(self.options.idle_seconds, self._end_idle, file)

    def _end_idle(self, file: Path) -> None:
        if self._holds[file]:
            self._touch(file, self._children[file])
        elif child := self._remove(file):
            self._deaths.pop(file, None)
            child.process.kill()

    def _remove(self, file: Path) -> _Child | None:
        child = self._children.pop(file, None)
        if child is None:
            return None
        if child.idle_timer:
            child.idle_timer.cancel()
        self._has_room.set()
        self._changed()
        return child

    async def _back_off(self, file: Path) -> None:
        deaths = self._deaths.get(file)
        if deaths is None:
            return
        since = asyncio.get_running_loop().time() - deaths.last_at
        if deaths.count >= _MOST_DEATHS and since < _PAUSE_AFTER_DEATHS:
            error = deaths.error
            raise EngineError(raw=error.raw, **error.details)
        if since < deaths.pause:
            await asyncio.sleep(deaths.pause - since)

    async def _make_room(self, file: Path) -> None:
        """Stop what must go before *file* is loaded; waits for answers that are being written."""
        while True:
            counted = [each for each in self._children if not is_small(each) and each != file]
            is_full = not is_small(file) and len(counted) >= self.options.most_models
            in_the_way = counted if is_full else []
            if file in self._children:  # with another context window
                in_the_way = [file]
            if not in_the_way:
                return
            free = [each for each in in_the_way if not self._holds[each]]
            if free:
                await self.stop(min(free, key=lambda each: self._children[each].used_at))
            else:
                self._has_room.clear()
                await self._has_room.wait()

    async def _start(self, file: Path, name: str, context_length: int) -> _Child:
        job = Job(
            model=str(file),
            alias=name,
            context_length=context_length,
            key=secrets.token_urlsafe(32),
            threads=thread_count(self.options, file),
            parent=os.getpid(),
        )
        process = EngineProcess(self.command, job, self._on_end)
        await process.ready()
        now = asyncio.get_running_loop().time()
        if process.exit_code is not None:
            raise process.error()
        child = self._children[file] = _Child(process, context_length, now, now)
        self._touch(file, child)
        self._changed()
        return child

    def _on_end(self, process: EngineProcess) -> None:
        found = (f for f, c in self._children.items() if c.process is process)
        file = next(found, None)
        if file is None:  # it was stopped, or never became ready
            return
        now = asyncio.get_running_loop().time()
        was_quick = now - self._children[file].ready_at < _QUICK_DEATH
        before = self._deaths.get(file)
        count = before.count + 1 if before and was_quick else 1
        self._deaths[file] = _Deaths(process.error(), count, now)
        self._remove(file)

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
