"""What a search found, as one line without the marks of Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

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
