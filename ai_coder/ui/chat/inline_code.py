"""Room for the paper behind inline code, which is painted apart from its characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtGui import QFont, QTextCharFormat, QTextLayout

from ai_coder.markdown.utf16 import utf16_slice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PyQt6.QtCore import QRectF

    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_ROOM = 4
"""Design pixels before and behind the characters."""

_OUTSIDE = 3
"""Pixels that paper may reach out of its column."""


def room_ranges(
    text: str, first: int, last: int, style: TranscriptStyle
) -> Iterator[QTextLayout.FormatRange]:
    """Yield what spreads the characters before *first* and before *last*, in code units.

    Letters that join, or are more than one code unit, are left as they are.
    """
    for unit in (first - 1, last - 1):
        if unit >= 0 and has_room_after(text, unit):
            found = QTextLayout.FormatRange()
            found.start, found.length = unit, 1
            found.format = QTextCharFormat()
            found.format.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
            found.format.setFontLetterSpacing(style.px(_ROOM))
            yield found


def has_room_after(text: str, unit: int) -> bool:
    """Whether the character at a code unit is spread."""
    return utf16_slice(text, unit, unit + 1).isascii()


def paper(rects: list[QRectF], inset: float, style: TranscriptStyle, *, is_spread: bool) -> None:
    """Grow the rectangles of one span, a line each, to the paper behind them."""
    for number, rect in enumerate(rects):
        is_last = number == len(rects) - 1
        rect.setLeft(max(rect.left() - style.px(_ROOM), -_OUTSIDE))
        rect.setRight(rect.right() + (0 if is_last and is_spread else _OUTSIDE))
        rect.adjust(0, inset, 0, -inset)
