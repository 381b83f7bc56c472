"""Measurements: medians by model, and estimates while a server is silent."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing

import pytest

from ai_coder.errors import ServerFailedError
from ai_coder.llm.measurements import Measurements, PhaseEstimate, with_estimates
from ai_coder.llm.models import (
    Finished,
    FinishReason,
    Phase,
    PhaseChanged,
    TextDelta,
    Timings,
    TokenUsage,
)
from tests.conftest import until

REF = "ollama/qwen"


@pytest.fixture
def measured():
    measurements = Measurements()
    measurements.note(REF, Timings(prompt_per_second=100.0, load_seconds=20.0), TokenUsage(1000))
    return measurements


def test_the_median_of_the_last_turns_counts():
    measurements = Measurements()

    for speed in (10, 1000, 30, 20, 25):
        measurements.note(REF, Timings(output_per_second=speed))

    assert measurements.output_speed(REF) == 25
    assert measurements.output_speed("ollama/other") is None


def test_a_prompt_from_the_cache_and_a_warm_load_teach_nothing():
    measurements = Measurements()

    timings = Timings(prompt_per_second=50_000.0, load_seconds=0.002)
    measurements.note(REF, timings, TokenUsage(2000))

    assert measurements.prompt_speed(REF) is None
    assert measurements.load_seconds(REF) is None


def test_measurements_survive_a_restart(measured):
    again = Measurements.from_dict(measured.to_dict())

    assert again.prompt_speed(REF) == 100.0
    assert again.load_seconds(REF) == 20.0


def test_unreadable_entries_are_left_out(measured):
    saved = {**measured.to_dict(), "a/b": {"load_seconds": "long"}, "c/d": 7}

    again = Measurements.from_dict(saved)

    assert again.prompt_speed(REF) == 100.0
    assert again.load_seconds("a/b") is None


def test_reading_is_estimated_from_the_measured_speed(measured):
    guess = PhaseEstimate(measured, REF, 4000).at(Phase.READING_PROMPT, 10)

    assert guess == PhaseChanged(
        Phase.READING_PROMPT,
        progress=0.25,
        processed=1000,
        total=4000,
        seconds_left=30,
        is_estimate=True,
    )


def test_loading_is_estimated_from_the_last_loads_and_never_done(measured):
    estimate = PhaseEstimate(measured, REF, None)

    assert estimate.at(Phase.LOADING_MODEL, 5).progress == 0.25
    late = estimate.at(Phase.LOADING_MODEL, 60)
    assert (late.progress, late.seconds_left) == (0.99, None)


def test_nothing_measured_is_nothing_estimated():
    assert PhaseEstimate(Measurements(), REF, 4000).at(Phase.READING_PROMPT, 10) is None


async def test_estimates_come_while_it_is_silent_and_end_with_the_first_word(measured):
    gate, closed = asyncio.Event(), []

    async def events():
        try:
            yield PhaseChanged(Phase.READING_PROMPT)
            await gate.wait()
            yield PhaseChanged(Phase.WRITING)
            yield TextDelta("Hi")
            yield Finished(FinishReason.STOP)
        finally:
            closed.append(True)

    seen = []

    async def read():
        stream = with_estimates(events(), PhaseEstimate(measured, REF, 4000), every=0.01)
        async with aclosing(stream):
            async for event in stream:
                seen.append(event)

    task = asyncio.get_running_loop().create_task(read())
    await until(lambda: sum(getattr(e, "is_estimate", False) for e in seen) >= 3)
    gate.set()
    await task

    assert [event for event in seen if not getattr(event, "is_estimate", False)] == [
        PhaseChanged(Phase.READING_PROMPT),
        PhaseChanged(Phase.WRITING),
        TextDelta("Hi"),
        Finished(FinishReason.STOP),
    ]
    assert closed == [True]


async def test_a_server_that_tells_its_progress_is_left_alone(measured):
    gate = asyncio.Event()

    async def events():
        yield PhaseChanged(Phase.READING_PROMPT, progress=0.5)
        await gate.wait()
        yield TextDelta("Hi")

    loop = asyncio.get_running_loop()
    loop.call_later(0.05, gate.set)
    stream = with_estimates(events(), PhaseEstimate(measured, REF, 4000), every=0.005)

    seen = [event async for event in stream]

    assert seen == [PhaseChanged(Phase.READING_PROMPT, progress=0.5), TextDelta("Hi")]


async def test_an_error_passes_through(measured):
    async def events():
        yield PhaseChanged(Phase.CONNECTING)
        raise ServerFailedError(provider="Ollama", reason="odd")

    stream = with_estimates(events(), PhaseEstimate(measured, REF, 4000))

    with pytest.raises(ServerFailedError):
        [event async for event in stream]


async def test_cancelling_while_silent_closes_the_events(measured):
    closed = asyncio.Event()

    async def events():
        try:
            yield PhaseChanged(Phase.READING_PROMPT)
            await asyncio.Event().wait()
        finally:
            closed.set()

    seen = []

    async def read():
        stream = with_estimates(events(), PhaseEstimate(measured, REF, 4000), every=0.01)
        async with aclosing(stream):
            async for event in stream:
                seen.append(event)

    task = asyncio.get_running_loop().create_task(read())
    await until(lambda: seen)
    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()
    assert closed.is_set()


@pytest.mark.parametrize("turns", range(6))
async def test_stopping_in_the_moment_of_an_error_is_no_bug(measured, turns):
    fails = asyncio.Event()

    async def events():
        yield PhaseChanged(Phase.CONNECTING)
        await fails.wait()
        raise ServerFailedError(provider="Ollama", reason="odd")

    stream = with_estimates(events(), PhaseEstimate(measured, REF, 4000))
    seen = []

    async def read():
        async with aclosing(stream):
            async for event in stream:
                seen.append(event)

    task = asyncio.get_running_loop().create_task(read())
    await until(lambda: seen)
    fails.set()
    for _turn in range(turns):
        await asyncio.sleep(0)

    task.cancel()

    await asyncio.wait({task})
    assert task.cancelled() or isinstance(task.exception(), ServerFailedError)
    del task
    gc.collect()  # tells the loop of errors that nobody heard of


async def test_closing_at_an_estimate_closes_the_events(measured):
    closed = []

    async def events():
        try:
            yield PhaseChanged(Phase.READING_PROMPT)
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    stream = with_estimates(events(), PhaseEstimate(measured, REF, 4000), every=0.001)
    async with aclosing(stream):
        async for event in stream:
            if event.is_estimate:
                break

    assert closed == [True]
