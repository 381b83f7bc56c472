"""Whether a text is written from right to left."""

from __future__ import annotations

import unicodedata

_LOOKED_AT = 200
"""A text whose first letter comes later than that is data."""


def is_right_to_left(text: str) -> bool:
    """Whether the first letter of *text* belongs to a script that runs to the left."""
    if text.isascii():
        return False
    for character in text[:_LOOKED_AT]:
        match unicodedata.bidirectional(character):
            case "L":
                return False
            case "R" | "AL":
                return True
    return False
