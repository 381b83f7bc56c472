"""A card that floats beside the control it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QPoint, Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from ai_coder.ui.rounded_windows import CORNER_PROPERTY, paint_card

if TYPE_CHECKING:
    from PyQt6.QtGui import QHideEvent, QPaintEvent

    from ai_coder.ui.theme import Theme

_RADIUS = 12


class Popover(QWidget):
    """Holds one widget; a click outside or Escape closes it."""

    closed = pyqtSignal()

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._theme = theme
        self._content = content
        self._anchor: QWidget | None = None
        self.setProperty(CORNER_PROPERTY, _RADIUS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content)

    def open_above(self, anchor: QWidget, width: int) -> None:
        """Show the content *width* pixels wide over *anchor*, or under it without room above."""
        self._anchor = anchor
        self.setFixedWidth(width)
        self._place()
        self.show()
        self._place()
        first = self._content.nextInFocusChain()
        if first is not None:
            self.focusNextChild()

    def fit(self) -> None:
        """Take the height that the content needs now; its layout only learns of it later."""
        for layout in (self._content.layout(), self.layout()):
            if layout is not None:
                layout.activate()
        self.resize(self.width(), self.sizeHint().height())

    def event(self, event: QEvent | None) -> bool:
        """Stay beside the anchor when the content grows, as unfolded details do."""
        done = super().event(event)
        if event is not None and event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._place()
        return done

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Tell that the popover is gone."""
        super().hideEvent(event)
        self._anchor = None
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the rounded card behind the content."""
        del event
        paint_card(self, self._theme, _RADIUS)

    def _place(self) -> None:
        """Give the content the height it needs at this width, and keep it on the screen."""
        layout, anchor = self.layout(), self._anchor
        if layout is None or anchor is None:
            return
        layout.activate()
        width = self.width()
        height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else 0
        height = height if height > 0 else self.sizeHint().height()
        gap = self._theme.px(6)
        corner = anchor.mapToGlobal(QPoint(0, -height - gap))
        screen = anchor.screen()
        if screen is not None:
            room = screen.availableGeometry()
            under = anchor.mapToGlobal(QPoint(0, anchor.height() + gap)).y()
            if corner.y() < room.top() and under + height <= room.bottom():
                corner.setY(under)
            corner.setX(max(room.left(), min(corner.x(), room.right() - width)))
            corner.setY(max(room.top(), corner.y()))
        self.setGeometry(corner.x(), corner.y(), width, height)
