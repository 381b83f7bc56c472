"""The one door to the network: who may be dialled, and what was."""

from __future__ import annotations

import asyncio
import importlib
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ai_coder.errors import HostBlockedError
from ai_coder.llm.address import host_of, locality
from ai_coder.llm.models import Locality

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping

    import httpx2

    from ai_coder.llm.inspector import Inspector

__all__ = ["ConnectionRecord", "Network", "locality"]


@dataclass(slots=True)
class ConnectionRecord:
    """What was exchanged with one host for one purpose in this run; `last_at` is in Unix seconds.

    The bytes are those of heads and bodies, before encryption.
    """

    host: str
    port: int
    purpose: str
    last_at: float
    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    was_blocked: bool = False


@dataclass
class Network:
    """Makes every HTTP client of the application, checks each request and keeps the books.

    When it is locked only this computer and the allowed hosts may be dialled, whatever a
    setting, a redirect or a model says. `on_change` is called without arguments when the lock
    changes and when a host is dialled, or refused, for the first time.
    """

    local_only: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    on_change: Callable[[], None] | None = None
    inspector: Inspector | None = None
    _records: dict[tuple[str, int, str, bool], ConnectionRecord] = field(
        default_factory=dict, init=False, repr=False
    )
    _is_ready: bool = field(default=False, init=False, repr=False)
    _tls: ssl.SSLContext | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.allowed_hosts = _normalized(self.allowed_hosts)

    def lock(self, allowed_hosts: Iterable[str] | None = None) -> None:
        """Allow only this computer and *allowed_hosts*; None keeps the hosts allowed before."""
        self.local_only = True
        if allowed_hosts is not None:
            self.allowed_hosts = _normalized(allowed_hosts)
        self._changed()

    def unlock(self) -> None:
        """Allow every host again."""
        self.local_only = False
        self._changed()

    def is_allowed(self, url: str) -> bool:
        """Whether the policy lets *url*, or a bare host, be dialled."""
        if not self.local_only or locality(url) is Locality.LOCAL:
            return True
        return host_of(url) in self.allowed_hosts

    def records(self) -> tuple[ConnectionRecord, ...]:
        """Return what was exchanged so far, the most recently used first."""
        newest_first = sorted(self._records.values(), key=lambda each: -each.last_at)
        return tuple(replace(each) for each in newest_first)

    def record(self, host: str, port: int, purpose: str) -> ConnectionRecord:
        """Return the live record of a request about to be made; raises `HostBlockedError`."""
        is_blocked = not self.is_allowed(host)
        key = (host, port, purpose, is_blocked)
        now = time.time()
        entry = self._records.get(key)
        if entry is None:
            entry = ConnectionRecord(host, port, purpose, now, was_blocked=is_blocked)
            self._records[key] = entry
            self._changed()
        entry.last_at = now
        entry.requests += 1
        if is_blocked:
            raise HostBlockedError(host=host)
        return entry

    def client(
        self,
        *,
        purpose: str,
        base_url: str = "",
        headers: Mapping[str, str] | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float | None = None,
        on_sent: Callable[[], None] | None = None,
    ) -> httpx2.AsyncClient:
        """Return a client that obeys the policy; it serves as `http_client=` of the SDKs as well.

        Proxies of the system are used for hosts on the internet only. Reading has no limit
        unless *read_timeout* is given: a local model may think for an hour. *on_sent* is called
        when a request was handed over completely, before any answer.
        """
        import httpx2

        from ai_coder.llm.guarded_transport import GuardedTransport

        return httpx2.AsyncClient(
            base_url=base_url,
            headers=dict(headers or {}),
            timeout=httpx2.Timeout(None, connect=connect_timeout, read=read_timeout),
            transport=self._inspected(GuardedTransport(self, purpose, on_sent), purpose),
            follow_redirects=True,
            max_redirects=5,
            trust_env=False,
        )

    def _inspected(
        self, transport: httpx2.AsyncBaseTransport, purpose: str
    ) -> httpx2.AsyncBaseTransport:
        """Let the inspector see what passes *transport*, when there is one."""
        if self.inspector is None:
            return transport
        from ai_coder.llm.inspecting_transport import InspectingTransport

        return InspectingTransport(transport, self.inspector, purpose)

    async def ready(self) -> None:
        """Import what speaks HTTP, in a thread: half a second that the event loop has not.

        `client` works without it, but then the first request is late.
        """
        if not self._is_ready:
            await asyncio.to_thread(_import_http)
            self._is_ready = True

    def tls_context(self) -> ssl.SSLContext:
        """Return the settings of secure connections, read once: that takes a while."""
        if self._tls is None:
            import httpx2

            self._tls = httpx2.create_ssl_context()
        return self._tls

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()


def _normalized(hosts: Iterable[str]) -> frozenset[str]:
    return frozenset(host for host in map(host_of, hosts) if host)


def _import_http() -> None:
    import httpx2

    importlib.import_module("ai_coder.llm.guarded_transport")
    importlib.import_module("ai_coder.llm.inspecting_transport")
    # Each of these imports its other half only when it is first used.
    httpx2.AsyncHTTPTransport(verify=False, trust_env=False)
    anyio = importlib.import_module("anyio")
    anyio.run(anyio.sleep, 0)
