"""A ring that turns while something is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF, QSize, Qt, QTimer, pyqtSlot
from PyQt6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_INTERVAL_MS = 60


class Spinner(QWidget):
    """Turns while it is visible; stands still where motion is reduced."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._angle = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._turn)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Busy"))
        theme.changed.connect(self._follow_theme)

    def sizeHint(self) -> QSize:
        """Return fourteen design pixels each way."""
        side = self._theme.px(14)
        return QSize(side, side)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Start turning."""
        super().showEvent(event)
        if not self._theme.reduced_motion:
            self._timer.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Stop turning."""
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw three quarters of a ring."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = max(1.5, self._theme.px(2))
        pen = QPen(self._theme.color("accent"), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        ring = QRectF(self.rect()).adjusted(width, width, -width, -width)
        painter.drawArc(ring, -self._angle * 16, 270 * 16)

    @pyqtSlot()
    def _follow_theme(self) -> None:
        self.updateGeometry()
        if self._theme.reduced_motion:
            self._timer.stop()
        elif self.isVisible():
            self._timer.start()

    @pyqtSlot()
    def _turn(self) -> None:
        self._angle = (self._angle + 30) % 360
        self.update()
