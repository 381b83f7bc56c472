"""A switch for what is on or off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSlot
from PyQt6.QtGui import QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


RING = 3
"""Pixels around the switch that are kept for its focus ring."""


class Switch(QAbstractButton):
    """A check box that looks like a switch; its accessible name is its label."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._refresh)

    def sizeHint(self) -> QSize:
        """Return 30 by 18 design pixels and room for the focus ring."""
        return QSize(self._theme.px(30) + 2 * RING, self._theme.px(18) + 2 * RING)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the track, the knob, and a ring when it has the focus."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.5)
        track = QRectF(self.rect()).adjusted(RING, RING, -RING, -RING)
        if self.hasFocus():
            ring = track.adjusted(-2, -2, 2, 2)
            painter.setPen(QPen(self._theme.color("accent"), 1))
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent" if self.isChecked() else "off"))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        gap = self._theme.px(2)
        side = track.height() - 2 * gap
        left = track.right() - gap - side if self.isChecked() else track.left() + gap
        painter.setBrush(self._theme.color("card" if not self._theme.is_dark else "text"))
        painter.drawEllipse(QRectF(left, track.top() + gap, side, side))

    @pyqtSlot()
    def _refresh(self) -> None:
        self.updateGeometry()
        self.update()
