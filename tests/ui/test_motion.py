"""Reduced motion: nothing blinks, turns or glides."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QStyle

from ai_coder.ui.widgets.spinner import Spinner


@pytest.mark.usefixtures("look")
def test_the_caret_and_the_scroll_bars_are_still_where_motion_is_reduced(qapp, theme):
    duration = QStyle.StyleHint.SH_Widget_Animation_Duration
    usual = qapp.cursorFlashTime(), qapp.style().styleHint(duration)
    assert all(usual)

    theme.configure("light", 100, reduced_motion=True)
    assert (qapp.cursorFlashTime(), qapp.style().styleHint(duration)) == (0, 0)

    theme.configure("light", 100)
    assert (qapp.cursorFlashTime(), qapp.style().styleHint(duration)) == usual


def test_a_turning_spinner_stops_when_motion_is_reduced_and_goes_on_afterwards(theme, qtbot):
    spinner = Spinner(theme)
    qtbot.addWidget(spinner)
    with qtbot.waitExposed(spinner):
        spinner.show()
    qtbot.waitUntil(lambda: spinner._angle != 0)

    theme.configure("light", 100, reduced_motion=True)
    assert not spinner._timer.isActive()

    theme.configure("light", 100)
    assert spinner._timer.isActive()
