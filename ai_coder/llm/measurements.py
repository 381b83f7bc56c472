"""What this machine was measured to do with each model, and the estimates that follow."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError

from ai_coder.llm.models import Phase, PhaseChanged, Timings, TokenUsage
from ai_coder.llm.owned_task import end

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from ai_coder.llm.models import JSONObject, StreamEvent

_KEPT = 7
_SHORTEST_READING = 1.0
"""Seconds; a prompt that was read faster came from the server's cache, or says too little."""

_SHORTEST_LOAD = 0.5
"""Seconds; what took less was loaded already."""

_MOST_CERTAIN = 0.99
"""An estimate is never shown as done; only the server says that."""


class _Saved(BaseModel):
    prompt_per_second: list[float] = Field(default_factory=list)
    output_per_second: list[float] = Field(default_factory=list)
    load_seconds: list[float] = Field(default_factory=list)


@dataclass
class _Series:
    """The last few figures of one model."""

    prompt: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    output: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    load: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))


class Measurements:
    """Speeds and load times by model ref: the median of the last few, None when unknown."""

    def __init__(self) -> None:
        self._series: dict[str, _Series] = {}

    def prompt_speed(self, ref: str) -> float | None:
        """Return how many prompt tokens a second *ref* reads."""
        return _median(self._of(ref).prompt)

    def output_speed(self, ref: str) -> float | None:
        """Return how many tokens a second *ref* writes."""
        return _median(self._of(ref).output)

    def load_seconds(self, ref: str) -> float | None:
        """Return how long *ref* takes to load."""
        return _median(self._of(ref).load)

    def note(self, ref: str, timings: Timings, usage: TokenUsage | None = None) -> None:
        """Learn from the figures of a finished turn."""
        series = self._series.setdefault(ref, _Series())
        read = usage.input_tokens if usage else None
        speed = timings.prompt_per_second
        if speed and read and read / speed >= _SHORTEST_READING:
            series.prompt.append(speed)
        if timings.output_per_second:
            series.output.append(timings.output_per_second)
        if timings.load_seconds:
            self.note_load(ref, timings.load_seconds)

    def note_load(self, ref: str, seconds: float) -> None:
        """Learn how long a load took."""
        if seconds >= _SHORTEST_LOAD:
            self._series.setdefault(ref, _Series()).load.append(seconds)

    def to_dict(self) -> JSONObject:
        """Return what was learned as JSON."""
        return {
            ref: {
                "prompt_per_second": list(series.prompt),
                "output_per_second": list(series.output),
                "load_seconds": list(series.load),
            }
            for ref, series in self._series.items()
        }

    @classmethod
    def from_dict(cls, saved: JSONObject) -> Measurements:
        """Return what `to_dict` gave; entries that cannot be read are left out."""
        measurements = cls()
        for ref, entry in saved.items():
            try:
                figures = _Saved.model_validate(entry)
            except ValidationError:
                continue
            series = measurements._series.setdefault(ref, _Series())
            series.prompt.extend(figures.prompt_per_second)
            series.output.extend(figures.output_per_second)
            series.load.extend(figures.load_seconds)
        return measurements

    def _of(self, ref: str) -> _Series:
        return self._series.get(ref) or _Series()


class PhaseEstimate:
    """Guesses how far a silent phase is, from its elapsed time and what was measured."""

    def __init__(self, measurements: Measurements, ref: str, prompt_tokens: int | None) -> None:
        self._measurements = measurements
        self._ref = ref
        self._prompt_tokens = prompt_tokens

    def at(self, phase: Phase, elapsed: float) -> PhaseChanged | None:
        """Return the estimate after *elapsed* seconds; None where nothing was measured."""
        if phase is Phase.LOADING_MODEL:
            usual = self._measurements.load_seconds(self._ref)
            return self._estimate(phase, elapsed, usual, None) if usual else None
        if phase is Phase.READING_PROMPT and self._prompt_tokens:
            speed = self._measurements.prompt_speed(self._ref)
            usual = self._prompt_tokens / speed if speed else None
            return self._estimate(phase, elapsed, usual, self._prompt_tokens) if usual else None
        return None

    def _estimate(
        self, phase: Phase, elapsed: float, usual: float, tokens: int | None
    ) -> PhaseChanged:
        progress = min(elapsed / usual, _MOST_CERTAIN)
        return PhaseChanged(
            phase,
            progress=progress,
            processed=round(progress * tokens) if tokens else None,
            total=tokens,
            seconds_left=max(usual - elapsed, 0.0) if elapsed < usual else None,
            is_estimate=True,
        )


async def with_estimates(
    events: AsyncGenerator[StreamEvent, None],
    estimate: PhaseEstimate,
    *,
    every: float = 1.0,
    now: Callable[[], float] = time.monotonic,
) -> AsyncGenerator[StreamEvent, None]:
    """Pass *events* on, adding an estimate *every* so many seconds while nothing comes.

    A phase whose progress the server tells is left alone, and after the first word this
    costs nothing. Closing this generator closes *events*.
    """
    phase: Phase | None = None
    is_unanswered = False
    entered = now()
    async with aclosing(events):
        async with aclosing(_until_output(events, every)) as first:
            async for event in first:
                if event is None:
                    guess = estimate.at(phase, now() - entered) if phase else None
                    if guess is not None:
                        yield replace(guess, is_unanswered=is_unanswered)
                    continue
                if isinstance(event, PhaseChanged):
                    if event.phase is not phase:
                        entered = now()
                    phase = event.phase if event.progress is None else None
                    is_unanswered = event.is_unanswered
                yield event
        async for event in events:
            yield event


async def _until_output(
    events: AsyncGenerator[StreamEvent, None], every: float
) -> AsyncGenerator[StreamEvent | None, None]:
    """Yield the events up to the first that ends the waiting, and None at every silence."""
    is_waiting = True
    while is_waiting:
        upcoming = asyncio.get_running_loop().create_task(_next(events), name="next event")
        try:
            while not (await asyncio.wait({upcoming}, timeout=every))[0]:
                yield None
            event = upcoming.result()
        except StopAsyncIteration:
            return
        finally:
            await end(upcoming)
        is_waiting = isinstance(event, PhaseChanged) and event.phase not in (
            Phase.THINKING,
            Phase.WRITING,
        )
        yield event


async def _next(events: AsyncGenerator[StreamEvent, None]) -> StreamEvent:
    return await anext(events)


def _median(figures: deque[float]) -> float | None:
    return median(figures) if figures else None
