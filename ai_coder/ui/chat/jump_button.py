"""The button that leads back to the newest text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRect, Qt
from PyQt6.QtWidgets import QPushButton, QWidget

if TYPE_CHECKING:
    from PyQt6.QtGui import QShowEvent

_BOTTOM_MARGIN = 12


class JumpButton(QPushButton):
    """Floats above the lower edge of a transcript while the reader is elsewhere."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("jumpToLatestButton")
        self.setText(self.tr("Jump to latest"))
        self.setAccessibleName(self.tr("Jump to the latest message"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._area = QRect()

    def place_in(self, area: QRect) -> None:
        """Stand centred above the lower edge of *area*."""
        self._area = area
        size = self.sizeHint()
        self.resize(size)
        self.move(
            area.left() + (area.width() - size.width()) // 2,
            area.bottom() - size.height() - _BOTTOM_MARGIN,
        )

    def showEvent(self, event: QShowEvent | None) -> None:
        """Take the size of the current look."""
        super().showEvent(event)
        self.place_in(self._area)
        self.raise_()
