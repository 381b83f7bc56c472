from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QListWidget, QListWidgetItem

from ai_coder.ui.widgets.pair_delegate import PairDelegate

_SECOND = Qt.ItemDataRole.UserRole


def test_a_long_first_word_leaves_room_for_the_second(qtbot, theme):
    rows = QListWidget()
    qtbot.addWidget(rows)
    rows.setItemDelegate(PairDelegate(theme, _SECOND, rows))
    rows.resize(400, 120)
    for name in ("Short", "A very long name " * 20):
        item = QListWidgetItem(name)
        item.setData(_SECOND, "12 Nov 2026")
        rows.addItem(item)
    rows.show()
    with_both = rows.grab().toImage()

    rows.item(1).setData(_SECOND, "")

    assert rows.grab().toImage() != with_both
