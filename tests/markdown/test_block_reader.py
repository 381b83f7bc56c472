"""Reading the inside of long items and quotes bit by bit gives what the whole gives."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_coder.markdown.block_reader import BlockReader
from ai_coder.markdown.blocks import BlockSplitter, split
from ai_coder.markdown.parser import MarkdownParser
from ai_coder.markdown.pieces import TextPiece, pieces_of
from tests.markdown.test_blocks import EXAMPLES, LINES

PARSER = MarkdownParser()
FILLERS = {
    "- x": ("  ", "  - y\n" * 60),
    "1. x": ("   ", "\n   y\n" * 30),
    "7) x": ("   ", "   2. y\n" * 60),
    "> x": ("> ", ">\n> y\n" * 30),
    "> - x": (">   ", ">   - y\n" * 60),
    "- > x": ("  > ", "  > - y\n" * 60),
}
SIMPLE_LINES = [line for line in LINES if line not in ("`a", "x $$", "$$ a")]
"""In code and formulas of several lines, the parser keeps spaces at the start of lazy ones."""

DOCUMENTS = st.lists(st.sampled_from(SIMPLE_LINES), max_size=8).map("\n".join)


def long_text(start, text):
    """*text* inside an item or quote that is so long that its inside is split."""
    lead, filler = FILLERS[start]
    return f"{start}\n{filler}" + "".join(f"{lead}{line}\n" for line in text.split("\n"))


def whole(block):
    return _without_gaps(pieces_of(block, PARSER, {"references": {}}))


def read(block, reader=None):
    return (reader or BlockReader(PARSER)).read(block, {"references": {}})


def _without_gaps(pieces):
    return [replace(piece, place=replace(piece.place, is_tight=False)) for piece in pieces]


@pytest.mark.parametrize("start", FILLERS)
@pytest.mark.parametrize("example", EXAMPLES[::5], ids=lambda example: str(example["example"]))
def test_specification_examples_inside_long_blocks(start, example):
    for block in split(long_text(start, example["markdown"]), PARSER):
        assert _without_gaps(read(block)) == whole(block)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(FILLERS)), DOCUMENTS)
def test_the_inside_of_long_blocks_gives_what_the_whole_gives(start, text):
    for block in split(long_text(start, text), PARSER):
        assert _without_gaps(read(block)) == whole(block)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(FILLERS)), DOCUMENTS, st.integers(1, 9))
def test_a_growing_block_is_read_as_if_it_came_whole(start, text, size):
    text = long_text(start, text) + "\nnext\n"
    splitter, reader = BlockSplitter(PARSER), BlockReader(PARSER)
    beginning = len(text) * 2 // 3
    splitter.feed(text[:beginning])
    for position in range(beginning, len(text), size):
        splitter.feed(text[position : position + size])
        block = splitter.open_block()
        if block is not None:
            assert read(block, reader) == read(block)


@pytest.mark.parametrize("last", ["3. z", "# z", "- z", "z", "```"])
def test_the_line_below_a_long_item_is_read_beside_it(last):
    splitter = BlockSplitter(PARSER)
    splitter.feed("1. a\n2. x\n" + "   - y\n" * 60 + "\n" + last)
    block = splitter.open_block()

    *inside, beside = read(block)

    assert inside == read(replace(block, lines=block.lines[:-1]))
    assert beside.place.path == ("L" if last[0] in "3-" else "")
    assert _without_gaps([*inside, beside]) == whole(block)


def test_what_is_finished_inside_a_long_block_is_read_once():
    reader = BlockReader(PARSER)
    (block,) = split("- x\n" + "  - y **z**\n" * 100, PARSER)
    before = read(block, reader)

    after = read(replace(block, lines=(*block.lines, "  - more")), reader)

    assert all(old is new for old, new in zip(before[1:-2], after[1:-3], strict=True))


def test_links_defined_inside_a_long_item_are_found():
    text = "- [a]\n" + "  - y\n" * 60 + "  - [a]\n\n    [a]: /u\n"
    (block,) = split(text, PARSER)

    linked = [p for p in read(block) if isinstance(p, TextPiece) and p.content.spans]

    assert [piece.content.spans[0].href for piece in linked] == ["/u", "/u"]


def test_tasks_and_numbers_of_long_items_are_kept():
    text = "4. a\n4. [x] done\n" + "   1. [ ] y\n" * 60
    block = split(text, PARSER)[1]

    markers = [piece.place.marker for piece in read(block)]

    assert markers == ["\u2611"] + ["\u2610"] * 60
    assert not any(re.search(r"\[[ x]\]", piece.content.text) for piece in read(block))


def test_nested_items_stand_close_unless_an_empty_line_divides_them():
    (block,) = split("- x\n" + "  - y\n" * 60 + "\n  - z\n    w\n\n    v\n", PARSER)

    tight = [piece.place.is_tight for piece in read(block)]

    assert tight == [False] + [True] * 60 + [False, False]
