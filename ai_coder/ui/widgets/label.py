"""Text in one of the looks of the style sheet."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QWidget


def label(
    text: str, look: str = "", parent: QWidget | None = None, *, wrap: bool = False
) -> QLabel:
    """Return a plain-text label; *look* is one of those listed in `stylesheet`."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if look:
        made.setProperty("look", look)
    return made


def hairline(parent: QWidget | None = None) -> QWidget:
    """Return a horizontal line one pixel high."""
    line = QLabel(parent)
    line.setFixedHeight(1)
    line.setProperty("look", "line")
    return line
