"""Text that runs from right to left begins at the right edge, its bullets with it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PyQt6.QtCore import QPointF

from ai_coder.markdown.direction import is_right_to_left
from tests.ui.chat.transcript_texts import answer, prompt

ARABIC = "مرحبا بالعالم"
HEBREW = """\
1. (3) שלום English 12
2. עוד

> ציטוט

- עוד
  - פנימי

| עמודה | b |
|--|--|
| א | 1 |
"""


def blocks(transcript, text):
    transcript.set_messages([answer(1, text)])
    transcript.viewport().repaint()
    return transcript._layout.view(0).blocks


def shown(transcript):
    transcript.viewport().repaint()
    view = transcript._layout.view(1)
    return [
        (item.text, view.block_top(index) + item.y, item.x, item.width, item.height)
        for index, block in enumerate(view.blocks)
        for item in block.items
    ]


@pytest.mark.parametrize(
    ("text", "is_mirrored"),
    [
        (ARABIC, True),
        (f"12. {ARABIC}", True),
        (f"A {ARABIC}", False),
        ("plain", False),
        ("é", False),
        ("… 1 —", False),
        ("", False),
    ],
)
def test_the_first_letter_decides(text, is_mirrored):
    assert is_right_to_left(text) is is_mirrored


def test_a_paragraph_begins_at_the_right_edge(transcript):
    left, right = (block.items[0] for block in blocks(transcript, f"English\n\n{ARABIC}"))

    assert left.rect_of(0, 1).left() == 0
    assert right.rect_of(0, 1).right() == pytest.approx(right.width, abs=1)


def test_bullets_and_quotes_stand_on_the_other_side(transcript):
    (item, quote) = blocks(transcript, f"- {ARABIC}\n\n> {ARABIC}")
    style = item._rendering.style

    assert (item.items[0].x, item.items[0].width) == (0, item.width - style.indent)
    assert (quote.items[0].x, quote.items[0].width) == (0, quote.width - style.quote_indent)


def test_a_click_finds_the_letter_under_it(transcript):
    (block,) = blocks(transcript, ARABIC)
    item = block.items[0]

    for offset in range(len(ARABIC)):
        rect = item.rect_of(offset, offset + 1)
        found = item.offset_at(QPointF(rect.right() - 1, rect.center().y()))
        assert abs(found - offset) <= 1


def test_its_cached_picture_looks_the_same(transcript):
    transcript.set_messages([prompt(0), answer(1, HEBREW)])
    transcript.viewport().repaint()
    cached = transcript.viewport().grab().toImage()

    transcript._painter.pixmaps.clear()

    assert transcript.viewport().grab().toImage() == cached


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sizes=st.lists(st.integers(1, 9), max_size=60))
def test_streamed_in_any_portions_it_looks_like_the_whole(transcript, sizes):
    transcript.set_messages([prompt(0)])
    transcript.begin_stream(answer(1, ""))
    position = 0
    for size in sizes:
        transcript.add_text(HEBREW[position : position + size])
        transcript.render_frame()
        transcript.viewport().repaint()
        position += size
    transcript.add_text(HEBREW[position:])
    transcript.end_stream(answer(1, HEBREW))
    streamed, picture = shown(transcript), transcript.grab().toImage()

    transcript.set_messages([prompt(0), answer(1, HEBREW)])

    assert shown(transcript) == streamed
    assert transcript.grab().toImage() == picture
