"""Shift+F10 does what the Menu key does."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtWidgets import QLineEdit, QMainWindow

from ai_coder.ui.menu_key import MenuKey

SHIFT = Qt.KeyboardModifier.ShiftModifier


class Field(QLineEdit):
    """Remembers how its menu was asked for."""

    def contextMenuEvent(self, event):
        self.asked = event.reason(), event.pos()


@pytest.fixture
def window(qtbot, activate):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(Field("text", window))
    MenuKey(window)
    with qtbot.waitExposed(window):
        window.show()
    activate(window)
    return window


def test_shift_f10_asks_for_the_menu_where_the_caret_is(window, qtbot):
    field = window.centralWidget()
    field.setFocus()

    qtbot.keyClick(field, Qt.Key.Key_F10, SHIFT)

    reason, place = field.asked
    assert reason is QContextMenuEvent.Reason.Keyboard
    assert place == field.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).center()
