"""Round corners for menus, lists and popovers, with and without a compositor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, QRectF, Qt
from PyQt6.QtGui import QGuiApplication, QPainter, QPainterPath, QPen, QRegion
from PyQt6.QtWidgets import QWidget

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_USUAL_RADIUS = 8
CORNER_PROPERTY = "corner"
"""The dynamic property with the design radius of a window that differs from the usual one."""


class RoundedWindows(QObject):
    """Cuts the corners off popups that it was told of.

    Where windows cannot be translucent (X11 without a compositor) uncut corners are black;
    where they can, translucency alone does it.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._needs_mask = QGuiApplication.platformName() == "xcb"

    def add(self, widget: QWidget) -> None:
        """Round the corners of *widget* if it is a popup."""
        if not widget.isWindow() or widget.windowType() is not Qt.WindowType.Popup:
            return
        if self._needs_mask:
            widget.removeEventFilter(self)
            widget.installEventFilter(self)
        else:
            widget.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Cut anew whenever the size changes."""
        is_new = event is not None and event.type() in (QEvent.Type.Resize, QEvent.Type.Show)
        if is_new and isinstance(watched, QWidget):
            watched.setMask(self._region(watched))
        return False

    def _region(self, widget: QWidget) -> QRegion:
        radius = self._theme.px(widget.property(CORNER_PROPERTY) or _USUAL_RADIUS)
        path = QPainterPath()
        path.addRoundedRect(QRectF(widget.rect()), radius, radius)
        return QRegion(path.toFillPolygon().toPolygon())


def paint_card(widget: QWidget, theme: Theme, radius: int = _USUAL_RADIUS) -> None:
    """Paint a card with a hairline around it as the ground of a popup."""
    painter = QPainter(widget)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_TranslucentBackground):
        painter.fillRect(widget.rect(), theme.color("line"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("line"), 1))
    painter.setBrush(theme.color("card"))
    edge = QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(edge, theme.px(radius), theme.px(radius))
