"""A card that floats beside the control it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from ai_coder.ui.rounded_windows import CORNER_PROPERTY

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_RADIUS = 12


class Popover(QWidget):
    """Holds one widget; a click outside or Escape closes it."""

    closed = pyqtSignal()

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._theme = theme
        self._content = content
        self.setProperty(CORNER_PROPERTY, _RADIUS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content)

    def open_above(self, anchor: QWidget, width: int) -> None:
        """Show the content *width* pixels wide, its lower left corner over *anchor*."""
        self.setFixedWidth(width)
        self.adjustSize()
        layout = self.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else -1
        if height <= 0:
            height = self.sizeHint().height()
        self.resize(width, height)
        corner = anchor.mapToGlobal(QPoint(0, -height - self._theme.px(6)))
        screen = anchor.screen()
        if screen is not None:
            room = screen.availableGeometry()
            corner.setX(max(room.left(), min(corner.x(), room.right() - width)))
            corner.setY(max(room.top(), corner.y()))
        self.move(corner)
        self.show()
        first = self._content.nextInFocusChain()
        if first is not None:
            self.focusNextChild()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Tell that the popover is gone."""
        super().hideEvent(event)
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the rounded card behind the content."""
        del event
        painter = QPainter(self)
        if not self.testAttribute(Qt.WidgetAttribute.WA_TranslucentBackground):
            painter.fillRect(self.rect(), self._theme.color("line"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.setBrush(self._theme.color("card"))
        radius = self._theme.px(_RADIUS)
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), radius, radius)
