"""A block of code: a box with a header, buttons and lines that scroll sideways or wrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen

from ai_coder.ui.chat.code_header import header_buttons, paint_header
from ai_coder.ui.chat.code_lines import CodeLines
from ai_coder.ui.chat.layout_item import Marks, Target
from ai_coder.ui.chat.sideways_item import SidewaysItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.chat.code_lexers import CodeLexers
    from ai_coder.ui.chat.transcript_style import TranscriptStyle


class CodeItem(SidewaysItem):
    """Lines of code in a box, which grows while an answer runs."""

    def __init__(
        self, lines: Sequence[str], language: str, style: TranscriptStyle, lexers: CodeLexers
    ) -> None:
        super().__init__(style)
        self.language = language
        self.is_wrapped = style.theme.wraps_code
        self.header_height = style.px(32)
        self.padding = style.px(10)
        self.inset = style.px(14)
        self._lines = CodeLines(lines, language, style, lexers)

    @property
    def text(self) -> str:
        """The code."""
        return self._lines.text

    @property
    def is_catching_up(self) -> bool:
        """Whether lines were painted plain because those above them are not lexed yet."""
        return self._lines.colors.is_catching_up

    @property
    def content_width(self) -> int:
        """How wide the longest line makes the box."""
        return 0 if self.is_wrapped else self._lines.widest + 2 * self.inset

    def set_lines(self, lines: Sequence[str]) -> int:
        """Show *lines*, which begin with what was there; the last old one may have grown.

        Returns the height from which on the block looks different.
        """
        first = self._lines.set_lines(lines)
        self.width = 0
        return self._lines_top() + self._lines.top(first)

    def lay_out(self, width: int) -> int:
        """Return the height; lines themselves are laid out when they are painted."""
        if width == self.width:
            return self.height
        self.width = width
        self._lines.wrap(width - 2 * self.inset if self.is_wrapped else None)
        self.scroll_by(0)
        self.height = self.header_height + 2 * self.padding + self._lines.height
        return self.height

    def toggle_wrap(self) -> None:
        """Break long lines, or scroll them again."""
        self.is_wrapped = not self.is_wrapped
        self.scroll_x = 0
        self.width = 0

    def recolor(self) -> None:
        """Lay out the lines again, now that colours for the language are here."""
        self._lines.forget_layouts()

    # -- painting --

    def paint(self, painter: QPainter, top: float, bottom: float, marks: Marks) -> None:
        """Paint the box and the visible lines."""
        style = self._style
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.color("line"), 1))
        painter.setBrush(style.color("code"))
        box = QRectF(0.5, 0.5, self.width - 1, self.height - 1)
        painter.drawRoundedRect(box, style.radius, style.radius)
        if top <= self.header_height:
            self._paint_header(painter, marks)
        painter.save()
        painter.setClipRect(
            QRectF(1, max(top, self.header_height), self.width - 2, bottom - top),
            Qt.ClipOperation.IntersectClip,
        )
        painter.translate(self._corner())
        self._paint_lines(painter, top - self._lines_top(), bottom - self._lines_top(), marks)
        painter.restore()
        self.paint_scroll_bar(painter, bottom)

    def _paint_lines(self, painter: QPainter, top: float, bottom: float, marks: Marks) -> None:
        visible = self._lines.between(top, bottom)
        edges = self._edges()
        self._lines.colors.begin_frame()
        for highlight in marks.highlights:
            color = self._style.color(highlight.role)
            for line in visible:
                for rect in self._lines.rects(line, highlight.start, highlight.end, edges):
                    painter.fillRect(rect, color)
        painter.setPen(self._style.color("text"))
        for line in visible:
            self._lines.draw(painter, line, edges, marks.highlights)

    def _paint_header(self, painter: QPainter, marks: Marks) -> None:
        hot = marks.hovered.value if marks.hovered is not None else ""
        on = "code:wrap" if self.is_wrapped else ""
        paint_header(painter, self._style, (self.width, self.header_height), self.language, hot, on)

    def _buttons(self) -> list[tuple[str, str, QRectF]]:
        return header_buttons(self._style, self.width, self.header_height)

    def _lines_top(self) -> int:
        return self.header_height + self.padding

    def _corner(self) -> QPointF:
        """Where the first character stands."""
        return QPointF(self.inset - self.scroll_x, self._lines_top())

    def _edges(self) -> tuple[float, float]:
        """Return which part of the lines is seen."""
        left = self.scroll_x - self.inset
        return left, left + self.width

    # -- positions --

    def offset_at(self, point: QPointF) -> int:
        """Return the position of the character boundary nearest to *point*."""
        if not len(self._lines) or point.y() < self._lines_top():
            return 0
        return self._lines.offset_at(point - self._corner())

    def rect_of(self, start: int, end: int) -> QRectF:
        """Return where a range begins."""
        if not len(self._lines):
            return super().rect_of(start, end)
        return self._lines.first_rect(start, end).translated(self._corner())

    def target_at(self, point: QPointF) -> Target | None:
        """Return the button of the header, or the scroll bar, at *point*."""
        if point.y() < self.header_height:
            for action, _label, rect in self._buttons():
                if rect.contains(point):
                    return Target("code", action, rect)
        return self.scroll_target_at(point)
