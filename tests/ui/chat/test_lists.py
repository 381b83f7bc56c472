"""Lists in the transcript: their markers have room, and their items stand below each other."""

import pytest
from PyQt6.QtGui import QFontMetricsF, QImage, QPainter

from tests.ui.chat.transcript_texts import answer
from tests.ui.test_theme import contrast


def blocks(transcript, text):
    transcript.set_messages([answer(1, text)])
    transcript.viewport().repaint()
    view = transcript._layout.view(0)
    view.lay_out(view.width, 0, 1 << 20)
    return view.blocks


@pytest.mark.parametrize("number", [1, 9, 10, 99, 100, 123456789])
@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_a_number_has_room_for_all_its_digits(transcript, theme, number, zoom):
    theme.configure("light", zoom)

    (block,) = blocks(transcript, f"{number}. Step")

    metrics = QFontMetricsF(block._rendering.style.font(0))
    room = block.items[0].x - block._rendering.style.marker_gap
    assert room >= metrics.horizontalAdvance(f"{number}.")


def test_items_stand_below_each_other_from_one_to_ninety_nine(transcript):
    found = blocks(transcript, "\n".join(f"{number}. Step" for number in range(1, 100)))

    assert len({block.items[0].x for block in found}) == 1


def test_all_parts_of_an_item_begin_at_its_text(transcript):
    (block,) = blocks(transcript, "100. Step\n\n     more\n\n     > said")

    text, more, said = block.items
    style = block._rendering.style
    assert more.x == text.x > style.indent
    assert said.x == text.x + style.quote_indent


def test_a_nested_list_is_as_wide_as_its_widest_number(transcript):
    inner = "\n".join(f"   {number}. Step" for number in range(98, 102))
    (block,) = blocks(transcript, f"1. Outer\n\n{inner}")

    outer, *steps = (item.x for item in block.items)
    assert len(set(steps)) == 1
    assert steps[0] == outer + block._rendering.style.marker_room("101.")


def test_bullets_keep_their_indent(transcript):
    (block,) = blocks(transcript, "- one")

    assert block.items[0].x == block._rendering.style.indent


def test_a_growing_list_is_painted_anew_when_it_gets_wider(transcript):
    lines = [f"   {number}. Step\n" for number in range(97, 101)]
    transcript.set_messages([])
    transcript.begin_stream(answer(1, ""))
    for line in ["1. Outer\n\n", *lines]:
        transcript.add_text(line)
        transcript.render_frame()
        transcript.viewport().repaint()
    streamed = transcript.viewport().grab().toImage()

    transcript._painter.pixmaps.clear()
    transcript.viewport().repaint()

    assert transcript.viewport().grab().toImage() == streamed


def ink_of_marker(block, item):
    """Return the box and the strongest contrast of what is painted in front of an item."""
    item = block.items[item]
    picture = QImage(item.x, block.height, QImage.Format.Format_RGB32)
    paper = block._rendering.style.color("window")
    picture.fill(paper)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    block.paint(painter, 0, block.height, {})
    painter.end()
    line = range(item.y, min(item.y + item.height, picture.height()))
    inked = [
        (x, y) for y in line for x in range(picture.width()) if picture.pixelColor(x, y) != paper
    ]
    sides = [max(values) - min(values) + 1 for values in zip(*inked, strict=True)]
    strongest = max(contrast(picture.pixelColor(x, y), paper) for x, y in inked)
    return sides, strongest


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("zoom", [100, 200])
def test_bullets_of_all_levels_are_as_large_and_can_be_seen(transcript, theme, mode, zoom):
    theme.configure(mode, zoom)
    (block,) = blocks(transcript, "- one\n  - two\n    - three")

    found = [ink_of_marker(block, level) for level in range(3)]

    widths = [sides[0] for sides, _ in found]
    assert max(widths) - min(widths) <= theme.px(2)
    assert all(strongest >= 3 for _, strongest in found)


def test_boxes_of_tasks_are_as_large_and_differ(transcript, theme):
    theme.configure("light", 100)
    done, open_task = blocks(transcript, "- [x] one\n- [ ] two")

    (done_sides, _), (open_sides, strongest) = (
        ink_of_marker(block, 0) for block in (done, open_task)
    )

    assert done_sides == open_sides
    assert strongest >= 3


def test_a_list_stands_as_far_below_a_heading_as_a_paragraph_does(transcript):
    _, item, following = blocks(transcript, "## Title\n\n- one\n- two")
    below = item.items[0].y
    _, paragraph = blocks(transcript, "## Title\n\none")

    assert below == paragraph.items[0].y
    assert following.items[0].y < below


@pytest.mark.parametrize("width", [300, 760])
@pytest.mark.parametrize("start", ["- ", "1. ", "> ", "> - "])
def test_items_stay_in_view_however_deep_they_are(transcript, start, width):
    transcript.resize(width, 600)

    (block,) = blocks(transcript, start * 40 + "deep words")

    assert "deep words" in block.items[-1].text
    assert all(item.x + item.width <= block.width for item in block.items)
    assert block.items[-1].x >= block._rendering.style.indent
