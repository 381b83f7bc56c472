"""The exact requests and raw answers of this run, for debugging; secrets never enter it.

Kept in memory only, the latest first, and cut at a few megabytes each. Nothing is recorded
before it is switched on.
"""

from __future__ import annotations

import json
import re
import shlex
import time
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_coder.llm.purposes import is_for_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MOST_EXCHANGES = 50
"""How many are kept of the requests to models, and as many of the questions to servers."""

_MOST_BYTES = 2_000_000
_HIDDEN = "•••"
_SHORTEST_SECRET = 4
"""Shorter ones would blot out ordinary words."""

_SECRET_HEADER = re.compile(r"authorization|api-?key|token|cookie|secret|password", re.IGNORECASE)
_SECRET_PARAMETER = re.compile(r"(?i)([?&](?:key|token|api_key|access_token)=)[^&\s]+")
_LOOKS_SECRET = re.compile(r"(?i)(bearer\s+|\bsk-|\bAIza|\bkey-)[A-Za-z0-9_:.\-]{6,}")


@dataclass
class RecordedExchange:
    """One request and its answer; times are seconds since the request was sent."""

    number: int
    purpose: str
    method: str
    url: str
    headers: dict[str, str]
    body: str
    started_at: float
    status: int | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    headers_after: float | None = None
    first_byte_after: float | None = None
    ended_after: float | None = None
    error: str = ""
    size: int = 0
    is_cut: bool = False

    @property
    def is_answer(self) -> bool:
        """Whether a model was asked, and not only its server how it is."""
        return is_for_answers(self.purpose)

    def as_curl(self) -> str:
        """Return the request as a command line; the key has to be put in by hand."""
        parts = ["curl", "-N", "-X", self.method, self.url]
        for name, value in self.headers.items():
            if name.lower() not in _NOT_FOR_CURL:
                parts += ["-H", f"{name}: {value}"]
        if self.body:
            parts += ["--data-raw", self.body]
        return " ".join(shlex.quote(part) for part in parts)

    def pretty_body(self) -> str:
        """Return the body with line breaks where it is JSON."""
        try:
            return json.dumps(json.loads(self.body), indent=2, ensure_ascii=False)
        except ValueError:
            return self.body


_NOT_FOR_CURL = frozenset({"host", "content-length", "accept-encoding", "connection"})


class Inspector:
    """Collects exchanges while it is on; *secrets* are the keys in use, asked each time."""

    def __init__(self, secrets: Callable[[], Iterable[str]] | None = None) -> None:
        self._secrets = secrets
        self._answers: deque[RecordedExchange] = deque(maxlen=_MOST_EXCHANGES)
        self._checks: deque[RecordedExchange] = deque(maxlen=_MOST_EXCHANGES)
        self._count = 0
        self.is_on = False
        self.on_change: Callable[[], None] | None = None

    def exchanges(self) -> tuple[RecordedExchange, ...]:
        """Return what was recorded, the latest first."""
        recorded = (*self._answers, *self._checks)
        return tuple(sorted(recorded, key=lambda each: -each.number))

    def clear(self) -> None:
        """Forget everything."""
        self._answers.clear()
        self._checks.clear()
        self.tell()

    def begin(
        self, purpose: str, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> ExchangeRecorder | None:
        """Return the recorder of a request about to be sent; None while it is off."""
        if not self.is_on:
            return None
        self._count += 1
        text = body[:_MOST_BYTES].decode("utf-8", "replace")
        exchange = RecordedExchange(
            number=self._count,
            purpose=purpose,
            method=method,
            url=self.redacted(url),
            headers=self.safe_headers(headers),
            body=self.redacted(text),
            started_at=time.time(),
            is_cut=len(body) > _MOST_BYTES,
        )
        (self._answers if exchange.is_answer else self._checks).append(exchange)
        self.tell()
        return ExchangeRecorder(self, exchange)

    def redacted(self, text: str) -> str:
        """Return *text* without any key, known or likely."""
        for secret in self._secrets() if self._secrets else ():
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, _HIDDEN)
        text = _SECRET_PARAMETER.sub(rf"\1{_HIDDEN}", text)
        return _LOOKS_SECRET.sub(rf"\1{_HIDDEN}", text)

    def safe_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return *headers* without the values that let somebody in."""
        return {
            name: _HIDDEN if _SECRET_HEADER.search(name) else self.redacted(value)
            for name, value in headers.items()
        }

    def tell(self) -> None:
        """Say that something new was recorded."""
        if self.on_change is not None:
            self.on_change()


class ExchangeRecorder:
    """Notes one answer while it passes the transport."""

    def __init__(self, inspector: Inspector, exchange: RecordedExchange) -> None:
        self._inspector = inspector
        self._exchange = exchange
        self._start = time.perf_counter()
        self._parts: list[bytes] = []

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Note the status line."""
        self._exchange.status = status
        self._exchange.answer_headers = self._inspector.safe_headers(headers)
        self._exchange.headers_after = self._elapsed()

    def received(self, part: bytes) -> None:
        """Note bytes of the answer as they came."""
        exchange = self._exchange
        if exchange.first_byte_after is None:
            exchange.first_byte_after = self._elapsed()
        exchange.size += len(part)
        if exchange.size <= _MOST_BYTES:
            self._parts.append(part)
        else:
            exchange.is_cut = True

    def failed(self, error: BaseException) -> None:
        """Note why there is no answer."""
        self._exchange.error = self._inspector.redacted(f"{type(error).__name__}: {error}")
        self.ended()

    def ended(self) -> None:
        """Note the end; the answer can be read from now on."""
        exchange = self._exchange
        if exchange.ended_after is None:
            exchange.ended_after = self._elapsed()
            text = self._unpacked(b"".join(self._parts)).decode("utf-8", "replace")
            exchange.answer = self._inspector.redacted(text)
            self._parts = []
            self._inspector.tell()

    def _unpacked(self, data: bytes) -> bytes:
        """Return *data* as text was meant, also where it was compressed and then cut off."""
        encoding = self._exchange.answer_headers.get("content-encoding", "")
        if encoding not in ("gzip", "deflate"):
            return data
        try:
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(data, _MOST_BYTES)
        except zlib.error:
            return data

    def _elapsed(self) -> float:
        return time.perf_counter() - self._start
