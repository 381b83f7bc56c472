"""The lines of a block of code: where each stands, laid out when it is seen."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF

from ai_coder.markdown.utf16 import utf16_length
from ai_coder.ui.chat.code_colors import CodeColors
from ai_coder.ui.chat.code_layout import (
    SEGMENT,
    code_rows,
    code_width,
    lay_out_segment,
    segment_text,
)
from ai_coder.ui.chat.marked_text import marked_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PyQt6.QtGui import QPainter, QTextLayout

    from ai_coder.ui.chat.code_lexers import CodeLexers
    from ai_coder.ui.chat.layout_item import Highlight
    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_KEPT_LAYOUTS = 500


class CodeLines:
    """Lines are only ever added, so adding costs what is new.

    Coordinates begin at the first character; a line takes one row, or several when long lines
    are wrapped at `wrap_width`.
    """

    def __init__(
        self, lines: Sequence[str], language: str, style: TranscriptStyle, lexers: CodeLexers
    ) -> None:
        self.wrap_width: int | None = None
        self.colors = CodeColors(language, lexers)
        self._lines = list(lines)
        self._style = style
        self._layouts: dict[tuple[int, int], QTextLayout] = {}
        self._widest = 0.0
        self._measured = 0
        self._row_tops = [0]
        self._offsets: list[int] = []

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def text(self) -> str:
        """The code."""
        return "\n".join(self._lines)

    def set_lines(self, lines: Sequence[str]) -> int:
        """Show *lines*, which begin with what was there; return the first that may differ.

        The last old one may have grown.
        """
        kept = max(0, len(self._lines) - 1)
        self._lines[kept:] = lines[kept:]
        for key in [key for key in self._layouts if key[0] >= kept]:
            if key[0] > kept or not self._is_full_segment(key):
                del self._layouts[key]
        self.colors.forget_from(kept)
        self._measured = min(self._measured, kept)
        del self._row_tops[kept + 1 :]
        self._offsets = []
        return kept

    def _is_full_segment(self, key: tuple[int, int]) -> bool:
        line, segment = key
        return line < len(self._lines) and len(self._lines[line]) >= (segment + 1) * SEGMENT

    def wrap(self, width: int | None) -> None:
        """Break lines at *width*, or not at all."""
        if width != self.wrap_width:
            self.wrap_width = width
            self._layouts.clear()
            self._row_tops = [0]

    def forget_layouts(self) -> None:
        """Lay out anew, because colours for the language arrived."""
        self._layouts.clear()
        self.colors.forget_from(0)

    # -- places --

    @property
    def widest(self) -> int:
        """The width of the longest line."""
        for line in self._lines[self._measured :]:
            self._widest = max(self._widest, code_width(line, self._style))
        self._measured = len(self._lines)
        return round(self._widest)

    @property
    def height(self) -> int:
        """The height of all rows, of one at least."""
        return max(1, self._row(len(self._lines))) * self._style.code_line_height

    def top(self, line: int) -> int:
        """Return where a line begins."""
        return self._row(line) * self._style.code_line_height

    def at(self, y: float) -> int:
        """Return the line nearest to *y*."""
        row = int(y // self._style.code_line_height)
        if self.wrap_width is not None:
            self._row(len(self._lines))
            row = bisect_right(self._row_tops, row) - 1
        return max(0, min(row, len(self._lines) - 1))

    def _row(self, line: int) -> int:
        """Return which row a line begins with."""
        if self.wrap_width is None:
            return line
        for text in self._lines[len(self._row_tops) - 1 : line]:
            rows = code_rows(text, self._style, self.wrap_width)
            self._row_tops.append(self._row_tops[-1] + rows)
        return self._row_tops[line]

    def between(self, top: float, bottom: float) -> range:
        """Return the lines that reach into a part."""
        return range(self.at(top), self.at(bottom) + 1) if self._lines else range(0)

    # -- segments: very long lines are laid out in parts --

    def _segments(self, line: int, left: float, right: float) -> range:
        """Return the segments of a line between two edges."""
        count = max(1, -(-len(self._lines[line]) // SEGMENT))
        if self.wrap_width is not None or count == 1:
            return range(count)
        width = SEGMENT * self._style.code_advance
        first = max(0, min(int(left / width), count - 1))
        return range(first, min(count, int(right / width) + 2))

    def _segment_left(self, line: int, segment: int) -> int:
        if segment and self.wrap_width is None:
            return round(code_width(self._lines[line][: segment * SEGMENT], self._style))
        return 0

    def _layout(self, line: int, segment: int) -> QTextLayout:
        key = (line, segment)
        layout = self._layouts.get(key)
        if layout is None:
            if len(self._layouts) >= _KEPT_LAYOUTS:
                self._layouts.clear()
            text, start = segment_text(self._lines[line], segment)
            runs = self.colors.runs(self._lines, line)
            layout, _height = lay_out_segment(text, start, runs or (), self._style, self.wrap_width)
            if runs is not None:
                self._layouts[key] = layout
        return layout

    def _placed(
        self, line: int, left: float, right: float
    ) -> Iterator[tuple[QTextLayout, int, QPointF]]:
        """Yield layout, first code unit and corner of each segment between two edges."""
        y = float(self.top(line))
        for segment in self._segments(line, left, right):
            layout = self._layout(line, segment)
            start = utf16_length(self._lines[line][: segment * SEGMENT])
            yield layout, start, QPointF(self._segment_left(line, segment), y)
            if self.wrap_width is not None:
                y += layout.lineCount() * self._style.code_line_height

    def draw(
        self,
        painter: QPainter,
        line: int,
        edges: tuple[float, float],
        highlights: Sequence[Highlight] = (),
    ) -> None:
        """Draw a line between two edges, without colours where a highlight lies below it."""
        base = self.offset_of(line) if highlights else 0
        for layout, start, corner in self._placed(line, *edges):
            length = utf16_length(layout.text()) if highlights else 0
            marked = marked_ranges(highlights, base + start, length, self._style)
            layout.draw(painter, corner, marked)

    # -- positions --

    def offset_of(self, line: int) -> int:
        """Return the code units before a line."""
        if not self._offsets:
            lengths = (utf16_length(text) + 1 for text in self._lines)
            self._offsets = [0, *accumulate(lengths)]
        return self._offsets[line]

    def offset_at(self, point: QPointF) -> int:
        """Return the position of the character boundary nearest to *point*."""
        line = self.at(point.y())
        base = self.offset_of(line)
        step = self._style.code_line_height
        for layout, start, corner in self._placed(line, point.x(), point.x()):
            inside = point - corner
            if self.wrap_width is None:
                if inside.x() <= SEGMENT * self._style.code_advance:
                    return base + start + int(layout.lineAt(0).xToCursor(inside.x()))
            elif inside.y() < layout.lineCount() * step:
                row = layout.lineAt(max(0, int(inside.y() // step)))
                return base + start + int(row.xToCursor(inside.x()))
        return base + utf16_length(self._lines[line])

    def line_of(self, offset: int) -> int:
        """Return the line that a position is in."""
        self.offset_of(0)
        return max(0, min(bisect_right(self._offsets, offset) - 1, len(self._lines) - 1))

    def first_rect(self, start: int, end: int) -> QRectF:
        """Return where a range begins."""
        line = self.line_of(start)
        x = (start - self.offset_of(line)) * self._style.code_advance
        for rect in self.rects(line, start, max(start + 1, end), (x, x)):
            return rect
        return QRectF(x, self.top(line), 1, self._style.code_line_height)

    def rects(
        self, line: int, start: int, end: int, edges: tuple[float, float]
    ) -> Iterator[QRectF]:
        """Yield a rectangle for each row of *line*, between two edges, that a range touches.

        Positions are those of the whole code; the line end counts as half a character.
        """
        base = self.offset_of(line)
        length = utf16_length(self._lines[line])
        if start - base > length or end <= base:
            return
        start, end = max(0, start - base), min(end - base, length + 1)
        height = self._style.code_line_height
        for layout, first, corner in self._placed(line, *edges):
            for index in range(layout.lineCount()):
                row = layout.lineAt(index)
                row_start = first + row.textStart()
                row_end = row_start + row.textLength()
                if (start <= row_end and end > row_start) or start == end == row_start:
                    left = row.cursorToX(max(start, row_start) - first)[0]
                    right = row.cursorToX(min(end, row_end) - first)[0]
                    if end > row_end:
                        right += self._style.code_advance / 2
                    y = corner.y() + index * height
                    yield QRectF(corner.x() + left, y, max(right - left, 1.0), height)
