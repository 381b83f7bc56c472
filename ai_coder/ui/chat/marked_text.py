"""The colour of characters that are found or selected: plain text can be read on every mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtGui import QTextCharFormat, QTextLayout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_coder.ui.chat.layout_item import Highlight
    from ai_coder.ui.chat.transcript_style import TranscriptStyle


def marked_ranges(
    highlights: Iterable[Highlight], start: int, length: int, style: TranscriptStyle
) -> list[QTextLayout.FormatRange]:
    """Return what a layout of *length* code units that begins at *start* draws in plain text."""
    ranges = []
    for highlight in highlights:
        first = max(0, highlight.start - start)
        last = min(length, highlight.end - start)
        if first < last:
            found = QTextLayout.FormatRange()
            found.start, found.length = first, last - first
            found.format = QTextCharFormat()
            found.format.setForeground(style.color("text"))
            ranges.append(found)
    return ranges
