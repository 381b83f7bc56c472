"""Selecting text of the conversation by keyboard."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QPlainTextEdit

from ai_coder.markdown.utf16 import utf16_slice
from ai_coder.ui.chat.caret import caret_rect
from ai_coder.ui.chat.message_view import Position
from ai_coder.ui.chat.spoken_text import SpokenText
from ai_coder.ui.chat.transcript_message import TranscriptCard
from ai_coder.ui.chat.transcript_state import Selection
from tests.ui.chat.transcript_texts import ANSWER, answer, prompt

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def size():
    return 700, 600


@pytest.fixture
def press(transcript, qtbot):
    """Press a key in the message that has the keyboard, which is the last one at first."""

    def press(key, modifiers=Qt.KeyboardModifier.NoModifier, times=1):
        mirror = transcript.findChild(QPlainTextEdit, "transcriptMessage")
        if transcript._state.focused_message < 0:
            transcript._focus_message(len(transcript._layout.messages) - 1)
        for _time in range(times):
            qtbot.keyClick(mirror, key, modifiers)

    return press


def picture(transcript):
    return transcript.viewport().grab().toImage()


def test_what_the_keyboard_selects_is_painted_and_copied(transcript, press):
    transcript.set_messages([prompt(1, "What?"), answer(2, "It is **this** one.")])
    press(Key.Key_Right)
    before = picture(transcript)

    press(Key.Key_Right, SHIFT, 3)
    assert transcript.selected_text() == "t i"
    assert picture(transcript) != before

    press(Key.Key_Right, SHIFT | CTRL)
    press(Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text().rstrip() == "t is"

    press(Key.Key_Left)
    assert transcript.selected_text() == ""


def test_the_newer_selection_is_copied(transcript, press):
    transcript.set_messages([prompt(1, "What?"), answer(2, "It is this.")])
    press(Key.Key_Up)
    transcript._state.selection = Selection((1, Position(0, 0, 0)), (1, Position(0, 0, 5)))
    assert transcript.selected_text() == "It is"

    press(Key.Key_Right, SHIFT, 2)
    press(Key.Key_C, CTRL)

    assert QGuiApplication.clipboard().text() == "Wh"


def test_a_selection_goes_on_into_the_next_message_and_back(transcript, press):
    transcript.set_messages([prompt(1, "One"), answer(2, "Two"), prompt(3, "Three")])
    press(Key.Key_Up, times=2)
    press(Key.Key_Right)

    press(Key.Key_Down, SHIFT)
    press(Key.Key_Down, SHIFT)
    press(Key.Key_Right, SHIFT, 2)
    assert transcript.selected_text() == "ne\n\nTwo\n\nTh"

    press(Key.Key_Left, SHIFT, 2)
    press(Key.Key_Left, SHIFT, 2)
    assert transcript.selected_text() == "ne\n\nTw"

    press(Key.Key_Up, SHIFT)
    press(Key.Key_Home, SHIFT)
    assert transcript.selected_text() == "O"
    press(Key.Key_Up, SHIFT)
    assert transcript.selected_text() == "O"


def test_lines_are_those_that_are_seen(transcript, press):
    transcript.set_messages([answer(1, "many words " * 60 + "\n\n- a\n- b\n\n```\ncode\n```")])
    picture(transcript)
    press(Key.Key_Right, times=4)
    view = transcript._layout.view(0)
    start = caret_rect(view, transcript._state.caret[1])

    press(Key.Key_Down, SHIFT)
    below = caret_rect(view, transcript._state.caret[1])
    assert below.top() > start.top()
    assert below.left() == pytest.approx(start.left(), abs=6)

    press(Key.Key_End, SHIFT)
    edge = caret_rect(view, transcript._state.caret[1])
    assert (edge.top(), edge.left() > below.left()) == (below.top(), True)
    press(Key.Key_Home)
    assert transcript._state.caret[1].offset > 4
    assert caret_rect(view, transcript._state.caret[1]).left() < start.left()

    blocks = set()
    for _line in range(60):
        press(Key.Key_Down, SHIFT)
        blocks.add(transcript._state.caret[1].block)
    assert blocks == set(range(len(view.blocks)))
    press(Key.Key_End, SHIFT)
    assert transcript.selected_text().endswith("• a\n• b\n\ncode")


def test_the_caret_is_scrolled_into_view(transcript, press):
    transcript.set_messages([answer(1, "A line.\n\n" * 100)])
    picture(transcript)
    transcript.verticalScrollBar().setValue(0)

    press(Key.Key_End, CTRL | SHIFT)

    picture(transcript)
    rect = caret_rect(transcript._layout.view(0), transcript._state.caret[1])
    top, bottom = transcript._visible()
    assert top <= rect.top() < rect.bottom() <= bottom + 1
    assert transcript.selected_text().count("A line.") == 100


def test_every_place_of_the_spoken_text_is_one_on_the_screen(transcript):
    message = answer(
        1,
        "🙂 **bold** text  \nnext line\n\n" + ANSWER + "\n- one\n- two 🙂🙂\n",
        attachments=("a.py", "b.py"),
        notes=("A note.",),
        footer="10 tokens",
        card=TranscriptCard("It failed.", "No server answers."),
    )
    transcript.set_messages([message])
    view = transcript._layout.view(0)
    spoken = SpokenText(view)

    assert spoken.text.startswith("a.py\nb.py\n🙂 bold text\nnext line\n\nTitle")
    assert spoken.text.endswith("A note.\nIt failed. No server answers.\n10 tokens")
    exact = 0
    for units in range(len(spoken.text.encode("utf-16-le")) // 2):
        position = spoken.position_at(units)
        if spoken.units_at(position) == units and position != spoken.end:
            exact += 1
            text = view.item(position.block, position.item).text
            here = utf16_slice(text + "\n", position.offset, position.offset + 1)
            shown = utf16_slice(spoken.text, units, units + 1)
            assert here.replace("\u2028", "\n") == shown
    assert exact > 100
