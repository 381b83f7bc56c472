"""A dropdown with the theme's chevron."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QListView, QSizePolicy, QWidget

from ai_coder.ui.icons import paint_icon

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class ComboBox(QComboBox):
    """A dropdown that does not change its choice when a page is scrolled over it."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setView(QListView(self))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.update)

    def add_choices(self, choices: list[tuple[str, object]]) -> None:
        """Append (text, value) pairs."""
        for text, value in choices:
            self.addItem(text, value)

    def choose(self, value: object) -> None:
        """Select the item with this value; an unknown value selects nothing."""
        self.setCurrentIndex(self.findData(value))

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Let the page scroll."""
        if event is not None:
            event.ignore()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the chevron over the box."""
        super().paintEvent(event)
        side = self._theme.px(14)
        left = self.width() - side - self._theme.px(9)
        painter = QPainter(self)
        if not self.isEnabled():
            painter.setOpacity(0.45)
        area = QRectF(left, (self.height() - side) / 2, side, side)
        paint_icon(painter, self._theme, "chevron-down", "muted", area)
