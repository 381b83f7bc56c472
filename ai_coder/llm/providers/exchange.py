"""One request and its streamed answer: read without blocking, watched for silence."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self, TypeAlias

from ai_coder.llm.owned_task import end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

Opener: TypeAlias = (
    "Callable[[Callable[[], None]], AbstractAsyncContextManager[AsyncIterator[bytes]]]"
)
"""Opens the request: calls back when it was sent, and gives the parts of the answer.

It translates every failure of the network into a `ProviderError`."""

_MOST_WAITING = 1 << 20
"""Bytes read ahead of a busy window before the server is made to wait."""

_RECHECK = 10.0


class Exchange:
    """Reads in a task of its own, so that a silent server can be asked how it is meanwhile.

    Leaving the context hangs up. `is_silent` is set after *patience* seconds of the loop's
    clock without a byte, and again after a while, until one arrives; never without *patience*.
    """

    def __init__(self, open_request: Opener, *, patience: float | None = None) -> None:
        self._open = open_request
        self._patience = patience
        self._waiting: list[bytes] = []
        self._size = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._news: asyncio.Future[None] | None = None
        self._has_news = False
        self._is_ended = False
        self.is_sent = False
        self.is_silent = False

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._last_byte = loop.time()
        self._timer: asyncio.TimerHandle | None = None
        if self._patience is not None:
            self._timer = loop.call_later(self._patience, self._check_silence, self._patience)
        # Owned by this context, which ends it: a task group would wrap the reader's errors.
        self._task = loop.create_task(self._read())
        self._task.add_done_callback(self._on_end)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await end(self._task)

    async def wait(self) -> None:
        """Return when there is news: bytes, silence, the request sent, or the end."""
        if self._has_news:
            self._has_news = False
            return
        self._news = asyncio.get_running_loop().create_future()
        try:
            await self._news
        finally:
            self._news = None
            self._has_news = False

    def take(self) -> bytes | None:
        """Return what arrived, b"" when nothing did; None at the end; raises what ended it."""
        self._has_news = self._is_ended
        if self._waiting:
            parts, self._waiting, self._size = self._waiting, [], 0
            self._has_room.set()
            return parts[0] if len(parts) == 1 else b"".join(parts)
        if self._is_ended:
            self._task.result()
            return None
        return b""

    async def read(self, patience: float) -> bytes:
        """Return what arrives next, b"" at the end; raises what ended it.

        Raises `TimeoutError` after *patience* seconds of silence, which loses nothing.
        """
        data = self.take()
        if data == b"":
            async with asyncio.timeout(patience):
                while (data := self.take()) == b"":
                    await self.wait()
        return data or b""

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        async with self._open(self._on_sent) as parts:
            async for part in parts:
                self._last_byte = loop.time()
                self.is_silent = False
                self._waiting.append(part)
                self._size += len(part)
                self._tell()
                if self._size > _MOST_WAITING:
                    self._has_room.clear()
                    await self._has_room.wait()

    def _tell(self) -> None:
        self._has_news = True
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _on_sent(self) -> None:
        self.is_sent = True
        self._tell()

    def _on_end(self, _task: asyncio.Task[None]) -> None:
        self._is_ended = True
        self._tell()

    def _check_silence(self, patience: float) -> None:
        loop = asyncio.get_running_loop()
        rest = self._last_byte + patience - loop.time()
        if rest > 0 or self._waiting:
            self._timer = loop.call_later(max(rest, 0.01), self._check_silence, patience)
            return
        self.is_silent = True
        self._tell()
        self._timer = loop.call_later(min(patience, _RECHECK), self._check_silence, patience)
