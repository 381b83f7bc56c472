"""Rows of the list of chats as they are painted."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QRect
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QListView, QStyle, QStyleOptionViewItem

from ai_coder.ui.chat.conversation_rows import ConversationDelegate, ConversationModel, RowData
from tests.ui.test_theme import contrast

BLOCK = "█" * 6
"""Characters without paper between them, so that their colour can be read from the picture."""

STATES = {
    "plain": (QStyle.StateFlag.State_Enabled, "side"),
    "hovered": (QStyle.StateFlag.State_MouseOver, "hover"),
    "chosen": (QStyle.StateFlag.State_Selected, "card"),
}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("marks", [(), ((40, 1),)])
def test_the_second_line_can_be_read_on_every_ground(theme, qtbot, mode, state, marks):
    theme.configure(mode, 100)
    view, model = QListView(), ConversationModel()
    qtbot.addWidget(view)
    model.set_rows([RowData("", BLOCK, conversation_id=1, marks=marks)])
    flag, ground = STATES[state]
    paper = theme.color(ground)
    option = QStyleOptionViewItem()
    option.rect, option.state = QRect(0, 0, 240, 48), flag
    picture = QImage(240, 48, QImage.Format.Format_RGB32)
    picture.fill(paper)

    painter = QPainter(picture)
    ConversationDelegate(theme, view).paint(painter, option, model.index(0))
    painter.end()

    row = picture.height() * 2 // 3
    inked = [picture.pixelColor(x, row) for x in range(12, 40)]
    assert max(contrast(color, paper) for color in inked) >= 4.5
