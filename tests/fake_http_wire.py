"""What goes over the wire: requests as read, answers as data, and how both become bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import pairwise
from typing import Any

Piece = bytes | str | float | asyncio.Event
"""Data to send, seconds to pause, or an event to wait for."""


@dataclass(frozen=True)
class Request:
    """What a client asked; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def json(self) -> Any:
        """The decoded body, or None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class Answer:
    """One answer as data: a whole *body*, or a streamed list (or async iterator) of *chunks*."""

    status: int = 200
    body: bytes | str | dict | list | None = None
    """A dict or list is sent as JSON, text with HTML tags as text/html."""
    chunks: Iterable[Piece] | AsyncIterator[Piece] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait_for: asyncio.Event | None = None
    """Holds back every byte until it is set."""
    delay: float = 0
    """Seconds before the first byte."""
    stall_after: int | None = None
    """Fall silent after this many data chunks, until the client hangs up; 0 is never answering."""
    headers_first: bool = False
    """Send the status line at once instead of together with the first chunk."""
    close_abruptly: bool = False
    """Break off after the last chunk (or half the body) without ending the message."""
    keep_alive: bool = True
    split_every: int | None = None
    """Cut the stream into packets of this many bytes."""
    split_at: tuple[int, ...] = ()
    """Cut the stream at these offsets."""
    join: int = 1
    """Put this many data chunks into one packet."""


async def packets(answer: Answer) -> AsyncIterator[bytes]:
    """Yield what goes to the wire in one write each, pausing and stalling as scripted."""
    offset, count, held = 0, 0, b""
    async with aclosing(_pieces(answer.chunks)) as pieces:
        async for piece in pieces:
            is_data = isinstance(piece, bytes | str)
            if is_data:
                if count == answer.stall_after:
                    await forever()
                count += 1
                held += encoded(piece)
                if count % answer.join and count != answer.stall_after:
                    continue
            for packet in _split(held, offset, answer):
                yield packet
            offset, held = offset + len(held), b""
            if not is_data:
                await (piece.wait() if isinstance(piece, asyncio.Event) else asyncio.sleep(piece))
    for packet in _split(held, offset, answer):
        yield packet
    if answer.stall_after is not None:
        await forever()


async def _pieces(chunks) -> AsyncIterator[Piece]:
    if not isinstance(chunks, AsyncIterator):
        for piece in chunks:
            yield piece
        return
    async with aclosing(chunks):
        async for piece in chunks:
            yield piece


def _split(data: bytes, offset: int, answer: Answer) -> Iterator[bytes]:
    step = answer.split_every
    cuts = {cut - offset for cut in answer.split_at}
    cuts |= set(range(step - offset % step, len(data), step)) if step else set()
    bounds = [0, *sorted(cut for cut in cuts if 0 < cut < len(data)), len(data)]
    return (data[a:b] for a, b in pairwise(bounds) if b > a)


async def read_request(reader, writer) -> Request | None:
    """Return the next request, or None when the connection was closed."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip().split("\r\n")
    method, target, _version = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    if "100-continue" in headers.get("expect", ""):
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    path, _, query = target.partition("?")
    try:
        body = await _read_body(reader, headers)
    except asyncio.IncompleteReadError:
        return None
    return Request(method, path, query, headers, body)


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    while (await reader.readline()).strip():
        pass
    return body


def head(status: int, headers: dict[str, str]) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {v}" for name, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def encoded(body) -> bytes:
    """Return *body* as bytes; a lone surrogate such as "\\udcff" becomes that invalid byte."""
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, dict | list):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return body.encode("utf-8", "surrogateescape")


def content_type(body) -> str:
    if isinstance(body, dict | list):
        return "application/json; charset=utf-8"
    text = encoded(body).lstrip()
    if text.startswith((b"{", b"[")):
        return "application/json; charset=utf-8"
    return "text/html" if text.startswith(b"<") else "text/plain"


async def forever() -> None:
    await asyncio.Event().wait()
