"""Code within a sentence: its paper has room of its own and touches no word beside it."""

from __future__ import annotations

import pytest

from ai_coder.markdown.inline import RichText, Span, Style
from ai_coder.ui.chat.text_block import TextItem
from ai_coder.ui.chat.transcript_style import TranscriptStyle


def laid_out(theme, text, code, width=700):
    """Lay *text* out, of which *code* is code, and another of plain characters in its font."""
    start = text.index(code)
    span = Span(start, len(code), Style.CODE)
    item = TextItem(RichText(text, (span,)), TranscriptStyle(theme))
    item.lay_out(width)
    return item, start, start + len(code)


@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_the_paper_is_wider_than_the_characters_on_both_sides(theme, zoom):
    theme.configure("light", zoom)
    item, start, end = laid_out(theme, "raises struct.error for a file", "struct.error")
    code = item.rect_of(start, end)
    alone, first, last = laid_out(theme, "struct.error", "struct.error")
    characters = alone.rect_of(first, last - 1).width()

    before = item.rect_of(start - 1, start)

    assert code.width() >= characters + theme.px(4)
    plain = laid_out(theme, "raises struct.error for a file", "for")[0]
    assert before.width() >= plain.rect_of(6, 7).width() + theme.px(3)


@pytest.mark.parametrize("text", ["\u0628`x`", "a\U0001f600`x` b", "`\U0001f600`", "``"])
def test_letters_that_join_and_pairs_of_units_stay_whole(theme, text):
    code = text.split("`")[1] or "x"
    shown = text.replace("`", "") or "x"

    item, start, _ = laid_out(theme, shown, code)

    assert item.height > 0
    assert item.offset_at(item.rect_of(start, start + 1).center()) >= 0
