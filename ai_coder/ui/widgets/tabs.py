"""Pages behind tabs whose titles keep their places, whatever is chosen and whatever is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QSize, Qt
from PyQt6.QtGui import QFontMetrics, QPainter
from PyQt6.QtWidgets import QTabBar, QTabWidget

if TYPE_CHECKING:
    from PyQt6.QtGui import QPaintEvent
    from PyQt6.QtWidgets import QWidget

    from ai_coder.ui.theme import Theme

_SIZE = 13
_WIDE, _NARROW = 9, 4
"""Design pixels on both sides of a title: where there is room for all of them, and at least."""

_DOT = 5
_BESIDE, _ABOVE = 4, 5
"""Where the middle of a dot is, from the end of its title and from the middle of the line."""


class Tabs(QTabWidget):
    """Shows one page, and scrolls its tabs only where they do not fit with less room between."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = _Bar(theme, self)
        self.setTabBar(self._bar)
        self.setDocumentMode(True)  # or the bar would be told of no width but its own

    def set_mark(self, position: int, words: str) -> None:
        """Put a dot on a tab, which is called *words* meanwhile; empty takes the dot away."""
        self._bar.setAccessibleTabName(position, words)
        self._bar.update()


class _Bar(QTabBar):
    """Each tab is as wide as its title in bold letters; marks are painted into the room beside."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setUsesScrollButtons(True)

    def tabSizeHint(self, index: int) -> QSize:  # noqa: N802  # Qt's name
        """Return the room of the bold title, with as much beside it as all the titles leave."""
        metrics = QFontMetrics(self._theme.font(_SIZE, bold=True))
        words = [metrics.horizontalAdvance(self.tabText(n)) + 1 for n in range(self.count())]
        wide, narrow = self._theme.px(_WIDE), self._theme.px(_NARROW)
        beside = (self.width() - sum(words)) // (2 * len(words))
        padding = min(beside, wide) if beside >= narrow else wide
        return QSize(words[index] + 2 * padding, super().tabSizeHint(index).height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the tabs on a hairline, and dots on those that are marked."""
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("line"))
        painter.end()
        super().paintEvent(event)
        painter.begin(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent"))
        radius = self._theme.px(_DOT) / 2
        for index in range(self.count()):
            if self.accessibleTabName(index):
                painter.drawEllipse(self._place_of_dot(index), radius, radius)

    def _place_of_dot(self, index: int) -> QPointF:
        is_bold = index == self.currentIndex()
        metrics = QFontMetrics(self._theme.font(_SIZE, bold=is_bold))
        middle = QPointF(self.tabRect(index).center())
        right = metrics.horizontalAdvance(self.tabText(index)) / 2 + self._theme.px(_BESIDE)
        return middle + QPointF(right, -self._theme.px(_ABOVE))
