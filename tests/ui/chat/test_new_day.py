from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QGuiApplication

from ai_coder.ui.chat.new_day import NewDay

EVENING = datetime(2026, 3, 15, 20, 0)
LAST_MOMENT = datetime(2026, 3, 15, 23, 59, 59, 990_000)


class Clock:
    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment


@pytest.fixture
def owner(qapp):
    owner = QObject()
    yield owner
    owner.deleteLater()


def test_midnight_is_told_when_it_comes(owner, qtbot):
    clock = Clock(LAST_MOMENT)
    day = NewDay(owner, clock)

    with qtbot.waitSignal(day.begun):
        clock.moment += timedelta(seconds=1)


def test_a_timer_that_comes_too_early_waits_again(owner, qtbot):
    clock = Clock(LAST_MOMENT)
    day = NewDay(owner, clock)

    with qtbot.assertNotEmitted(day.begun):
        day.look()
    with qtbot.waitSignal(day.begun):
        clock.moment += timedelta(seconds=1)


def test_a_day_that_began_while_the_computer_slept_is_told_when_the_window_is_used(owner, qtbot):
    clock = Clock(EVENING)
    day = NewDay(owner, clock)
    clock.moment += timedelta(days=1)

    with qtbot.waitSignal(day.begun):
        QGuiApplication.instance().applicationStateChanged.emit(
            Qt.ApplicationState.ApplicationActive
        )
