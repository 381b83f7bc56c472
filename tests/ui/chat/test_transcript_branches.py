"""Another branch takes the place of the one that is read, which does not move."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt

from tests.ui.chat.transcript_texts import ANSWER, answer, find_all, prompt

LONG = ANSWER * 12


def branch(first, turns, text=LONG):
    """Return messages from the answer *first* on."""
    number = range(first, first + 2 * turns - 1)
    return [answer(n, text) if (n - first) % 2 == 0 else prompt(n) for n in number]


def beginning():
    return [m for n in range(0, 8, 2) for m in (prompt(n), answer(n + 1))] + [prompt(8)]


@pytest.fixture
def size():
    return 760, 700


@pytest.fixture
def transcript(transcript):
    transcript.set_messages([*beginning(), *branch(9, 4)])
    return transcript


def edges(transcript, message):
    """Return where a message begins and ends on the screen."""
    transcript.grab()
    index = transcript._layout.index_of(message)
    top = transcript._layout.top(index) - transcript.verticalScrollBar().value()
    return top, top + transcript._layout.height(index)


def texts(transcript):
    return [message.id for message in transcript._layout.messages]


@pytest.mark.parametrize("turns", [1, 2, 9])
@pytest.mark.parametrize("text", ["Yes.", ANSWER, LONG])
def test_the_message_at_the_fork_stays_where_it_is_on_the_screen(transcript, turns, text):
    transcript.scroll_to(8)
    before = edges(transcript, 9)[0]

    transcript.turn_to(9, branch(100, turns, text))
    assert texts(transcript) == [*range(9), *range(100, 99 + 2 * turns)]
    assert edges(transcript, 100)[0] == before

    transcript.turn_to(100, branch(9, 4))
    assert edges(transcript, 9)[0] == before


@pytest.mark.parametrize("text", ["Yes.", ANSWER, LONG * 2])
def test_its_buttons_stay_where_they_are_if_it_begins_above_the_window(transcript, text):
    transcript.scroll_to(10)
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.value() - 300)
    top, end = edges(transcript, 9)
    assert top < 0 < end

    transcript.turn_to(9, branch(100, 3, text))

    assert edges(transcript, 100)[1] == end


def test_a_short_message_in_place_of_a_long_one_that_fills_the_window_is_in_sight(transcript):
    transcript.scroll_to(9)
    bar = transcript.verticalScrollBar()
    bar.setValue(bar.value() + 500)
    transcript.grab()

    transcript.turn_to(9, branch(100, 3, "Yes."))

    top, end = edges(transcript, 100)
    assert 0 < top < end <= transcript.viewport().height()


def test_below_a_short_branch_there_is_room_until_the_reader_leaves_its_end(transcript):
    transcript.scroll_to(9)
    before = edges(transcript, 9)[0]
    transcript.turn_to(9, branch(100, 1, "Yes."))
    bar = transcript.verticalScrollBar()
    assert edges(transcript, 100)[0] == before
    assert transcript.is_at_end
    assert transcript._jump.isHidden()

    transcript.begin_stream(answer(101, ""))
    transcript.add_text("More.\n\n")
    transcript.render_frame()
    assert edges(transcript, 100)[0] == before
    transcript.add_text(LONG)
    transcript.end_stream(answer(101, "More.\n\n" + LONG))
    assert edges(transcript, 100)[0] < before
    assert bar.value() == bar.maximum()

    transcript.turn_to(100, branch(200, 1, "No."))
    place = bar.value()
    bar.setValue(place - 50)
    transcript.grab()
    assert bar.value() == place - 50
    assert not transcript.is_at_end


def test_what_is_looked_for_is_found_in_the_other_branch_and_nothing_moves(transcript, qtbot):
    told = []
    transcript.find_changed.connect(lambda current, total: told.append((current, total)))
    transcript.scroll_to(8)
    before = edges(transcript, 9)[0]
    assert find_all(transcript, qtbot, "needle") == 0

    transcript.turn_to(9, branch(100, 3, "A needle."))
    qtbot.waitUntil(lambda: told[-1] == (0, 3))
    assert edges(transcript, 100)[0] == before

    transcript.find_next()
    transcript.turn_to(100, branch(9, 4))
    qtbot.waitUntil(lambda: told[-1] == (0, 0))


def test_the_keyboard_stays_at_the_fork(transcript, qtbot):
    transcript.setFocus()
    for _ in range(3):
        qtbot.keyClick(transcript._mirror, Qt.Key.Key_Up)
    number = transcript._layout.messages[transcript._state.focused_message].id
    assert number == 13

    transcript.turn_to(13, branch(100, 2, "Yes."))

    focused = transcript._layout.messages[transcript._state.focused_message].id
    assert focused == 100
    assert "Yes." in transcript._mirror.toPlainText()
