"""A button whose words end in … when there is no room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QPushButton, QSizePolicy, QWidget

if TYPE_CHECKING:
    from PyQt6.QtGui import QResizeEvent


class ElidedButton(QPushButton):
    """Shrinks to a few letters; the whole text is its name, and its tool tip while it is cut."""

    def __init__(self, text: str, look: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if look:
            self.setProperty("look", look)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show *text*, cut to the width there is."""
        self._whole = text
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self._cut()

    def sizeHint(self) -> QSize:
        """Return the room the whole text needs."""
        hint = super().sizeHint()
        shown = self.fontMetrics().horizontalAdvance(self.text())
        hint.setWidth(hint.width() - shown + self.fontMetrics().horizontalAdvance(self._whole))
        return hint

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        hint = self.sizeHint()
        whole = self.fontMetrics().horizontalAdvance(self._whole)
        few = self.fontMetrics().horizontalAdvance("MMMM")
        return QSize(hint.width() - max(0, whole - few), hint.height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Cut the text to the width there is."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        beside = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self._whole)
        right = Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self._whole, right, self.width() - beside + 1)
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")
