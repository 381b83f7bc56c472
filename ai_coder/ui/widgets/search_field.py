"""A one-line field that filters what stands below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit, QWidget

from ai_coder.ui.icons import icon

if TYPE_CHECKING:
    from PyQt6.QtGui import QKeyEvent

    from ai_coder.ui.theme import Theme


class SearchField(QLineEdit):
    """Shows a magnifier; Escape empties it."""

    def __init__(self, theme: Theme, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        show_as_search(self, theme, placeholder)
        clear = self.addAction(
            icon(theme, "close", "muted"), QLineEdit.ActionPosition.TrailingPosition
        )
        if clear is not None:
            clear.setText(self.tr("Clear"))
            clear.setVisible(False)
            clear.triggered.connect(self.clear)
            self.textChanged.connect(lambda text: clear.setVisible(bool(text)))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Empty the field on Escape; an empty field lets the key pass."""
        if event is not None and event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)


def show_as_search(field: QLineEdit, theme: Theme, name: str) -> None:
    """Give *field* the look of one that searches; assistive tools call it *name*."""
    field.setProperty("look", "search")
    field.setAccessibleName(name)
    sign = field.addAction(icon(theme, "search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
    if sign is not None:
        sign.setText(name)
