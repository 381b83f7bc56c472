"""One long exchange with Ollama: read what comes, and look around while nothing comes."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from ai_coder.llm.models import Phase, PhaseChanged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ai_coder.llm.models import StreamEvent
    from ai_coder.llm.providers.exchange import Exchange
    from ai_coder.llm.providers.ollama_silence import SilenceWatch
    from ai_coder.llm.providers.ollama_stream import ReplyReader

_SLICE = 8 * 1024
"""Bytes that are turned into events at once."""

_LONGEST_WORK = 0.003
"""Seconds of work after which others get a turn."""

_LAST_WORD = 0.1
"""Seconds to wait for the end of the connection after the answer is complete."""


async def converse(
    exchange: Exchange, reader: ReplyReader, watch: SilenceWatch, *, every_look: bool = False
) -> AsyncGenerator[StreamEvent, None]:
    """Yield the events of an answer, and before its first byte what the server is doing.

    A phase is told when it changes, or at *every_look*; also that the server answers no
    questions. Raises `ProviderError` after everything that arrived was yielded.
    """
    told = PhaseChanged(Phase.CONNECTING)
    async with exchange:
        while not reader.is_complete:
            try:
                data = await exchange.read(watch.pause)
            except TimeoutError:
                seen = await watch.look(has_begun=reader.has_begun)
                phase = told.phase if reader.has_begun or seen is None else seen
                news = PhaseChanged(phase, is_unanswered=watch.is_unanswered)
                if every_look or news != told:
                    told = news
                    yield news
                continue
            if told.is_unanswered:
                told = PhaseChanged(told.phase)
                yield told
            async with aclosing(_events(reader, data)) as events:
                async for event in events:
                    if isinstance(event, PhaseChanged):
                        told = event
                    yield event
            if reader.failure is not None:
                raise reader.failure
        try:
            await exchange.read(_LAST_WORD)
        except TimeoutError:
            return


async def _events(reader: ReplyReader, data: bytes) -> AsyncGenerator[StreamEvent, None]:
    if not data:
        for event in reader.end():
            yield event
    started = time.perf_counter()
    for start in range(0, len(data), _SLICE):
        for event in reader.feed(data[start : start + _SLICE]):
            yield event
        if time.perf_counter() - started > _LONGEST_WORK:
            await asyncio.sleep(0)
            started = time.perf_counter()
