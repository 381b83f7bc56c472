from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit, QPushButton

from ai_coder.ui.widgets.name_dialog import NameDialog


@pytest.fixture
def dialog(look, theme, qtbot):
    dialog = NameDialog(theme, "Rename chat", "Rename", "Old name")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.open()
    return dialog


def test_what_is_typed_takes_the_place_of_the_name_and_enter_takes_it(dialog, qtbot):
    field = dialog.findChild(QLineEdit)
    assert field.selectedText() == "Old name"
    qtbot.keyClicks(field, "  New name ")

    with qtbot.waitSignal(dialog.named) as named:
        qtbot.keyClick(field, Qt.Key.Key_Return)

    assert named.args == ["New name"]
    assert not dialog.isVisible()


def test_an_empty_name_is_not_taken(dialog, qtbot):
    dialog.findChild(QLineEdit).setText("   ")
    take = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Rename")

    assert not take.isEnabled()
    with qtbot.assertNotEmitted(dialog.named):
        qtbot.keyClick(dialog.findChild(QLineEdit), Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_escape_changes_nothing(dialog, qtbot):
    with qtbot.assertNotEmitted(dialog.named):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)

    assert not dialog.isVisible()
