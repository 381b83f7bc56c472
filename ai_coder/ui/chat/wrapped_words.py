"""Breaks a line of words to a width."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PyQt6.QtGui import QFontMetricsF


def wrapped(text: str, metrics: QFontMetricsF, width: float, separator: str = " ") -> list[str]:
    """Return *text* in lines that fit *width*, broken at *separator* only.

    A word that is longer than the width has a line of its own.
    """
    if not text:
        return []
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    lines: list[str] = []
    for word in text.split(separator):
        longer = f"{lines[-1]}{separator}{word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
