import time

import pytest

from ai_coder.ui.chat.frame_scheduler import FrameScheduler
from ai_coder.ui.chat.stream_pacer import StreamPacer


class Screen:
    def __init__(self, scheduler):
        self.shown = []
        self.frames = 0
        self.pacer = StreamPacer(scheduler, self._show, self._finish)
        self.pacer.start()

    def _show(self, reasoning, text):
        self.shown.append((reasoning, text))

    def _finish(self):
        self.frames += 1

    @property
    def text(self):
        return "".join(text for _reasoning, text in self.shown)


@pytest.fixture
def scheduler(qapp):
    return FrameScheduler()


def test_many_pieces_become_one_frame(scheduler, qtbot):
    screen = Screen(scheduler)
    for number in range(100):
        screen.pacer.add_text(f"{number} ")

    qtbot.waitUntil(lambda: screen.frames == 1)

    assert screen.text == "".join(f"{number} " for number in range(100))
    assert len(screen.shown) == 1


def test_a_burst_is_spread_over_frames_and_stays_whole(scheduler, qtbot):
    screen = Screen(scheduler)
    text = "".join(map(str, range(200_000)))
    screen.pacer.add_text(text)

    qtbot.waitUntil(lambda: not screen.pacer.has_frame())

    assert screen.text == text
    assert max(len(part) for _reasoning, part in screen.shown) <= 1024


def test_reasoning_comes_before_text(scheduler):
    screen = Screen(scheduler)
    screen.pacer.add_reasoning("hm")
    screen.pacer.add_text("so")

    screen.pacer.flush()

    assert screen.shown == [("hm", ""), ("", "so")]


def test_stopping_forgets_what_was_not_shown(scheduler, qtbot):
    screen = Screen(scheduler)
    screen.pacer.add_text("late")

    screen.pacer.stop()

    assert not screen.pacer.has_frame()


def test_the_clock_stands_still_when_there_is_nothing_to_paint(scheduler, qtbot):
    screen = Screen(scheduler)
    screen.pacer.add_text("x")
    qtbot.waitUntil(lambda: screen.frames == 1)

    qtbot.waitUntil(lambda: not scheduler._timer.isActive())
    screen.pacer.add_text("y")

    qtbot.waitUntil(lambda: screen.frames == 2)


def test_every_pane_gets_its_turn(scheduler, qtbot):
    screens = [Screen(scheduler) for _pane in range(4)]

    for screen in screens:
        screen.pacer.add_text("x" * 5000)

    qtbot.waitUntil(lambda: all(len(screen.text) == 5000 for screen in screens))


def test_the_clock_waits_for_the_pane_that_rests_but_for_no_other(scheduler, qtbot):
    resting, fresh = Screen(scheduler), Screen(scheduler)
    scheduler._due[resting.pacer] = time.perf_counter() + 1000

    resting.pacer.add_text("later")
    assert scheduler._timer.remainingTime() > 900_000
    fresh.pacer.add_text("now")

    qtbot.waitUntil(lambda: fresh.frames == 1)
    assert resting.frames == 0
    assert scheduler._timer.remainingTime() > 900_000


def test_a_pane_that_leaves_in_its_frame_is_not_served_again(scheduler, qtbot):
    screen = Screen(scheduler)
    screen.pacer = StreamPacer(scheduler, screen._show, lambda: screen.pacer.stop())
    screen.pacer.start()
    screen.pacer.add_text("last")

    qtbot.waitUntil(lambda: screen.text == "last")
    screen.pacer.add_text("more")

    assert not scheduler._timer.isActive()
