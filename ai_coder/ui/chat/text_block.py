"""A paragraph or heading, painted from text layouts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QTextLayout, QTextLine

from ai_coder.markdown.direction import is_right_to_left
from ai_coder.markdown.inline import LINE_BREAK, RichText, Span, Style
from ai_coder.markdown.utf16 import utf16_index, utf16_length
from ai_coder.ui.chat.inline_code import has_room_after, paper, room_ranges
from ai_coder.ui.chat.layout_item import LayoutItem, Marks, Target
from ai_coder.ui.chat.marked_text import marked_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PyQt6.QtGui import QPainter

    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_PART = 1500
"""Longer paragraphs are laid out in parts of about this many characters."""

_PART_RESERVE = 500
_UNBROKEN = 1e6


class _Part(NamedTuple):
    layout: QTextLayout
    first: int
    """Where it begins, in characters; `start` says the same in code units."""

    start: int
    length: int
    top: int
    height: int


class TextItem(LayoutItem):
    """Lines of one paragraph, heading, list item or table cell."""

    def __init__(
        self,
        content: RichText,
        style: TranscriptStyle,
        *,
        level: int = 0,
        is_muted: bool = False,
        is_bold: bool = False,
        alignment: str = "",
    ) -> None:
        self.content = content
        self.is_mirrored = is_right_to_left(content.text)
        self.natural_width = 0.0
        self._style = style
        self._level = level
        self._is_muted = is_muted
        self._base = Style.BOLD if is_bold else Style.PLAIN
        self._alignment = alignment
        self._parts: list[_Part] = []
        self._is_laid_out = False

    @property
    def text(self) -> str:
        """The characters as painted."""
        return self.content.text

    def set_content(self, content: RichText) -> int:
        """Show *content* and return how high the lines are that stay as they were."""
        if content == self.content:
            return self.height
        if is_right_to_left(content.text) is not self.is_mirrored:
            self.is_mirrored = not self.is_mirrored
            self._parts = []
        kept = 0
        for part, following in pairwise(self._parts):
            end = part.start + part.length
            same_text = content.text.startswith(self.text[part.first : following.first], part.first)
            same_spans = _spans_until(content, end) == _spans_until(self.content, end)
            if not same_text or not same_spans or len(content.text) < following.first + _PART:
                break
            kept += 1
        unchanged = 0
        if kept < len(self._parts):
            unchanged = self._unchanged_height(self._parts[kept], content)
        del self._parts[kept:]
        self.content = content
        self._is_laid_out = False
        return unchanged

    def _unchanged_height(self, part: _Part, content: RichText) -> int:
        """Return where the lines of *part* end that *content* leaves as they are.

        The line above the change counts as changed: a word may move up to its end.
        """
        same = self.content.common_units(content) - part.start
        line = part.layout.lineForTextPosition(max(0, min(same, part.length)))
        number = line.lineNumber() - 1 if line.isValid() else 0
        return part.top + sum(self._heights(part, max(0, number)))

    def _heights(self, part: _Part, count: int) -> Iterator[int]:
        step = self._style.line_height(self._level, is_muted=self._is_muted)
        for index in range(count):
            yield max(step, round(part.layout.lineAt(index).height()))

    def lay_out(self, width: int) -> int:
        """Break lines for *width* unless done, and return the height."""
        if width == self.width and self._is_laid_out:
            return self.height
        if width != self.width:
            self._parts = []
            self.natural_width = 0.0
        self.width = width
        self._is_laid_out = True
        text = self.content.text
        position = units = top = 0
        if self._parts:
            last = self._parts[-1]
            position = last.first + utf16_index(text[last.first : last.first + _PART], last.length)
            units, top = last.start + last.length, last.top + last.height
        while not self._parts or position < len(text):
            part = self._lay_out_part(position, units, top)
            self._parts.append(part)
            position += utf16_index(text[position : position + _PART], part.length)
            units += part.length
            top += part.height
        self.height = top
        return top

    def _lay_out_part(self, index: int, start: int, top: int) -> _Part:
        style = self._style
        text = self.content.text[index : index + _PART]
        is_last = index + _PART >= len(self.content.text)
        font = style.font(self._level, self._base, is_muted=self._is_muted)
        layout = QTextLayout(text, font)
        layout.setCacheEnabled(True)
        layout.setTextOption(style.wrapping_mirrored if self.is_mirrored else style.wrapping)
        length = utf16_length(text)
        if self.content.spans:
            layout.setFormats(list(self._formats(text, start, length)))
        step = style.line_height(self._level, is_muted=self._is_muted)
        y = 0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(self.width)
            height = max(step, round(line.height()))
            line.setPosition(QPointF(self._shift(line), y + (height - line.height()) / 2))
            y += height
            self.natural_width = max(self.natural_width, line.naturalTextWidth())
            end = line.textStart() + line.textLength()
            if not is_last and end > length - _PART_RESERVE:
                length = end
                break
        layout.endLayout()
        return _Part(layout, index, start, length, top, y or step)

    def _shift(self, line: QTextLine) -> float:
        spare = max(0.0, self.width - line.naturalTextWidth())
        alignment = self._alignment or ("right" if self.is_mirrored else "left")
        return {"center": spare / 2, "right": spare}.get(alignment, 0.0)

    def _formats(self, text: str, start: int, length: int) -> Iterator[QTextLayout.FormatRange]:
        for span in self._spans_between(start, start + length):
            found = QTextLayout.FormatRange()
            found.start = max(0, span.start - start)
            found.length = min(span.start + span.length, start + length) - start - found.start
            found.format = self._style.text_format(
                self._level, span.style | self._base, is_muted=self._is_muted
            )
            yield found
            if span.style & Style.CODE:
                end = found.start + found.length
                yield from room_ranges(text, found.start, end, self._style)

    def _spans_between(self, start: int, end: int) -> Iterator[Span]:
        for span in self.content.spans:
            if span.start >= end:
                break
            if span.start + span.length > start:
                yield span

    def paint(self, painter: QPainter, top: float, bottom: float, marks: Marks) -> None:
        """Paint the lines between *top* and *bottom*."""
        style = self._style
        painter.setPen(style.color("muted" if self._is_muted else "text"))
        for part in self._parts:
            if part.top + part.height < top or part.top > bottom:
                continue
            self._paint_paper(painter, part, marks)
            visible = QRectF(-1, top - part.top, self.width + 2, bottom - top)
            is_whole = part.top >= top and part.top + part.height <= bottom
            # Moved by the painter: far down the page Qt's own arithmetic of glyphs overflows.
            painter.translate(0, part.top)
            marked = marked_ranges(marks.highlights, part.start, part.length, style)
            part.layout.draw(painter, QPointF(), marked, QRectF() if is_whole else visible)
            painter.translate(0, -part.top)

    def _paint_paper(self, painter: QPainter, part: _Part, marks: Marks) -> None:
        """Paint what lies behind the characters: inline code, find results, the selection."""
        end = part.start + part.length
        code = [span for span in self._spans_between(part.start, end) if span.style & Style.CODE]
        if code:
            painter.save()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._style.color("rail"))
            inset = max(0.0, self._style.line_height(self._level) - self._style.px(19)) / 2
            text = part.layout.text()
            for span in code:
                last = span.start + span.length
                rects = list(self._range_rects(part, span.start, last))
                is_spread = has_room_after(text, last - part.start - 1)
                paper(rects, inset, self._style, is_spread=is_spread)
                for rect in rects:
                    painter.drawRoundedRect(rect, self._style.px(4), self._style.px(4))
            painter.restore()
        for highlight in marks.highlights:
            color = self._style.color(highlight.role)
            for rect in self._range_rects(part, highlight.start, highlight.end):
                painter.fillRect(rect, color)

    def _range_rects(self, part: _Part, start: int, end: int) -> Iterator[QRectF]:
        """Yield one rectangle per line that a range touches, as high as the line."""
        start, end = max(start - part.start, 0), min(end - part.start, part.length)
        y = float(part.top)
        step = self._style.line_height(self._level, is_muted=self._is_muted)
        for index in range(part.layout.lineCount()):
            line = part.layout.lineAt(index)
            height = max(step, round(line.height()))
            first, last = line.textStart(), line.textStart() + line.textLength()
            if first < end and last > start:
                left = line.cursorToX(max(first, start))[0]
                right = line.cursorToX(min(last, end))[0]
                yield QRectF(min(left, right), y, max(abs(right - left), 2.0), height)
            y += height

    def offset_at(self, point: QPointF) -> int:
        """Return the position of the character boundary nearest to *point*."""
        for part in self._parts:
            if point.y() < part.top + part.height or part is self._parts[-1]:
                return part.start + self._offset_in(part, point)
        return 0

    def _offset_in(self, part: _Part, point: QPointF) -> int:
        count = part.layout.lineCount()
        for index in range(count):
            line = part.layout.lineAt(index)
            bottom = part.top + line.position().y() + line.height()
            if index + 1 < count:
                bottom = part.top + part.layout.lineAt(index + 1).position().y()
            if point.y() < bottom or index == count - 1:
                return int(line.xToCursor(point.x()))
        return 0

    def rect_of(self, start: int, end: int) -> QRectF:
        """Return the first rectangle of a range."""
        for part in self._parts:
            if start <= part.start + part.length:
                for rect in self._range_rects(part, start, max(end, start + 1)):
                    return rect
        return QRectF(0, 0, 1, self.height)

    def links(self) -> Iterable[str]:
        """Return the addresses that the text refers to."""
        return (span.href for span in self.content.spans if span.href)

    def target_at(self, point: QPointF) -> Target | None:
        """Return the link at *point*."""
        links = [span for span in self.content.spans if span.href]
        if not links:
            return None
        for part in self._parts:
            if not part.top <= point.y() < part.top + part.height:
                continue
            for span in links:
                for rect in self._range_rects(part, span.start, span.start + span.length):
                    if rect.contains(point):
                        return Target("link", span.href, rect)
        return None


def _spans_until(content: RichText, end: int) -> list[Span]:
    return [span for span in content.spans if span.start < end]


def natural_text_width(content: RichText, style: TranscriptStyle, *, is_bold: bool) -> float:
    """Return how wide a table cell would like to be; a very long one is not laid out for that."""
    if max(map(len, content.text.split(LINE_BREAK))) > _PART:
        return _UNBROKEN
    item = TextItem(content, style, is_bold=is_bold)
    item.lay_out(int(_UNBROKEN))
    return item.natural_width
