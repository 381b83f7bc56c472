from __future__ import annotations

import pytest

from ai_coder.ui.chat.snippet_text import from_first_mark, plain_snippet


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# Reading a **header**\n\nA `GGUF` file", "Reading a header  A GGUF file"),
        ("- one\n- two\n> said\n1. first", "one two said first"),
        ("… a * b and __init__ #3 stay", "… a * b and __init__ #3 stay"),
        ("", ""),
    ],
)
def test_the_marks_of_markdown_are_left_out(text, shown):
    assert plain_snippet(text, ())[0] == shown


def test_found_words_are_marked_where_they_are_now():
    text = "## The **header** of a `header`"
    words = [text.index("header"), text.rindex("header")]

    shown, marks = plain_snippet(text, [(start, start + 6) for start in words])

    assert [shown[start:end] for start, end in marks] == ["header", "header"]


def test_a_mark_that_holds_markup_ends_with_its_word():
    shown, marks = plain_snippet("a **b** c", [(2, 7)])

    assert [shown[start:end] for start, end in marks] == ["b"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The quick brown fox jumps over the lazy dog", "…over the lazy dog"),
        ("A lazy dog", "A lazy dog"),
        ("https://example.org/a/lazy", "…ample.org/a/lazy"),
        ("lazy", "lazy"),
    ],
)
def test_a_long_snippet_begins_with_a_word_shortly_before_what_was_found(text, shown):
    mark = (text.index("lazy"), 4)

    cut, marks = from_first_mark(text, [mark, mark])

    assert cut == shown
    assert [cut[start : start + length] for start, length in marks] == ["lazy", "lazy"]
