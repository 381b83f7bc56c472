"""Fixtures of the window's tests."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent

from ai_coder.ui.application_look import ApplicationLook


@pytest.fixture
def look(qapp, theme):
    """The application in its own look; other tests get Qt's back."""
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # widgets of the tests before
    before = qapp.styleSheet(), qapp.palette(), qapp.font()
    look = ApplicationLook(qapp, theme)
    look.complete()
    yield look
    theme.changed.disconnect(look.apply)
    qapp.setStyleSheet(before[0])
    qapp.setStyle("Fusion")
    qapp.setPalette(before[1])
    qapp.setFont(before[2])


@pytest.fixture
def activate(qtbot):
    """Give a window the keyboard; a bare X server without a window manager may refuse."""

    def activate(window):
        window.activateWindow()
        window.raise_()
        try:
            qtbot.waitUntil(window.isActiveWindow)
        except qtbot.TimeoutError:
            pytest.skip("this display gives no window the keyboard: it has no window manager")

    return activate
