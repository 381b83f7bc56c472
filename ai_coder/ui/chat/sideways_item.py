"""An item that may be wider than its place, and the bar that scrolls it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt

from ai_coder.ui.chat.layout_item import LayoutItem, Target

if TYPE_CHECKING:
    from PyQt6.QtGui import QPainter

    from ai_coder.ui.chat.transcript_style import TranscriptStyle


class SidewaysItem(LayoutItem):
    """Shows a part of its content, `scroll_x` pixels from the left."""

    def __init__(self, style: TranscriptStyle) -> None:
        self.scroll_x = 0
        self._style = style

    @property
    @abstractmethod
    def content_width(self) -> int:
        """How wide the item would have to be to show everything."""

    @property
    def scroll_range(self) -> int:
        """How far it can be scrolled; 0 if everything fits."""
        return max(0, self.content_width - self.width)

    def scroll_by(self, pixels: int) -> bool:
        """Scroll sideways and return whether anything moved."""
        wanted = max(0, min(self.scroll_x + pixels, self.scroll_range))
        moved = wanted != self.scroll_x
        self.scroll_x = wanted
        return moved

    def reveal(self, rect: QRectF) -> bool:
        """Scroll so that *rect* is seen, its left edge at least; return whether anything moved."""
        margin = self._style.px(24)
        left, right = rect.left() - margin, rect.right() + margin - self.width
        if left >= 0 and right <= 0:
            return False
        return self.scroll_by(round(left if left < 0 else min(left, right)))

    def scroll_bar(self) -> QRectF | None:
        """Return the handle of the scroll bar, none if everything fits."""
        if not self.scroll_range:
            return None
        track = self._track()
        length = max(self._style.px(32), track * self.width / (self.width + self.scroll_range))
        x = self._style.px(6) + (track - length) * self.scroll_x / self.scroll_range
        return QRectF(x, self.height - self._style.px(7), length, self._style.px(4))

    def drag_scroll_bar(self, pixels: float) -> bool:
        """Scroll as far as the handle was moved and return whether anything moved."""
        bar = self.scroll_bar()
        if bar is None:
            return False
        room = max(1.0, self._track() - bar.width())
        return self.scroll_by(round(pixels * self.scroll_range / room))

    def _track(self) -> int:
        return self.width - 2 * self._style.px(6)

    def paint_scroll_bar(self, painter: QPainter, bottom: float) -> None:
        """Paint the handle if the part above *bottom* has it."""
        bar = self.scroll_bar()
        if bar is not None and bottom >= bar.top():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._style.color("line"))
            painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)

    def scroll_target_at(self, point: QPointF) -> Target | None:
        """Return the scroll bar if it is at *point*."""
        bar = self.scroll_bar()
        if bar is not None and point.y() >= bar.top() - self._style.px(4):
            return Target("scroll", "scroll", bar)
        return None
