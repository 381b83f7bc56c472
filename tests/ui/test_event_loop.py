"""The event loop: what qasync leaves out."""

from __future__ import annotations

import asyncio
import gc

import pytest

from ai_coder.ui.event_loop import EventLoop


@pytest.fixture
def own_loop(qapp):
    """An event loop that this test starts and stops itself."""
    loop = EventLoop(qapp)
    yield loop
    loop.close()


def test_what_goes_on_behind_a_finished_task_finds_its_loop_running(own_loop):
    steps = []

    async def go_on():
        while True:
            steps.append(asyncio.get_running_loop())
            await asyncio.sleep(0)

    async def begin():
        return asyncio.get_running_loop().create_task(go_on())

    task = own_loop.run_until_complete(begin())
    own_loop.run_until_complete(asyncio.sleep(0.01))

    assert not task.done()
    assert set(steps) == {own_loop}
    task.cancel()
    own_loop.run_until_complete(asyncio.wait({task}))


def test_stream_that_is_dropped_half_read_is_closed_in_the_loop(own_loop):
    closed_in = []

    async def stream():
        try:
            yield 1
        finally:
            closed_in.append(asyncio.get_running_loop())

    async def drop():
        generator = stream()
        await anext(generator)
        del generator
        gc.collect()
        await asyncio.sleep(0.01)

    own_loop.run_until_complete(drop())

    assert closed_in == [own_loop]


def test_stopping_early_is_an_error(own_loop):
    own_loop.call_soon(own_loop.stop)

    with pytest.raises(RuntimeError, match="before the task was done"):
        own_loop.run_until_complete(own_loop.create_future())
