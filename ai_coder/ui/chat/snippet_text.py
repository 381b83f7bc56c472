"""What a search found, as one line without the marks of Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.search import SearchHit

_BEFORE = 12
"""How many characters still stand before the first word that was found where a snippet is cut."""

_MARKUP = re.compile(r"^ {0,3}(?:#{1,6}|>+|[-*+]|\d{1,9}[.)]) +|\*\*|~~|`+", re.MULTILINE)


def plain_snippet(
    text: str, marks: Sequence[tuple[int, int]]
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return *text* without markup, and *marks* of (start, end) where their words are now."""
    gone = [match.span() for match in _MARKUP.finditer(text)]

    def moved(position: int) -> int:
        return position - sum(min(end, position) - start for start, end in gone if start < position)

    shown = _MARKUP.sub("", text).replace("\n", " ")
    return shown, tuple((moved(start), moved(end)) for start, end in marks)


def found_words(hit: SearchHit) -> list[str]:
    """Return the words that a search found, as they are written there."""
    snippet, marks = plain_snippet(hit.snippet, hit.marks)
    return [snippet[start:end] for start, end in marks]


def from_first_mark(
    text: str, marks: Sequence[tuple[int, int]]
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return *text* from a word shortly before the first of *marks* on, and where they are then.

    Marks are (start, length).
    """
    found = marks[0][0]
    start = found - _BEFORE
    if start <= 0:
        return text, tuple(marks)
    start = text.find(" ", start, found) + 1 or start
    return f"…{text[start:]}", tuple((place - start + 1, length) for place, length in marks)
