"""How much of the served window the conversation takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from ai_coder.ui.number_text import token_text

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_NEARLY_FULL = 0.85


class ContextMeterBar(QWidget):
    """A thin bar and two numbers; unknown stays unknown."""

    clicked = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._used: int | None = None
        self._window: int | None = None
        self._is_estimate = True
        self.setObjectName("contextMeter")
        self.setAccessibleName(self.tr("Context window"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._refresh)

    def set_values(self, used: int | None, window: int | None, *, is_estimate: bool) -> None:
        """Show *used* tokens of *window*; None is what nobody knows."""
        self._used, self._window, self._is_estimate = used, window, is_estimate
        self._refresh()

    def text(self) -> str:
        """Return the numbers as shown, such as `about 11.2k of 32k`."""
        if not self._used and self._window is None:
            return ""
        used = token_text(self._used) if self._used is not None else self.tr("unknown")
        if self._is_estimate and self._used:
            used = self.tr("about {used}").format(used=used)
        if self._window is None:
            return self.tr("{used} · window unknown").format(used=used)
        return self.tr("{used} of {window}").format(used=used, window=token_text(self._window))

    def sizeHint(self) -> QSize:
        """Return room for the bar and the numbers."""
        if not self.text():
            return QSize(0, self._theme.px(20))
        bar = self._theme.px(98) if self._window else 0
        metrics = self.fontMetrics()
        return QSize(bar + metrics.horizontalAdvance(self.text()) + 2, self._theme.px(20))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Ask for the details."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the bar and the numbers."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.0
        if self._window and self.text():
            width, height = self._theme.px(90), self._theme.px(4)
            top = (self.height() - height) / 2
            share = min(1.0, (self._used or 0) / self._window)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("line"))
            painter.drawRoundedRect(QRectF(0, top, width, height), height / 2, height / 2)
            role = "accent" if share < _NEARLY_FULL else "waiting" if share < 1 else "failed"
            painter.setBrush(self._theme.color(role))
            painter.drawRoundedRect(QRectF(0, top, width * share, height), height / 2, height / 2)
            left = width + self._theme.px(8)
        painter.setPen(self._theme.color("muted"))
        area = QRectF(left, 0, self.width() - left, self.height())
        painter.drawText(
            area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text()
        )

    def _refresh(self) -> None:
        self.setFont(self._theme.font(12))
        self.setAccessibleDescription(self.text())
        self.updateGeometry()
        self.update()
