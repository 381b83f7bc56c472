"""One line of code, cut into segments when it is very long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QTextLayout

from ai_coder.markdown.utf16 import utf16_length

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.markdown.highlight import Run
    from ai_coder.ui.chat.transcript_style import TranscriptStyle

SEGMENT = 1000
"""Characters of a code line that are laid out together."""

_BREAKS = str.maketrans({"\u2028": "\u21b5", "\u2029": "\u00b6"})
"""Signs for characters that Qt would end the line at, which is none in the code."""


def lay_out_segment(
    text: str,
    start: int,
    runs: Sequence[Run],
    style: TranscriptStyle,
    wrap_width: int | None = None,
) -> tuple[QTextLayout, int]:
    """Lay out *text*, which stands at *start* of its line, and return it with its height.

    *runs* are positions in the line, in code units.
    """
    layout = QTextLayout(text.translate(_BREAKS), style.code_font)
    layout.setCacheEnabled(True)
    layout.setTextOption(style.no_wrapping if wrap_width is None else style.code_wrapping)
    if runs:
        layout.setFormats(_formats(runs, start, utf16_length(text), style))
    y = 0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(1e6 if wrap_width is None else wrap_width)
        line.setPosition(QPointF(0, y + (style.code_line_height - line.height()) / 2))
        y += style.code_line_height
    layout.endLayout()
    return layout, max(y, style.code_line_height)


def code_width(text: str, style: TranscriptStyle) -> float:
    """Return the width of a line of code, estimated unless it is plain ASCII without tabs."""
    if text.isascii():
        extra = 0
        if "\t" in text:
            extra = len(text.expandtabs(4)) - len(text)
        return (len(text) + extra) * style.code_advance
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text) * style.code_advance


def code_rows(text: str, style: TranscriptStyle, width: int) -> int:
    """Return how many rows a wrapped line takes."""
    columns = max(1, int(width / style.code_advance))
    if text.isascii() and "\t" not in text and len(text) <= SEGMENT:
        return max(1, -(-len(text) // columns))
    rows = 0
    for start in range(0, max(1, len(text)), SEGMENT):
        part = text[start : start + SEGMENT]
        if part.isascii() and "\t" not in part:
            rows += max(1, -(-len(part) // columns))
        else:
            rows += lay_out_segment(part, 0, (), style, width)[1] // style.code_line_height
    return rows


def segment_text(text: str, index: int) -> tuple[str, int]:
    """Return segment *index* of a line and where it begins, in code units."""
    start = index * SEGMENT
    return text[start : start + SEGMENT], utf16_length(text[:start])


def _formats(
    runs: Sequence[Run], start: int, length: int, style: TranscriptStyle
) -> list[QTextLayout.FormatRange]:
    formats = []
    for run_start, run_length, role in runs:
        first = max(0, run_start - start)
        last = min(length, run_start + run_length - start)
        if first < last:
            found = QTextLayout.FormatRange()
            found.start, found.length = first, last - first
            found.format = style.code_format(role)
            formats.append(found)
    return formats
