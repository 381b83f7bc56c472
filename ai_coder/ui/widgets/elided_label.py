"""One line of text that ends in … when there is no room for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QLabel, QSizePolicy, QWidget

if TYPE_CHECKING:
    from PyQt6.QtGui import QResizeEvent


class ElidedLabel(QLabel):
    """A label that shrinks; the whole text is in its tool tip while it is cut."""

    def __init__(
        self,
        text: str = "",
        look: str = "",
        parent: QWidget | None = None,
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._whole = ""
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if look:
            self.setProperty("look", look)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Show *text*, cut to the width there is."""
        self._whole = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._cut()

    def whole_text(self) -> str:
        """Return the text without the cut."""
        return self._whole

    def sizeHint(self) -> QSize:
        """Return the room the whole text needs."""
        width = self.fontMetrics().horizontalAdvance(self._whole) + 2
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        few = self.fontMetrics().horizontalAdvance("MMM")
        return QSize(min(few, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Cut again."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        margins = self.contentsMargins()
        width = self.width() - margins.left() - margins.right()
        shown = self.fontMetrics().elidedText(self._whole, self._mode, width)
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")
