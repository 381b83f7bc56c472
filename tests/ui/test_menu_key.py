"""Shift+F10 does what the Menu key does."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtWidgets import QDialog, QLineEdit, QMainWindow

from ai_coder.ui.menu_key import MenuKey

SHIFT = Qt.KeyboardModifier.ShiftModifier


class Field(QLineEdit):
    """Remembers how its menu was asked for."""

    def __init__(self, *given):
        super().__init__(*given)
        self.asked = []

    def contextMenuEvent(self, event):
        self.asked.append((event.reason(), event.pos()))


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

    ((reason, place),) = field.asked
    assert reason is QContextMenuEvent.Reason.Keyboard
    assert place == field.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).center()


@pytest.mark.parametrize("is_modal", [True, False])
def test_shift_f10_works_once_in_a_dialog(look, theme, window, qtbot, activate, is_modal):
    dialog = QDialog(window)
    field = Field("text", dialog)
    with qtbot.waitExposed(dialog):
        dialog.open() if is_modal else dialog.show()
    theme.configure("dark", 150)
    activate(dialog)
    field.setFocus()

    qtbot.keyClick(field, Qt.Key.Key_F10, SHIFT)

    assert [reason for reason, _place in field.asked] == [QContextMenuEvent.Reason.Keyboard]
    dialog.close()
