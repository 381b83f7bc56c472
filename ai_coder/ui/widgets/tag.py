"""A small word in a rounded frame."""

from __future__ import annotations

from PyQt6.QtWidgets import QLabel, QSizePolicy, QWidget

from ai_coder.ui.widgets.label import label


def tag(text: str, tone: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a tag; *tone* is empty, `ok` or `waiting`."""
    made = label(text, "tag", parent)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    if tone:
        made.setProperty("tone", tone)
    return made
