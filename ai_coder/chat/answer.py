"""An answer while it arrives: collected, timed, and journalled as it grows."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_coder.chat.conversation import Failure, Message, MessageStatus
from ai_coder.chat.store_problem import StoreProblem
from ai_coder.chat.surrogates import repaired
from ai_coder.errors import StreamInterruptedError
from ai_coder.llm.models import (
    Finished,
    ModelAnswered,
    Notice,
    PhaseChanged,
    ReasoningDelta,
    TextDelta,
    Timings,
    TokenUsage,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ai_coder.chat.store import ChatStore
    from ai_coder.errors import AICoderError
    from ai_coder.llm.models import StreamEvent

JOURNAL_SECONDS = 0.5
"""The longest time that words are only in memory."""


class Answer:
    """Collects the events of one stream into the message that they make.

    `add` costs next to nothing per event; at most twice a second what is new is queued
    for the disk. Nothing here waits for the disk. `start` has a negative id when it could not
    be stored; then nothing is written.

    The figures are those of this stream. Where it goes on with an answer, what that cost and
    how long it was is added; when nothing comes, the figures stay as they were.
    """

    def __init__(
        self,
        start: Message,
        store: ChatStore,
        *,
        price: Callable[[Message], float | None] | None = None,
        is_continued: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._start = start
        self._is_continued = is_continued
        self._store = store
        self._price = price
        self._clock = clock
        self._began = clock()
        self._first: float | None = None
        self._first_thought: float | None = None
        self._first_word: float | None = None
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._notices = list(start.notices)
        self._message = without_figures(start) if is_continued else start
        self._is_stored = start.id > 0
        self._journalled = (0, 0)
        self._journal_end = (0, 0)
        self._journal_number = 0
        self._journal_job: Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, event: StreamEvent) -> None:
        """Take in one event."""
        match event:
            case TextDelta(text):
                if self._first_word is None:
                    self._first_word = self._clock()
                self._text.append(text)
                self._grew()
            case ReasoningDelta(text):
                if self._first_thought is None:
                    self._first_thought = self._clock()
                self._reasoning.append(text)
                self._grew()
            case TokenUsage():
                self._message = replace(self._message, usage=event)
            case Timings():
                self._message = replace(self._message, timings=event)
            case ModelAnswered(model, provider):
                self._message = replace(self._message, answered_by=f"{provider}/{model}")
            case Notice():
                self._notices.append(event)
            case Finished(reason):
                self._message = replace(self._message, finish_reason=reason)
            case PhaseChanged():
                pass

    @property
    def message(self) -> Message:
        """The answer as it is now."""
        if self._message.status is not MessageStatus.RUNNING:
            return self._message
        return replace(
            self._message,
            text=self._start.text + "".join(self._text),
            reasoning=self._start.reasoning + "".join(self._reasoning),
            notices=tuple(self._notices),
        )

    def complete(self) -> Message:
        """Store the answer as finished."""
        return self._end(MessageStatus.COMPLETE)

    def stop(self) -> Message:
        """Store the answer as ended by the user."""
        return self._end(MessageStatus.STOPPED)

    def fail(self, error: AICoderError) -> Message:
        """Store the answer with the error that ended it."""
        broke_off = isinstance(error, StreamInterruptedError)
        status = MessageStatus.INTERRUPTED if broke_off else MessageStatus.FAILED
        return self._end(status, Failure.of(error))

    def interrupt(self) -> Message:
        """Store the answer as cut off."""
        return self._end(MessageStatus.INTERRUPTED)

    def stored_as(self, message_id: int, parent_id: int | None) -> None:
        """Go on as a message that reached the disk late, as it was when the answer began."""
        self._start = replace(self._start, id=message_id, parent_id=parent_id)
        self._message = replace(self._message, id=message_id, parent_id=parent_id)
        self._is_stored = True
        if self._text or self._reasoning:
            self._grew()

    def _end(self, status: MessageStatus, failure: Failure | None = None) -> Message:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._clock()
        arrived = self.message
        final = replace(
            arrived,
            text=repaired(arrived.text),
            reasoning=repaired(arrived.reasoning),
            status=status,
            failure=failure,
            seconds=now - self._began,
            first_token_seconds=None if self._first is None else self._first - self._began,
            reasoning_seconds=self._thinking_seconds(now),
        )
        cost = self._cost(final)
        if self._is_continued and self._first is None and final.usage is None:
            final = self._with_former_figures(final)
        self._message = replace(final, cost=cost)
        if self._is_stored:
            self._store.finish_soon(self._message)
        return self._message

    def _cost(self, final: Message) -> float | None:
        """Return what the whole answer cost; None when that of a part of it is not known."""
        if self._price is None:
            return None
        text, thoughts = "".join(self._text), "".join(self._reasoning)
        cost = self._price(replace(final, text=text, reasoning=thoughts))
        if not self._is_continued:
            return cost
        before = self._start.cost
        return None if cost is None or before is None else before + cost

    def _with_former_figures(self, final: Message) -> Message:
        start = self._start
        return replace(
            final,
            usage=start.usage,
            timings=start.timings,
            earlier_tokens=start.earlier_tokens,
            seconds=start.seconds,
            first_token_seconds=start.first_token_seconds,
        )

    def _thinking_seconds(self, now: float) -> float | None:
        if self._first_thought is None:
            return self._start.reasoning_seconds
        return (self._first_word or now) - self._first_thought

    def _grew(self) -> None:
        if self._first is None:
            self._first = self._clock()
        if self._timer is None and self._is_stored:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(JOURNAL_SECONDS, self._write_journal)

    def _write_journal(self) -> None:
        """Queue what is new; while the disk is still busy with the last piece, wait for it."""
        self._timer = None
        if self._journal_job is not None and not self._journal_job.done():
            self._grew()
            return
        if self._journal_job is not None and _is_written(self._journal_job):
            self._journalled = self._journal_end
            self._journal_number += 1
        texts, thoughts = self._journalled
        self._journal_end = (len(self._text), len(self._reasoning))
        self._journal_job = self._store.journal_soon(
            self._start.id,
            self._journal_number,
            "".join(self._text[texts:]),
            "".join(self._reasoning[thoughts:]),
        )


def without_figures(answer: Message) -> Message:
    """Return an answer as it is while it goes on: what it will have cost, nobody knows yet."""
    earlier = answer.output_tokens
    return replace(answer, usage=None, timings=None, cost=None, earlier_tokens=earlier)


def _is_written(job: Future[None]) -> bool:
    """Whether a piece reached the disk; otherwise the next piece includes it."""
    return not job.cancelled() and not isinstance(job.exception(), StoreProblem)
