"""What the keyboard and assistive tools have of a message follows what becomes of it."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtWidgets import QPlainTextEdit

from ai_coder.ui.chat.message_mirror import MessageMirror
from tests.ui.chat.transcript_texts import answer, chat, prompt

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def size():
    return 700, 600


@pytest.fixture
def mirror(transcript):
    return transcript.findChild(QPlainTextEdit, "transcriptMessage")


@pytest.fixture
def streaming(transcript):
    """An answer that has the keyboard while it runs; returns what lets it grow."""
    transcript.set_messages([prompt(0)])
    transcript.begin_stream(answer(1, ""))

    def grow(text):
        transcript.add_text(text)
        transcript.render_frame()
        transcript.viewport().repaint()

    grow("Alpha beta")
    transcript._focus_message(1)
    return grow


def test_a_growing_answer_can_be_read(streaming, mirror, qtbot):
    assert mirror.toPlainText() == "Alpha beta"

    streaming(" *gamma*.\n\nDelta")

    qtbot.waitUntil(lambda: mirror.toPlainText() == "Alpha beta gamma.\n\nDelta")


def test_a_finished_answer_can_be_read(streaming, transcript, mirror, qtbot):
    streaming(" gamma.")

    transcript.end_stream(answer(1, "Alpha beta gamma.", footer="1 token"))

    qtbot.waitUntil(lambda: mirror.toPlainText() == "Alpha beta gamma.\n1 token")


def test_a_key_acts_on_what_has_arrived_by_then(streaming, transcript, mirror, qtbot):
    streaming(" gamma.\n\nDelta")

    qtbot.keyClick(mirror, Key.Key_End, CTRL | SHIFT)

    assert transcript.selected_text() == "Alpha beta gamma.\n\nDelta"


def test_caret_and_selection_stay_while_an_answer_grows(streaming, transcript, mirror, qtbot):
    qtbot.keyClick(mirror, Key.Key_Right, CTRL)
    qtbot.keyClick(mirror, Key.Key_End, SHIFT)
    assert transcript.selected_text() == "beta"

    streaming(" gamma.\n\nDelta")

    qtbot.waitUntil(lambda: mirror.toPlainText().endswith("Delta"))
    assert transcript.selected_text() == "beta"
    assert mirror.textCursor().selectedText() == "beta"
    qtbot.keyClick(mirror, Key.Key_Right, SHIFT)
    qtbot.keyClick(mirror, Key.Key_Right, SHIFT)
    assert transcript.selected_text() == "beta g"


def test_an_answer_that_is_replaced_can_be_read(transcript, mirror, qtbot):
    transcript.set_messages([prompt(0), answer(1, "Before.")])
    transcript._focus_message(1)

    transcript.take(answer(1, "After."))

    qtbot.waitUntil(lambda: mirror.toPlainText() == "After.")


def test_thoughts_that_unfold_above_the_caret_leave_it_at_its_words(transcript, mirror, qtbot):
    transcript.set_messages([answer(0, "One two three.", reasoning="Let me think.")])
    transcript._focus_message(0)
    qtbot.keyClick(mirror, Key.Key_Right, CTRL)

    transcript._act(0, "reasoning")
    qtbot.keyClick(mirror, Key.Key_Right, CTRL | SHIFT)

    assert mirror.toPlainText() == "Let me think.\n\nOne two three."
    assert transcript.selected_text() == "two "
    transcript._act(0, "reasoning")
    qtbot.keyClick(mirror, Key.Key_Right, CTRL | SHIFT)
    assert transcript.selected_text() == "three"


def place_of(transcript, index):
    """Where a message stands on the viewport."""
    corner = transcript._origin().toPoint() + QPoint(0, transcript._layout.top(index))
    layout = transcript._layout
    return QRect(corner.x(), corner.y(), layout.width, layout.height(index))


def test_the_focus_stays_over_its_message(transcript, mirror, theme, qtbot):
    transcript.set_messages(chat(20))
    transcript._focus_message(19)
    assert mirror.geometry() == place_of(transcript, 19)

    transcript.verticalScrollBar().setValue(transcript.verticalScrollBar().value() - 150)
    qtbot.waitUntil(lambda: mirror.geometry() == place_of(transcript, 19))

    theme.configure("light", 150)
    qtbot.waitUntil(lambda: mirror.geometry() == place_of(transcript, 19))


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("one two", "one two three", (4, 7)),
        ("one two", "zero one two", (9, 12)),
        ("one two four", "one two three four", (4, 7)),
        ("🙂 one two", "🙂🙂🙂 one two", (11, 14)),
        ("x one two", "", (0, 0)),
        ("a\nb two", "a\nb\nc two", (6, 9)),
    ],
)
def test_a_selection_stays_at_its_words(qtbot, before, after, kept):
    mirror = MessageMirror(None)
    qtbot.addWidget(mirror)
    mirror.show_text("You", before)
    start = before.encode("utf-16-le").find("two".encode("utf-16-le")) // 2
    mirror.put_caret(start)
    mirror.put_caret(start + 3, selects=True)

    mirror.change_text("You", after)

    assert mirror.toPlainText() == after
    cursor = mirror.textCursor()
    assert (cursor.anchor(), cursor.position()) == kept
