"""A block of code: header with buttons, lines laid out when seen, sideways scrolling."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen

from ai_coder.markdown.utf16 import utf16_length
from ai_coder.ui.chat.code_colors import CodeColors
from ai_coder.ui.chat.code_header import header_buttons, paint_header, scroll_bar
from ai_coder.ui.chat.code_layout import (
    SEGMENT,
    code_rows,
    code_width,
    lay_out_segment,
    segment_text,
)
from ai_coder.ui.chat.layout_item import LayoutItem, Marks, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PyQt6.QtGui import QTextLayout

    from ai_coder.ui.chat.code_lexers import CodeLexers
    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_KEPT_LAYOUTS = 500


class CodeItem(LayoutItem):
    """Lines of code in a box. Lines are only ever added, so adding costs what is new."""

    def __init__(
        self, lines: Sequence[str], language: str, style: TranscriptStyle, lexers: CodeLexers
    ) -> None:
        self.language = language
        self.is_wrapped = style.theme.wraps_code
        self.scroll_x = 0
        self._lines = list(lines)
        self._style = style
        self._colors = CodeColors(language, lexers)
        self._layouts: dict[tuple[int, int], QTextLayout] = {}
        self._widest = 0.0
        self._measured_lines = 0
        self._row_tops: list[int] = []
        self._offsets: list[int] = []
        self.header_height = style.px(32)
        self.padding = style.px(10)
        self.inset = style.px(14)

    @property
    def text(self) -> str:
        """The code."""
        return "\n".join(self._lines)

    @property
    def is_catching_up(self) -> bool:
        """Whether lines were painted plain because those above them are not lexed yet."""
        return self._colors.is_catching_up

    def set_lines(self, lines: Sequence[str]) -> int:
        """Show *lines*, which begin with what was there; the last old one may have grown.

        Returns the height from which on the block looks different.
        """
        kept = max(0, len(self._lines) - 1)
        self._lines[kept:] = lines[kept:]
        unchanged = 0 if self.is_wrapped else self._line_top(kept)
        self._forget_from(kept)
        return unchanged

    def _forget_from(self, line: int) -> None:
        for key in [key for key in self._layouts if key[0] >= line]:
            if key[0] > line or not self._is_full_segment(key):
                del self._layouts[key]
        self._colors.forget_from(line)
        self._measured_lines = min(self._measured_lines, line)
        del self._row_tops[line + 1 :]
        self._offsets = []
        self.width = 0

    def _is_full_segment(self, key: tuple[int, int]) -> bool:
        line, segment = key
        return line < len(self._lines) and len(self._lines[line]) >= (segment + 1) * SEGMENT

    def lay_out(self, width: int) -> int:
        """Return the height; lines themselves are laid out when they are painted."""
        if width == self.width:
            return self.height
        inner = width - 2 * self.inset
        if width != self.width and self.is_wrapped and self.width:
            self._layouts.clear()
            self._row_tops = []
        self.width = width
        if self.is_wrapped:
            self._measure_rows(inner)
            rows = self._row_tops[len(self._lines)]
        else:
            for line in self._lines[self._measured_lines :]:
                self._widest = max(self._widest, code_width(line, self._style))
            self._measured_lines = len(self._lines)
            rows = len(self._lines)
        self.scroll_x = max(0, min(self.scroll_x, self._scroll_range()))
        lines_height = max(1, rows) * self._style.code_line_height
        self.height = self.header_height + 2 * self.padding + lines_height
        return self.height

    def _measure_rows(self, inner: int) -> None:
        tops = self._row_tops or [0]
        for line in self._lines[len(tops) - 1 :]:
            tops.append(tops[-1] + code_rows(line, self._style, inner))
        self._row_tops = tops

    def _scroll_range(self) -> int:
        if self.is_wrapped:
            return 0
        return max(0, round(self._widest) + 2 * self.inset - self.width)

    def scroll_by(self, pixels: int) -> bool:
        """Scroll long lines sideways."""
        wanted = max(0, min(self.scroll_x + pixels, self._scroll_range()))
        moved = wanted != self.scroll_x
        self.scroll_x = wanted
        return moved

    def toggle_wrap(self) -> None:
        """Break long lines, or scroll them again."""
        self.is_wrapped = not self.is_wrapped
        self.scroll_x = 0
        self.drop_layouts()

    def drop_layouts(self) -> None:
        """Forget the layouts, for example because colours for the language arrived."""
        self._layouts.clear()
        self._row_tops = []
        self._colors.forget_from(0)
        self.width = 0

    def recolor(self) -> None:
        """Lay out the lines again, now that colours for the language are here."""
        width = self.width
        self.drop_layouts()
        if width:
            self.lay_out(width)

    def _layout(self, line: int, segment: int) -> QTextLayout:
        key = (line, segment)
        layout = self._layouts.get(key)
        if layout is None:
            if len(self._layouts) >= _KEPT_LAYOUTS:
                self._layouts.clear()
            text, start = segment_text(self._lines[line], segment)
            wrap = self.width - 2 * self.inset if self.is_wrapped else None
            runs = self._colors.runs(self._lines, line)
            layout, _height = lay_out_segment(text, start, runs or (), self._style, wrap)
            if runs is not None:
                self._layouts[key] = layout
        return layout

    # -- painting --

    def paint(self, painter: QPainter, top: float, bottom: float, marks: Marks) -> None:
        """Paint the box and the visible lines."""
        style = self._style
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.color("line"), 1))
        painter.setBrush(style.color("code"))
        box = QRectF(0.5, 0.5, self.width - 1, self.height - 1)
        painter.drawRoundedRect(box, style.radius, style.radius)
        if top < self.header_height:
            self._paint_header(painter, marks)
        first, last = self._visible_lines(top, bottom)
        self._colors.begin_frame()
        painter.save()
        painter.setClipRect(
            QRectF(1, max(top, self.header_height), self.width - 2, bottom - top),
            Qt.ClipOperation.IntersectClip,
        )
        self._paint_highlights(painter, first, last, marks)
        painter.setPen(style.color("text"))
        for line in range(first, last):
            self._paint_line(painter, line)
        painter.restore()
        bar = self._scroll_bar()
        if bar is not None and bottom >= bar.top():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.color("line"))
            painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)

    def _paint_header(self, painter: QPainter, marks: Marks) -> None:
        hot = marks.hovered.value if marks.hovered is not None else ""
        on = "code:wrap" if self.is_wrapped else ""
        paint_header(painter, self._style, (self.width, self.header_height), self.language, hot, on)

    def _buttons(self) -> list[tuple[str, str, QRectF]]:
        return header_buttons(self._style, self.width, self.header_height)

    def _lines_top(self) -> int:
        return self.header_height + self.padding

    def _line_top(self, line: int) -> int:
        row = self._row_tops[line] if self.is_wrapped else line
        return self._lines_top() + row * self._style.code_line_height

    def _line_at(self, y: float) -> int:
        row = int((y - self._lines_top()) // self._style.code_line_height)
        if self.is_wrapped:
            row = bisect_right(self._row_tops, row) - 1
        return max(0, min(row, len(self._lines) - 1))

    def _visible_lines(self, top: float, bottom: float) -> tuple[int, int]:
        if not self._lines:
            return 0, 0
        return self._line_at(top), self._line_at(bottom) + 1

    def _visible_segments(self, line: int) -> range:
        count = max(1, -(-len(self._lines[line]) // SEGMENT))
        if self.is_wrapped or count == 1:
            return range(count)
        width = SEGMENT * self._style.code_advance
        first = int(self.scroll_x / width)
        return range(min(first, count - 1), min(count, int(first + self.width / width) + 2))

    def _segment_left(self, line: int, segment: int) -> int:
        left = self.inset - self.scroll_x
        if segment and not self.is_wrapped:
            left += round(code_width(self._lines[line][: segment * SEGMENT], self._style))
        return left

    def _paint_line(self, painter: QPainter, line: int) -> None:
        y = float(self._line_top(line))
        for segment in self._visible_segments(line):
            layout = self._layout(line, segment)
            layout.draw(painter, QPointF(self._segment_left(line, segment), y))
            if self.is_wrapped:
                y += layout.lineCount() * self._style.code_line_height

    def _paint_highlights(self, painter: QPainter, first: int, last: int, marks: Marks) -> None:
        for highlight in marks.highlights:
            color = self._style.color(highlight.role)
            for line in range(first, last):
                start = highlight.start - self._offset_of(line)
                end = highlight.end - self._offset_of(line)
                length = utf16_length(self._lines[line])
                if start <= length and end > 0:
                    for rect in self._range_rects(line, max(0, start), min(end, length + 1)):
                        painter.fillRect(rect, color)

    def _range_rects(self, line: int, start: int, end: int) -> list[QRectF]:
        """Return one rectangle per row of *line* that a range touches; the end may lie behind."""
        rects = []
        y = float(self._line_top(line))
        height = self._style.code_line_height
        for segment in self._visible_segments(line):
            layout = self._layout(line, segment)
            base = utf16_length(self._lines[line][: segment * SEGMENT])
            shift = self._segment_left(line, segment)
            for index in range(layout.lineCount()):
                row = layout.lineAt(index)
                row_start, row_end = base + row.textStart(), base + row.textStart()
                row_end += row.textLength()
                if (start <= row_end and end > row_start) or start == end == row_start:
                    left = row.cursorToX(max(start, row_start) - base)[0]
                    right = row.cursorToX(min(end, row_end) - base)[0]
                    if end > row_end:
                        right += self._style.code_advance / 2
                    rects.append(QRectF(shift + left, y, max(right - left, 1.0), height))
                if self.is_wrapped:
                    y += height
        return rects

    def drag_scroll_bar(self, pixels: float) -> None:
        """Scroll as far as the bar was moved."""
        bar = self._scroll_bar()
        if bar is not None:
            track = self.width - 2 * self._style.px(6) - bar.width()
            self.scroll_by(round(pixels * self._scroll_range() / max(1.0, track)))

    def _scroll_bar(self) -> QRectF | None:
        return scroll_bar(
            self._style, (self.width, self.height), self.scroll_x, self._scroll_range()
        )

    # -- positions --

    def _offset_of(self, line: int) -> int:
        if not self._offsets:
            lengths = (utf16_length(text) + 1 for text in self._lines)
            self._offsets = [0, *accumulate(lengths)]
        return self._offsets[line]

    def offset_at(self, point: QPointF) -> int:
        """Return the position of the character boundary nearest to *point*."""
        if not self._lines or point.y() < self._lines_top():
            return 0
        line = self._line_at(point.y())
        y = float(self._line_top(line))
        base = self._offset_of(line)
        for segment in self._visible_segments(line):
            layout = self._layout(line, segment)
            start = utf16_length(self._lines[line][: segment * SEGMENT])
            x = point.x() - self._segment_left(line, segment)
            if self.is_wrapped:
                height = layout.lineCount() * self._style.code_line_height
                if point.y() < y + height:
                    row = int((point.y() - y) // self._style.code_line_height)
                    return base + start + int(layout.lineAt(max(0, row)).xToCursor(x))
                y += height
            else:
                x -= round(code_width(self._lines[line][: segment * SEGMENT], self._style))
                if x <= SEGMENT * self._style.code_advance or segment + 1 >= len(self._lines[line]):
                    return base + start + int(layout.lineAt(0).xToCursor(x))
        return base + utf16_length(self._lines[line])

    def rect_of(self, start: int, end: int) -> QRectF:
        """Return where a range begins."""
        if not self._lines:
            return super().rect_of(start, end)
        self._offset_of(0)
        line = max(0, min(bisect_right(self._offsets, start) - 1, len(self._lines) - 1))
        inside = start - self._offsets[line]
        for rect in self._range_rects(line, inside, max(inside + 1, end - self._offsets[line])):
            return rect
        return QRectF(0, self._line_top(line), self.width, self._style.code_line_height)

    def target_at(self, point: QPointF) -> Target | None:
        """Return the button of the header, or the scroll bar, at *point*."""
        if point.y() < self.header_height:
            for action, _label, rect in self._buttons():
                if rect.contains(point):
                    return Target("code", action, rect)
        bar = self._scroll_bar()
        if bar is not None and point.y() >= bar.top() - self._style.px(4):
            return Target("scroll", "code:scroll", bar)
        return None
