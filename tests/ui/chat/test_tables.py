"""Tables in the transcript."""

import pytest

from tests.ui.chat.transcript_texts import answer


@pytest.fixture
def size():
    return 760, 900


def test_a_very_long_cell_takes_the_room_that_is_left_and_wraps(transcript):
    transcript.set_messages([answer(0, f"| a | b |\n|---|---|\n| 1 | {'words ' * 2000} |\n")])
    transcript.viewport().repaint()

    (table,) = transcript._layout.view(0).blocks[0].items

    assert table.scroll_range == 0
    assert table._columns[1] > 10 * table._columns[0]
    assert table.text.endswith("words")
