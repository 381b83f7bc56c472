"""From the bytes of an exchange to batches of events, without holding up the event loop."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from ai_coder.errors import ProviderError, ServerSilentError, StreamInterruptedError
from ai_coder.llm.models import Phase, PhaseChanged
from ai_coder.llm.providers.failures import complaint_in, error_from_body
from ai_coder.llm.providers.sse import EventSplitter, parse_json
from ai_coder.llm.retries import is_refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

    from ai_coder.llm.models import StreamEvent
    from ai_coder.llm.providers.answer_reader import AnswerReader
    from ai_coder.llm.providers.exchange import Exchange

_SLICE = 8192
_WORK = 0.0035
"""Seconds of work after which everything else on the event loop gets its turn."""

_GIVE_UP = 2
_LONGEST_BODY = 1 << 22
_LAST_BYTES = 0.5
"""Seconds to wait for the end of a connection whose answer is complete."""


class AnswerStream:
    """Reads one answer.

    *is_working* is asked when the server is silent: that it does not work on anything, or that
    nobody listens any more, twice, ends the answer. True, None (it cannot tell) and a server
    that answers no questions let it go on without any limit: some do one thing at a time. A
    connection that is dead ends by itself (see `GuardedTransport`).
    """

    def __init__(
        self,
        exchange: Exchange,
        reader: AnswerReader,
        is_working: Callable[[], Awaitable[bool | None]],
        phase_when_sent: Phase,
    ) -> None:
        self._exchange = exchange
        self._reader = reader
        self._is_working = is_working
        self._phase_when_sent: Phase | None = phase_when_sent
        self._splitter = EventSplitter()
        self._body: list[bytes] | None = None
        self._is_first = True
        self._phase = PhaseChanged(Phase.CONNECTING)
        self._doubts = 0
        self._resumed = 0.0

    async def events(self) -> AsyncGenerator[StreamEvent, None]:
        """Yield everything that arrives and `Finished`; raises what went wrong after that."""
        reader = self._reader
        try:
            while not reader.is_done and reader.failure is None:
                await self._exchange.wait()
                self._resumed = perf_counter()
                part = self._exchange.take()
                if part is None:
                    break
                if self._exchange.is_sent and self._phase_when_sent and not reader.has_output:
                    self._phase = PhaseChanged(self._phase_when_sent)
                    yield self._phase
                    self._phase_when_sent = None
                if part:
                    self._doubts = 0
                    if self._phase.is_unanswered:
                        self._phase = replace(self._phase, is_unanswered=False)
                        yield self._phase
                    async with aclosing(self._read(part)) as events:
                        async for event in events:
                            if isinstance(event, PhaseChanged):
                                self._phase = event
                            yield event
                elif self._exchange.is_silent:
                    is_unanswered = not await self._ask_server()
                    if is_unanswered is not self._phase.is_unanswered:
                        self._phase = replace(self._phase, is_unanswered=is_unanswered)
                        yield self._phase
        except ProviderError as error:
            if not isinstance(error, StreamInterruptedError) or reader.finish_reason is None:
                reader.failure = reader.failure or error
        for event in self._end():
            yield event
        if reader.failure is not None:
            raise reader.failure
        await self._hang_up_politely()

    async def _read(self, part: bytes) -> AsyncGenerator[StreamEvent, None]:
        if self._is_first:
            self._is_first = False
            if part.lstrip()[:1] in (b"{", b"<", b"["):
                self._body = []
        if self._body is not None:
            self._body.append(part[:_LONGEST_BODY])
            return
        reader, splitter = self._reader, self._splitter
        for start in range(0, len(part), _SLICE):
            for event in splitter.feed(part[start : start + _SLICE]):
                reader.feed(event)
            for news in reader.take():
                yield news
            if perf_counter() - self._resumed > _WORK:
                await asyncio.sleep(0)
                self._resumed = perf_counter()

    def _end(self) -> Iterator[StreamEvent]:
        reader = self._reader
        for event in self._splitter.end():
            reader.feed(event)
        if self._body is not None and reader.failure is None:
            self._read_body(b"".join(self._body))
        yield from reader.end()

    def _read_body(self, body: bytes) -> None:
        """Read an answer that is one JSON object, or not an answer at all (lmstudio.md Q1)."""
        reader = self._reader
        try:
            value = parse_json(body)
        except ValueError:
            value = None
        if isinstance(value, dict) and complaint_in(value) is None and "choices" in value:
            reader.read(value, b"")
            reader.is_done = True
        else:
            reader.failure = error_from_body(reader.expected.asked, 200, body)

    async def _ask_server(self) -> bool:
        """Return whether the server told how it is; raises when waiting is of no use."""
        reason: ProviderError | None = None
        try:
            is_idle = await self._is_working() is False
        except ProviderError as error:
            is_idle, reason = is_refusal(error), error
        if not self._exchange.is_silent:
            return True
        self._exchange.is_silent = False
        self._doubts = self._doubts + 1 if is_idle else 0
        if self._doubts >= _GIVE_UP:
            provider = self._reader.expected.asked.provider
            raise ServerSilentError(provider=provider) from reason
        return reason is None

    async def _hang_up_politely(self) -> None:
        """Let the server finish its last packet, so that it does not note a lost client."""
        try:
            async with asyncio.timeout(_LAST_BYTES):
                while self._exchange.take() is not None:
                    await self._exchange.wait()
        except (TimeoutError, ProviderError):
            return
