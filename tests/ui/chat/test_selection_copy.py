"""Copying a selection, however long it is."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QPlainTextEdit

from ai_coder.ui.chat.message_view import END, START, Position
from ai_coder.ui.chat.transcript_state import Selection
from tests.ui.chat.transcript_texts import ANSWER, answer, chat, prompt

CTRL = Qt.KeyboardModifier.ControlModifier
LONG = 400
"""So many messages are too many to be copied at once."""


@pytest.fixture
def clipboard(qapp):
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("before")
    return clipboard


@pytest.fixture
def arrived(clipboard):
    """Every text that came to the clipboard."""
    texts = []

    def note():
        texts.append(clipboard.text())

    clipboard.dataChanged.connect(note)
    yield texts
    clipboard.dataChanged.disconnect(note)


def test_a_long_selection_is_copied_without_holding_the_window(transcript, clipboard, qtbot):
    transcript.set_messages(chat(LONG))
    mirror = transcript.findChild(QPlainTextEdit, "transcriptMessage")
    told = []
    transcript.copy_progressed.connect(told.append)

    qtbot.keyClick(mirror, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(mirror, Qt.Key.Key_C, CTRL)

    assert clipboard.text() == "before"
    assert told[0] == 0
    qtbot.waitUntil(lambda: told[-1:] == [100])
    assert clipboard.text() == transcript.selected_text()
    assert clipboard.text().count("Some bold text") == LONG // 2
    assert told == sorted(set(told))


def test_a_short_selection_is_copied_at_once(transcript, clipboard):
    transcript.set_messages([prompt(0, "What?"), answer(1, "- one\n- two")])
    transcript._state.selection = Selection((0, Position(0, 0, 2)), (1, Position(1, 0, 2)))

    transcript.copy()

    assert clipboard.text() == "at?\n\n• one\n• tw"


def test_messages_without_text_leave_no_gap(transcript, clipboard):
    transcript.set_messages([prompt(0, "One"), answer(1, ""), prompt(2, "Two")])
    transcript.select_all()

    transcript.copy()

    assert clipboard.text() == "One\n\nTwo"


def test_copying_again_meanwhile_does_not_begin_anew(transcript, arrived, qtbot):
    transcript.set_messages(chat(LONG))
    transcript.select_all()

    transcript.copy()
    transcript.copy()

    qtbot.waitUntil(lambda: arrived != [])
    assert arrived == [transcript.selected_text()]


def test_another_selection_that_is_copied_meanwhile_counts(transcript, arrived, qtbot):
    transcript.set_messages([*chat(LONG), prompt(LONG, "The end.")])
    transcript.select_all()
    transcript.copy()

    transcript._state.selection = Selection((LONG, START), (LONG, Position(0, 0, 3)))
    transcript.copy()

    qtbot.waitUntil(lambda: not transcript._copy._timer.isActive())
    assert arrived == ["The"]


def test_what_else_is_copied_meanwhile_stays(transcript, clipboard, qtbot):
    transcript.set_messages(chat(LONG))
    transcript.select_all()
    transcript.copy()

    clipboard.setText("newer")

    qtbot.waitUntil(lambda: not transcript._copy._timer.isActive())
    assert clipboard.text() == "newer"


def test_what_was_selected_is_copied_whatever_happens_to_the_chat(transcript, clipboard, qtbot):
    transcript.set_messages(chat(LONG))
    transcript._state.selection = Selection((1, Position(1, 0, 5)), (LONG - 1, END))
    selected = transcript.selected_text()
    transcript.copy()

    transcript.replace(answer(LONG - 3, "Changed."))
    transcript.set_messages([prompt(9_000, "Another chat.")])

    qtbot.waitUntil(lambda: clipboard.text() != "before")
    assert clipboard.text() == selected


def test_unfolded_thoughts_are_copied_with_the_rest(transcript, clipboard, qtbot):
    thinking = answer(LONG, ANSWER, reasoning="Let me think.")
    transcript.set_messages([*chat(LONG), thinking, prompt(LONG + 1, "End")])
    transcript._act(LONG, "reasoning")
    transcript.select_all()

    transcript.copy()

    qtbot.waitUntil(lambda: clipboard.text() != "before")
    assert "Let me think." in clipboard.text()
    assert clipboard.text() == transcript.selected_text()
