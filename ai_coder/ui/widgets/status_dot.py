"""A small coloured dot; the words that say the same stand beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSlot
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class StatusDot(QWidget):
    """Shows one of the roles `off`, `waiting`, `ok` and `failed`."""

    def __init__(self, theme: Theme, role: str = "off", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._refresh)

    @property
    def role(self) -> str:
        """The colour role shown now."""
        return self._role

    def set_role(self, role: str) -> None:
        """Show another colour role."""
        self._role = role
        self.update()

    def sizeHint(self) -> QSize:
        """Return eight design pixels each way."""
        side = self._theme.px(8)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Never shrink."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the dot."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._role))
        side = self._theme.px(8)
        top = (self.height() - side) / 2
        painter.drawEllipse(QRectF(0, top, side, side))

    @pyqtSlot()
    def _refresh(self) -> None:
        self.updateGeometry()
        self.update()
