"""Positions in UTF-16 code units, which is how Qt counts characters."""

from __future__ import annotations


def utf16_length(text: str) -> int:
    """Return how many UTF-16 code units *text* takes."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_index(text: str, units: int) -> int:
    """Return the index into *text* of the character that begins at *units* code units."""
    if text.isascii() or units <= 0:
        return min(max(units, 0), len(text))
    passed = 0
    for index, character in enumerate(text):
        if passed >= units:
            return index
        passed += 2 if character > "\uffff" else 1
    return len(text)


def utf16_slice(text: str, start: int, end: int) -> str:
    """Return the part of *text* between two positions counted in code units."""
    return text[utf16_index(text, start) : utf16_index(text, end)]
