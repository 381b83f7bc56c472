"""Scripts that are written without spaces: how their words are found inside of texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SCRIPTS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff"
"""Kana, Han, Thai and Lao. Another set needs a migration that adds every message once more."""

_ANY = re.compile(f"[{_SCRIPTS}]")
_RUN = re.compile(f"[{_SCRIPTS}]+")
_WORD = re.compile("[0-9A-Za-z]{3,}")
_LOOKED_UP = 12
"""So many pieces of what is looked for are enough to leave few messages to read."""


def is_unspaced(text: str) -> bool:
    """Whether something in *text* is of such a script."""
    return _ANY.search(text) is not None


def pieces(text: str) -> set[str]:
    """Return what the index knows a message by; nothing when it has no such script.

    These are the characters of such scripts, their pairs, and of other words, which stand among
    them without spaces, too, every three letters or digits in a row. What a text contains has
    no pieces that the text has not, whatever its capitals.
    """
    runs = _RUN.findall(text)
    if not runs:
        return set()
    found = set().union(*runs)
    for run in runs:
        found.update(_in_a_row(run, 2))
    for word in _WORD.findall(text):
        found.update(_in_a_row(word.lower(), 3))
    return found


def expression(terms: Iterable[str]) -> str:
    """Return the FTS5 expression for messages that may contain all of *terms*."""
    wanted: dict[str, None] = {}
    for term in terms:
        for run in _RUN.findall(term):
            wanted |= dict.fromkeys(_in_a_row(run, 2) if len(run) > 1 else run)
        for word in _WORD.findall(term):
            wanted |= dict.fromkeys(_in_a_row(word.lower(), 3))
    return " ".join(f'"{piece}"' for piece in _spread(list(wanted)))


def _in_a_row(run: str, length: int) -> list[str]:
    return [run[start : start + length] for start in range(len(run) - length + 1)]


def _spread(every: Sequence[str]) -> Sequence[str]:
    """Return some of *every* when they are many, from all over."""
    if len(every) <= _LOOKED_UP:
        return every
    return [every[number * len(every) // _LOOKED_UP] for number in range(_LOOKED_UP)]
