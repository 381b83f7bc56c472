"""Code and tables that are wider than the conversation."""

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt

from tests.ui.chat.test_transcript_selection import drag, place
from tests.ui.chat.transcript_texts import answer, find_all, prompt

HEADER = "|" + " a long heading |" * 12 + "\n|" + "---|" * 12
WIDE = HEADER + ("\n|" + " `cell` of some words |" * 12) * 3
LAST_NEEDLE = HEADER + "\n|" + " cell of some words |" * 11 + " needle |"


@pytest.fixture
def size():
    return 760, 900


def table_of(transcript, message=0):
    transcript.viewport().repaint()
    return transcript._layout.view(message).blocks[0].items[0]


def test_wide_table_scrolls_sideways_instead_of_being_squeezed(transcript, qtbot):
    transcript.set_messages([answer(0, WIDE)])
    table = table_of(transcript)
    assert table.scroll_range > 300
    before = transcript.viewport().grab().toImage()
    corner = place(transcript, 0, 0, offset=0) - table.rect_of(0, 1).center().toPoint()
    start = corner + table.scroll_bar().center().toPoint()

    drag(qtbot, transcript, start, start + QPoint(2000, 0))

    assert table.scroll_x == table.scroll_range
    assert transcript.viewport().grab().toImage() != before
    assert transcript.selected_text() == ""


def test_a_table_that_fits_by_wrapping_does_not_scroll(transcript):
    text = "| a | b |\n|---|---|\n| " + "word " * 60 + "| " + "word " * 60 + "|"
    transcript.set_messages([answer(0, text)])

    assert table_of(transcript).scroll_range == 0


def test_cells_are_where_they_are_seen_when_a_table_is_scrolled(transcript):
    transcript.set_messages([answer(0, WIDE)])
    table = table_of(transcript)
    wanted = table.text.rindex("cell of some words")
    table.scroll_by(10_000)

    rect = table.rect_of(wanted, wanted + 4)

    assert 0 <= rect.left() < rect.right() <= table.width
    middle = table.offset_at(rect.center())
    assert wanted + 1 <= middle <= wanted + 3


def test_a_selection_across_cells_of_a_scrolled_table_copies_them(transcript, qtbot):
    transcript.set_messages([answer(0, LAST_NEEDLE)])
    table = table_of(transcript)
    table.scroll_by(10_000)
    needle = table.text.index("needle")

    start = place(transcript, 0, 0, offset=needle - 6)
    end = place(transcript, 0, 0, offset=needle + 3)
    drag(qtbot, transcript, start, end)

    assert transcript.selected_text() == "words\tnee"


def test_find_scrolls_a_table_and_code_to_what_was_found(transcript, qtbot):
    code = f"```\n{'x ' * 300}needle\n```"
    transcript.set_messages([answer(0, code), answer(1, LAST_NEEDLE)])
    table = table_of(transcript, 1)

    assert find_all(transcript, qtbot, "needle") == 2
    transcript.find_previous()

    line = table_of(transcript, 0)
    assert table.scroll_x > 0
    assert line.scroll_x > 0
    needle = line.text.index("needle")
    assert 0 <= line.rect_of(needle, needle + 6).left() < line.width - 20


def test_alt_and_arrows_scroll_the_wide_parts_of_the_focused_message(transcript, qtbot):
    code = f"```\n{'x' * 500}\n```\n"
    transcript.set_messages([prompt(0), answer(1, f"{code}\n{WIDE}"), prompt(2)])
    transcript.viewport().repaint()
    for _message in range(2):
        qtbot.keyClick(transcript, Qt.Key.Key_Up)
    view = transcript._layout.view(1)
    assert transcript._state.focused_message == 1

    qtbot.keyClick(transcript, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)

    assert [item.scroll_x for item in view.sideways_items()] == [120, 120]

    qtbot.keyClick(transcript, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)

    assert [item.scroll_x for item in view.sideways_items()] == [0, 0]


def test_a_long_line_is_hit_where_it_is_seen(transcript):
    transcript.set_messages([answer(0, "```\n" + "0123456789" * 300 + "\n```")])
    line = table_of(transcript)
    line.scroll_by(100_000)

    rect = line.rect_of(2990, 2991)

    assert line.offset_at(rect.center() - QPointF(rect.width() / 4, 0)) == 2990
