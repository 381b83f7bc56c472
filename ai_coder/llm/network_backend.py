"""Network streams that close at once, so that nothing can come in between.

httpcore2 takes connections out of its pool and then closes one after the other. A shield of
anyio's guards that, but asyncio's own cancellation passes it: given up at the first of them,
the others would stay open until the garbage collector finds them.

Imported on first use: `httpx2` stays off the start-up path.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpcore2

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable


class NetworkBackend(httpcore2.AnyIOBackend):
    """Connects as anyio does; closing is left to tasks of its own, which nobody cancels."""

    def __init__(self) -> None:
        self._closing: set[asyncio.Task[None]] = set()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface of httpcore2
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Return a connection to *host*; raises httpcore2's errors."""
        stream = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self)

    def close(self, stream: httpcore2.AsyncNetworkStream) -> None:
        """Close *stream* in the next turn of the loop."""
        task = asyncio.get_running_loop().create_task(stream.aclose(), name="close a connection")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def wait_closed(self) -> None:
        """Return when everything that is being closed is."""
        if self._closing:
            await asyncio.wait(self._closing)


class _Stream(httpcore2.AsyncNetworkStream):
    def __init__(self, inner: httpcore2.AsyncNetworkStream, backend: NetworkBackend) -> None:
        self._inner = inner
        self._backend = backend
        self.read = inner.read  # type: ignore[method-assign]  # a step less for every part
        self.write = inner.write  # type: ignore[method-assign]  # likewise
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]  # likewise

    async def aclose(self) -> None:
        self._backend.close(self._inner)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface of httpcore2
    ) -> httpcore2.AsyncNetworkStream:
        secured = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(secured, self._backend)
