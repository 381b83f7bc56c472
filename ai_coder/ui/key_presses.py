"""Which keys are pressed for a shortcut: several shortcuts can mean the same press."""

from __future__ import annotations

from typing import TypeAlias

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence

Press: TypeAlias = tuple[Qt.KeyboardModifier, int] | str
"""Modifiers with the key that lies below them; the text of a sequence of several presses."""

_SHIFT = Qt.KeyboardModifier.ShiftModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_BELOW = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))
"""The key of an English keyboard with which, and Shift, a character is typed.

Qt does not tell what else lies on a key; on other keyboards this is careful rather than exact.
"""


def presses(keys: str) -> set[Press]:
    """Return what a user may press to ask for *keys*, a sequence in portable text."""
    sequence = QKeySequence(keys)
    if sequence.count() != 1:
        return {sequence.toString(QKeySequence.SequenceFormat.PortableText)}
    modifiers, key = sequence[0].keyboardModifiers(), sequence[0].key()
    found: set[Press] = {(modifiers & ~_KEYPAD, key)}
    below = _BELOW.get(chr(key)) if key < 128 else None
    if below and not modifiers & _KEYPAD:
        found.add((modifiers | _SHIFT, ord(below)))
    return found
