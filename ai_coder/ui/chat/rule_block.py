"""A horizontal line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF

from ai_coder.ui.chat.layout_item import LayoutItem, Marks

if TYPE_CHECKING:
    from PyQt6.QtGui import QPainter

    from ai_coder.ui.chat.transcript_style import TranscriptStyle


class RuleItem(LayoutItem):
    """A hairline over the whole width."""

    def __init__(self, style: TranscriptStyle) -> None:
        self._style = style

    @property
    def text(self) -> str:
        """Nothing to copy."""
        return ""

    def lay_out(self, width: int) -> int:
        """Return the height with the air around the line."""
        self.width = width
        self.height = self._style.px(9)
        return self.height

    def paint(self, painter: QPainter, top: float, bottom: float, marks: Marks) -> None:
        """Paint the line."""
        del top, bottom, marks
        line = QRectF(0, self.height // 2, self.width, 1)
        painter.fillRect(line, self._style.color("line"))
