from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QFocusEvent
from PyQt6.QtWidgets import QApplication, QLineEdit, QListView, QPushButton

from ai_coder.ui.chat.conversation_list import ConversationList
from ai_coder.ui.chat.conversation_rows import RowData

ROWS = [
    RowData("Today"),
    RowData("Parse a GGUF header", "qwen2.5-coder-7b", "6 messages", 1),
    RowData("Why is the test flaky?", "deepseek", "14 messages", 2, is_pinned=True),
    RowData("Yesterday"),
    RowData("Regex for the access log", "qwen", "4 messages", 3),
]


@pytest.fixture
def chats(qtbot, theme):
    chats = ConversationList(theme)
    qtbot.addWidget(chats)
    chats.resize(248, 500)
    chats.show()
    chats.set_rows(ROWS, current=1)
    return chats


def view(chats):
    return chats.findChild(QListView, "conversationList")


def click_row(qtbot, chats, row):
    place = view(chats).visualRect(view(chats).model().index(row, 0)).center()
    qtbot.mouseClick(view(chats).viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_opens_a_chat_and_headings_are_no_choice(chats, qtbot):
    with qtbot.waitSignal(chats.opened) as opened:
        click_row(qtbot, chats, 4)
    with qtbot.assertNotEmitted(chats.opened):
        click_row(qtbot, chats, 0)

    assert opened.args == [3]


def test_delete_asks_for_the_marked_chat(chats, qtbot):
    with qtbot.waitSignal(chats.delete_requested) as deleted:
        qtbot.keyClick(view(chats), Qt.Key.Key_Delete)

    assert deleted.args == [1]


def test_backspace_deletes_nothing(chats, qtbot):
    with qtbot.assertNotEmitted(chats.delete_requested):
        qtbot.keyClick(view(chats), Qt.Key.Key_Backspace)


def test_the_next_chat_wraps_around(chats):
    assert chats.neighbour(1) == 2
    assert chats.neighbour(-1) == 3


def test_a_search_result_opens_its_message(chats, qtbot):
    qtbot.keyClicks(chats.findChild(QLineEdit, "searchField"), "gguf")
    chats.set_rows([RowData("Parse", "the GGUF header", "", 1, 77, marks=((4, 4),))], None)

    with qtbot.waitSignal(chats.message_opened) as opened:
        click_row(qtbot, chats, 0)

    assert opened.args == [1, 77]
    assert chats.is_searching()


def test_new_chat_is_a_button(chats, qtbot):
    with qtbot.waitSignal(chats.new_requested):
        qtbot.mouseClick(chats.findChild(QPushButton, "newChatButton"), Qt.MouseButton.LeftButton)


def test_the_number_of_messages_is_whole_beside_a_long_name(chats):
    chats.set_rows([RowData("Chat", "a-model-with-a-very-long-name-indeed", "12 messages", 1)], 1)
    long = view(chats).grab().toImage()
    chats.set_rows([RowData("Chat", "a-model-with-a-very-long-name-inde", "12 messages", 1)], 1)
    model = view(chats).model()

    assert model.data(model.index(0, 0)).endswith(" · 12 messages")
    assert view(chats).grab().toImage() == long  # only the name is cut, so both look the same


def test_the_open_chat_is_marked_again_when_the_keyboard_leaves(chats):
    chosen = view(chats).model().index(4, 0)
    view(chats).setCurrentIndex(chosen)

    leave = QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason)
    QApplication.sendEvent(view(chats), leave)

    assert view(chats).currentIndex().row() == 1


HITS = [
    RowData("Long", "a quokka", "", 1, 11, marks=((2, 6),)),
    RowData("Long", "a second quokka", "", 1, 12, marks=((9, 6),)),
    RowData("Other", "quokkas", "", 2, 21, marks=((0, 7),)),
    RowData("Third", "quokka", "", 3, 31, marks=((0, 6),)),
]
MORE = RowData("Show more", is_more=True)


def test_the_open_chat_is_marked_among_hits_and_the_next_one_is_another(chats, qtbot):
    chats.set_rows(HITS, 1, are_found=True)
    assert view(chats).currentIndex().row() == 0
    assert (chats.neighbour(1), chats.neighbour(-1)) == (2, 3)

    click_row(qtbot, chats, 1)
    chats.set_rows([*HITS], 1, are_found=True)
    assert view(chats).currentIndex().row() == 1
    assert chats.neighbour(1) == 2

    chats.set_rows(HITS[2:], 1, are_found=True)
    assert not view(chats).currentIndex().isValid()
    assert chats.neighbour(1) == 2


@pytest.mark.parametrize("by_keyboard", [False, True])
def test_more_hits_come_below_and_nothing_jumps(chats, qtbot, by_keyboard):
    many = [replace(HITS[3], message_id=n) for n in range(100, 140)]
    chats.set_rows([*many, MORE], 3, are_found=True)
    view(chats).setCurrentIndex(view(chats).model().index(40, 0))
    bar = view(chats).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0)
    place = bar.value()

    with qtbot.waitSignal(chats.more_requested), qtbot.assertNotEmitted(chats.message_opened):
        if by_keyboard:
            qtbot.keyClick(view(chats), Qt.Key.Key_Return)
        else:
            click_row(qtbot, chats, 40)
    newer = [replace(HITS[3], message_id=n) for n in range(140, 160)]
    chats.set_rows([*many, *newer, MORE], 3, are_found=True)

    qtbot.waitUntil(lambda: bar.maximum() > place)
    row = view(chats).visualRect(view(chats).model().index(40, 0))
    assert view(chats).viewport().rect().intersects(row)
    assert 0 <= bar.value() - place <= row.height()
    assert view(chats).currentIndex().row() == 40


def test_enter_opens_what_is_found_even_if_that_takes_a_moment(chats, qtbot):
    field = chats.findChild(QLineEdit, "searchField")
    qtbot.keyClicks(field, "quokka")
    with qtbot.assertNotEmitted(chats.opened), qtbot.assertNotEmitted(chats.message_opened):
        qtbot.keyClick(field, Qt.Key.Key_Return)

    with qtbot.waitSignal(chats.message_opened) as opened:
        chats.set_rows(HITS, 3, are_found=True)
    with qtbot.assertNotEmitted(chats.message_opened):
        chats.set_rows(HITS[1:], 3, are_found=True)

    assert opened.args == [1, 11]
