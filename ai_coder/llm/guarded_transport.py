"""The transport under every client: checks the host, counts the bytes, picks the proxy.

Imported on first use: `httpx2` stays off the start-up path.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpx2

from ai_coder.errors import RedirectedError
from ai_coder.llm.network_backend import NetworkBackend
from ai_coder.llm.proxies import proxy_for, proxy_problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from ai_coder.llm.network import ConnectionRecord, Network

_NEAR_KEEPALIVE = 4.0
"""Below the five seconds after which LM Studio closes an idle socket (lmstudio.md 1.2)."""

_FAR_KEEPALIVE = 30.0
_IDEMPOTENT = frozenset({"GET", "HEAD"})


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends requests that the network's policy allows, each hop of a redirect included.

    A redirect to another origin is refused: the client would take the body along, and every
    key that is not in the header it knows.
    """

    def __init__(
        self, network: Network, purpose: str, on_sent: Callable[[], None] | None = None
    ) -> None:
        self._network = network
        self._purpose = purpose
        self._on_sent = on_sent
        self._transports: dict[tuple[str, str], httpx2.AsyncHTTPTransport] = {}
        self._backend = NetworkBackend()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send *request*, if the host may be dialled."""
        url = request.url
        record = self._network.record(url.host, _port(url), self._purpose)
        record.bytes_sent += _head_size(request.headers, request.method, url.raw_path.decode())
        record.bytes_sent += int(request.headers.get("content-length", 0))
        if self._on_sent is not None:
            request.extensions = {**request.extensions, "trace": self._trace}
        response = await self._sent(request)
        status = str(response.status_code)
        record.bytes_received += _head_size(response.headers, status, response.reason_phrase)
        if response.has_redirect_location:
            await self._check_redirect(url, response)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _CountedStream(response.stream, record)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()
        await self._backend.wait_closed()

    async def _check_redirect(self, url: httpx2.URL, response: httpx2.Response) -> None:
        try:
            target = url.join(response.headers["location"])
        except httpx2.InvalidURL:
            return  # the client says so
        if target.host == url.host and (target.origin == url.origin or _is_upgrade(url, target)):
            return
        await response.aclose()
        if not self._network.is_allowed(target.host):
            self._network.record(target.host, _port(target), self._purpose)
        raise RedirectedError(
            host=url.netloc.decode(), target=f"{target.scheme}://{target.netloc.decode()}"
        )

    async def _trace(self, name: str, _details: object) -> None:
        if self._on_sent is not None and name.endswith("send_request_body.complete"):
            self._on_sent()

    async def _sent(self, request: httpx2.Request) -> httpx2.Response:
        """Send *request*, reading again on a stale connection; a proxy that fails is named."""
        proxy = proxy_for(request.url)
        if proxy and not self._network.is_allowed(proxy):
            proxy = ""
        transport = self._transport_for(request.url, proxy)
        try:
            try:
                return await transport.handle_async_request(request)
            except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
                if request.method not in _IDEMPOTENT:
                    raise
                return await transport.handle_async_request(request)
        except httpx2.TransportError as error:
            problem = proxy_problem(request.url, proxy, error) if proxy else error
            if problem is error:
                raise
            raise problem from error

    def _transport_for(self, url: httpx2.URL, proxy: str) -> httpx2.AsyncHTTPTransport:
        key = (url.scheme, proxy)
        if key not in self._transports:
            self._transports[key] = self._make_transport(*key)
        return self._transports[key]

    def _make_transport(self, scheme: str, proxy: str) -> httpx2.AsyncHTTPTransport:
        # Reading the certificates takes tens of milliseconds and plain HTTP needs none.
        needs_tls = scheme == "https" or proxy.startswith("https")
        keepalive = _FAR_KEEPALIVE if needs_tls else _NEAR_KEEPALIVE
        transport = httpx2.AsyncHTTPTransport(
            verify=self._network.tls_context() if needs_tls else False,
            proxy=proxy or None,
            limits=httpx2.Limits(keepalive_expiry=keepalive),
            socket_options=_dead_connection_probes(),
        )
        transport._pool._network_backend = self._backend  # noqa: SLF001  # no parameter leads there
        return transport


def _dead_connection_probes() -> list[tuple[int, int, int]]:
    """Return the options with which the system itself finds out that a connection is dead.

    A silent server is waited for as long as its connection stands, so somebody has to notice
    that the other computer is gone: after three minutes without a sign of its system.
    """
    probes = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 8}
    return [
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        *(
            (socket.IPPROTO_TCP, getattr(socket, name), value)
            for name, value in probes.items()
            if hasattr(socket, name)  # TCP_KEEPALIVE is what macOS calls TCP_KEEPIDLE
        ),
    ]


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _head_size(headers: httpx2.Headers, *of_the_first_line: str) -> int:
    """Return the bytes of a head as HTTP/1.1 writes it: what a company gets besides the body."""
    first = " ".join((*of_the_first_line, "HTTP/1.1"))
    return len(first) + 4 + sum(len(name) + len(value) + 4 for name, value in headers.raw)


def _is_upgrade(url: httpx2.URL, target: httpx2.URL) -> bool:
    """Whether *target* is the same host over TLS, both at their usual ports."""
    return (url.scheme, _port(url), target.scheme, _port(target)) == ("http", 80, "https", 443)


class _CountedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, record: ConnectionRecord) -> None:
        self._stream = stream
        self._record = record

    async def __aiter__(self) -> AsyncIterator[bytes]:
        record = self._record
        async for part in self._stream:
            record.bytes_received += len(part)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
