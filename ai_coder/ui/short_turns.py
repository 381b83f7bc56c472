"""Imports in another thread that let the window have its turn often."""

from __future__ import annotations

import sys

_SHORT_TURN = 0.0005
"""Seconds after which an import lets the window have its turn (performance.md, decision 6)."""


class ShortTurns:
    """Enter it for as long as something is imported in another thread.

    The length of a turn belongs to the whole process: the first who enters shortens it, the
    last who leaves gives back the usual one.
    """

    def __init__(self) -> None:
        self._inside = 0
        self._usual = 0.0

    def __enter__(self) -> None:
        if not self._inside:
            self._usual = sys.getswitchinterval()
            sys.setswitchinterval(_SHORT_TURN)
        self._inside += 1

    def __exit__(self, *_exception: object) -> None:
        self._inside -= 1
        if not self._inside:
            sys.setswitchinterval(self._usual)


SHORT_TURNS = ShortTurns()
