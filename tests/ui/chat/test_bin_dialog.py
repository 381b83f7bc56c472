from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QLabel, QListWidget, QPushButton

from ai_coder.chat.conversation import Conversation
from ai_coder.ui.chat.bin_dialog import BinDialog

MOMENT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
DELETED = Conversation(1, "A chat", MOMENT, MOMENT, deleted_at=MOMENT)


@pytest.mark.parametrize("zoom", [100, 200])
def test_the_bin_has_the_margins_of_other_windows_at_every_zoom(look, theme, qtbot, zoom):
    theme.configure("light", zoom)
    dialog = BinDialog(theme, [DELETED])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.open()

    words = next(each for each in dialog.findChildren(QLabel) if each.text())
    buttons = dialog.findChildren(QPushButton)

    assert words.mapTo(dialog, QPoint()).x() == theme.px(24)
    qtbot.waitUntil(lambda: all(each.width() >= each.sizeHint().width() for each in buttons))


def test_a_deleted_chat_is_read_out_with_its_day(theme, qtbot):
    dialog = BinDialog(theme, [DELETED])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)

    item = dialog.findChild(QListWidget).item(0)

    assert item.text() == "A chat"
    assert item.data(Qt.ItemDataRole.AccessibleTextRole).startswith("A chat · 2 ")
