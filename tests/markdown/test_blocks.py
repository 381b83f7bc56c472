import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_coder.markdown.block import BlockKind
from ai_coder.markdown.blocks import BlockSplitter, split
from ai_coder.markdown.parser import MarkdownParser
from tests.markdown.rendering import block_by_block, split_in_chunks, whole

EXAMPLES = json.loads(Path(__file__).with_name("commonmark.json").read_text("utf-8"))
PARSER = MarkdownParser()
LINES = [
    *("", "  ", "a", "    a", "  a", "\ta", "foo bar", "**b** `c`", "> ", "> a", ">a", "> > a"),
    *("> ```", "> - a", "- ", "-", "- a", "-\ta", "  - a", "    - a", "* a", "+ a", "1. a"),
    *("1) a", "14. a", "2. a", "   1. a", "- - a", "- ```", "  ```", "```", "```py", "~~~", "````"),
    *("# a", "## b", "#", "===", "---", "***", "- - -", "| a | b |", "|---|---|", "a | b", "--|--"),
    *(
        "\u3000",
        "\xa0",
        "\f",
        "|",
        "<div>",
        "<a>",
        "</pre>",
        "<pre>",
        "<!-- a",
        "-->",
        "<?x",
        "[f]: /u",
        "[f]",
        "[f]: <",
    ),
    *(
        "$$",
        "\\[",
        "\\]",
        "x $$",
        "  $$ ",
        "> $$",
        "- $$",
        "    $$",
        "> \\[",
        "$$ a",
        "\\( a*b*c \\)",
    ),
    *("10000. a", "-     a", "- # a", "> # a", "- > a", "  > a", "1986\\. a", "`a", "[x] a"),
]
DOCUMENTS = st.lists(st.sampled_from(LINES), max_size=9).map(
    lambda lines: "\n".join([*lines, "z\n"])
)


def test_all_examples_of_the_specification_are_there():
    assert len(EXAMPLES) == 652


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["example"]))
def test_blocks_give_what_the_whole_specification_example_gives(example, parser):
    text = example["markdown"]

    assert block_by_block(split(text, parser), parser) == whole(text, parser)


@pytest.mark.parametrize("blank", ["\u3000", "\xa0", "\f"])
def test_a_row_of_nothing_but_strange_spaces_ends_a_table(blank):
    text = f"| a | b |\n|---|---|\n| 1 | 2 |\n{blank}\nz\n"

    assert block_by_block(split(text, PARSER), PARSER) == whole(text, PARSER)


def test_a_formula_between_item_and_code_goes_on_with_the_item():
    text = "10000. a\n    $$\n10000. b\nz\n"

    assert block_by_block(split(text, PARSER), PARSER) == whole(text, PARSER)


@settings(max_examples=400, deadline=None)
@given(DOCUMENTS)
def test_blocks_give_what_the_whole_text_gives(text):
    assert block_by_block(split(text, PARSER), PARSER) == whole(text, PARSER)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, st.lists(st.integers(1, 9), max_size=40))
def test_blocks_do_not_depend_on_the_portions_they_arrive_in(text, sizes):
    assert split_in_chunks(text, sizes, PARSER) == split(text, PARSER)


@pytest.mark.parametrize("example", EXAMPLES[::7], ids=lambda example: str(example["example"]))
def test_examples_streamed_by_character_give_the_same_blocks(example, parser):
    text = example["markdown"].replace("\n", "\r\n")

    assert split_in_chunks(text, [1] * len(text), parser) == split(example["markdown"], parser)


def test_unclosed_fence_is_code_at_once(parser):
    splitter = BlockSplitter(parser)

    splitter.feed("Look:\n\n```python\nx = 1\ny")

    block = splitter.open_block()
    assert (block.kind, block.language, block.lines) == (BlockKind.CODE, "python", ("x = 1", "y"))


def test_closing_fence_does_not_flash_as_code(parser):
    splitter = BlockSplitter(parser)

    splitter.feed("```\nx\n``")

    assert splitter.open_block().lines == ("x",)


def test_each_list_item_is_a_block_with_its_number(parser):
    blocks = split("3. a\n3. b\n\n   more\n9. c\n\nend", parser)

    assert [block.number for block in blocks] == [3, 4, 5, None]
    assert [block.is_tight for block in blocks] == [False, True, True, False]


def test_table_grows_by_rows(parser):
    splitter = BlockSplitter(parser)

    finished = splitter.feed("Text\n| a | b |\n|---|---|\n| 1 |")

    assert [block.lines for block in finished] == [("Text",)]
    assert splitter.open_block().kind is BlockKind.TABLE
    assert splitter.open_block().lines[-1] == "| 1 |"


def test_indented_code_keeps_its_empty_lines(parser):
    blocks = split("    a\n\n    b\n\nend", parser)

    assert blocks[0].kind is BlockKind.CODE
    assert blocks[0].lines == ("a", "", "b")


def test_a_displayed_formula_is_one_block_until_its_closing_line(parser):
    blocks = split("Text\n$$\nx\n- y\n$$\nmore\n\\[\n# z\n\\].\nend", parser)

    assert [block.lines for block in blocks] == [
        ("Text",),
        ("$$", "x", "- y", "$$"),
        ("more",),
        ("\\[", "# z", "\\]."),
        ("end",),
    ]


def test_a_formula_without_an_end_lasts_until_an_empty_line(parser):
    blocks = split("$$\nx\n\n- y\n", parser)

    assert [block.lines for block in blocks] == [("$$", "x"), ("- y",)]


def test_a_formula_grows_as_it_is_written(parser):
    splitter = BlockSplitter(parser)

    splitter.feed("$$\na\n- b\n= ")

    assert splitter.open_block().lines == ("$$", "a", "- b", "= ")
    assert splitter.feed("c\n$$\n")[0].lines == ("$$", "a", "- b", "= c", "$$")
