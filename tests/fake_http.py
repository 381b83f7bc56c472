"""A small HTTP/1.1 server that can be told to misbehave.

`FakeServer` records every request, answers from `handle` (overridden by the fakes) or
from a script, and notices when the client hangs up:

    server.next("/v1/models", Answer(status=502, body="<html>Bad gateway</html>"))
    server.always("/api/tags", Answer(stall_after=0))           # accepts, never answers
    server.next("/v1/chat/completions", Answer(chunks=[b"data: {", 0.1, b"}\\n\\n"],
                                               close_abruptly=True))

A path may carry a method ("GET /v1/models"). Everything runs on the current asyncio loop.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus

from tests.fake_http_wire import (
    Answer,
    Request,
    content_type,
    encoded,
    forever,
    head,
    packets,
    read_request,
)

__all__ = ["Answer", "FakeServer", "Request"]

_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


@dataclass
class FakeServer:
    """Listens on loopback, records requests and answers from the script."""

    keep_alive: float = 5.0
    """Seconds after which an idle connection is closed."""
    default_headers: dict[str, str] = field(default_factory=dict)

    requests: list[Request] = field(default_factory=list, init=False)
    disconnected: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    """Set when a client hung up before its answer was complete."""
    abandoned: list[Request] = field(default_factory=list, init=False)
    connections: int = field(default=0, init=False)
    """How many connections were accepted so far."""
    url: str = field(default="", init=False)
    port: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._scripted: dict[str, deque[Answer]] = defaultdict(deque)
        self._standing: dict[str, Answer] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on *port*, or on any free one."""
        self._loop = asyncio.get_running_loop()
        self._server = await self._loop.create_server(
            lambda: _Protocol(self._serve), "127.0.0.1", port, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def restart(self) -> None:
        """Listen again on the port used before."""
        await self.start(self.port)

    def close(self) -> None:
        """Stop listening and drop every connection, as a killed server does."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    @property
    def open_connections(self) -> int:
        """How many connections nobody has closed yet."""
        return len(self._writers)

    def next(self, path: str, *answers: Answer) -> None:
        """Give *answers* to the next requests for *path*, before anything else."""
        self._scripted[path].extend(answers)

    def always(self, path: str, answer: Answer | None) -> None:
        """Give *answer* to every request for *path*; None ends it."""
        if answer is None:
            self._standing.pop(path, None)
        else:
            self._standing[path] = answer

    def asked(self, path: str) -> list[Request]:
        """Return the requests for *path* so far."""
        return [request for request in self.requests if request.path == path]

    async def handle(self, request: Request) -> Answer:
        """Answer what is not scripted."""
        return Answer(404, {"error": f"no route {request.method} {request.path}"})

    def headers_for(self, answer: Answer, body: bytes | None) -> dict[str, str]:
        """Return the headers of *answer*; *body* is None for a stream."""
        kind = "text/plain" if body is None else content_type(answer.body)
        headers = {**self.default_headers, "Content-Type": kind, "Date": formatdate(usegmt=True)}
        if not answer.keep_alive:
            headers["Connection"] = "close"
        return {**headers, **answer.headers}

    async def _answer(self, request: Request) -> Answer:
        for key in (f"{request.method} {request.path}", request.path):
            if self._scripted[key]:
                return self._scripted[key].popleft()
            if key in self._standing:
                return replace(self._standing[key])
        return await self.handle(request)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.connections += 1
        writer.transport.set_write_buffer_limits(0)
        idle: asyncio.TimerHandle | None = None
        try:
            while (request := await read_request(reader, writer)) is not None:
                if idle is not None:
                    idle.cancel()
                self.requests.append(request)
                if not await self._respond(request, writer):
                    break
                idle = self._loop.call_later(self.keep_alive, writer.transport.close)
        except (ConnectionError, asyncio.CancelledError):
            pass  # Python 3.11 reports a cancelled connection task as a bug
        finally:
            if idle is not None:
                idle.cancel()
            self._writers.discard(writer)
            writer.close()

    async def _respond(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Answer, or give up when the client hangs up; tells if the connection may be reused."""
        sending = self._loop.create_task(self._send(request, writer))
        gone = self._loop.create_task(writer.transport.get_protocol().gone.wait())
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            is_finished = sending.done()
            sending.cancel()
            results = await asyncio.gather(sending, return_exceptions=True)
        if is_finished and not isinstance(results[0], ConnectionError):
            return sending.result()
        if self._server is not None:
            self.abandoned.append(request)
            self.disconnected.set()
        return False

    async def _send(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        answer = await self._answer(request)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if answer.wait_for is not None:
            await answer.wait_for.wait()
        if answer.chunks is None:
            await self._send_body(request, answer, writer)
        else:
            await self._send_stream(answer, writer)
        if answer.close_abruptly:
            writer.transport.abort()
        return answer.keep_alive and not answer.close_abruptly

    async def _send_body(
        self, request: Request, answer: Answer, writer: asyncio.StreamWriter
    ) -> None:
        if answer.stall_after is not None and not answer.headers_first:
            await forever()
        body = encoded(answer.body)
        headers = self.headers_for(answer, body)
        if not body:
            headers = {name: v for name, v in headers.items() if name != "Content-Type"}
        if answer.status not in _BODILESS:
            headers.setdefault("Content-Length", str(len(body)))
        writer.write(head(answer.status, headers))
        if answer.stall_after is not None:
            await forever()
        if request.method != "HEAD":
            writer.write(body[: len(body) // 2] if answer.close_abruptly else body)
        await writer.drain()

    async def _send_stream(self, answer: Answer, writer: asyncio.StreamWriter) -> None:
        headers = {**self.headers_for(answer, None), "Transfer-Encoding": "chunked"}
        prefix = head(answer.status, headers)
        if answer.headers_first:
            writer.write(prefix)
            await writer.drain()
            prefix = b""
        async with aclosing(packets(answer)) as stream:
            async for packet in stream:
                writer.write(prefix + b"%x\r\n%s\r\n" % (len(packet), packet))
                prefix = b""
                await writer.drain()
                await asyncio.sleep(0)
        if not answer.close_abruptly:
            writer.write(prefix + b"0\r\n\r\n")
        elif prefix:
            writer.write(prefix)
        await writer.drain()


class _Protocol(asyncio.StreamReaderProtocol):
    """The usual stream protocol, plus an event for the end of the connection."""

    def __init__(self, serve) -> None:
        super().__init__(asyncio.StreamReader(), serve)
        self.gone = asyncio.Event()

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(exc)
