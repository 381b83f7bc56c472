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


def painted(theme, view, model, flag, paper):
    option = QStyleOptionViewItem()
    option.rect, option.state = QRect(0, 0, 240, 48), flag
    picture = QImage(240, 48, QImage.Format.Format_RGB32)
    picture.fill(paper)
    painter = QPainter(picture)
    ConversationDelegate(theme, view).paint(painter, option, model.index(0))
    painter.end()
    return picture


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

    picture = painted(theme, view, model, flag, paper)

    row = picture.height() * 2 // 3
    inked = [picture.pixelColor(x, row) for x in range(12, 40)]
    assert max(contrast(color, paper) for color in inked) >= 4.5


def test_what_was_found_is_seen_however_far_right_it_stands_in_the_snippet(theme, qtbot):
    view, model = QListView(), ConversationModel()
    qtbot.addWidget(view)
    flag, ground = STATES["plain"]

    def picture_of(lead):
        mark = (len(lead), len(BLOCK))
        row = RowData("Chat", f"{lead}{BLOCK}{' w' * 60}", conversation_id=1, marks=(mark,))
        model.set_rows([row])
        return painted(theme, view, model, flag, theme.color(ground))

    assert picture_of("w " * 60) == picture_of("…" + "w " * 5)
