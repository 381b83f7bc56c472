"""Which places of a conversation hold the text that is looked for, counted in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ai_coder.ui.chat.height_index import HeightIndex

if TYPE_CHECKING:
    from collections.abc import Sequence


THOUGHTS = -(1 << 30)
"""The number of the first block of a model's thoughts; the answer begins with block 0."""


class Match(NamedTuple):
    """A place inside a message; `start` and `end` count UTF-16 code units.

    Its block has the same number whether the thoughts are folded or not, and however many of
    them are still to come.
    """

    block: int
    item: int
    start: int
    end: int
    term: int = 0
    """Which of several words it is."""


class CurrentMatch(NamedTuple):
    """The place the reader is at: a message, and which of its places."""

    message: int
    number: int


class FoundPlaces:
    """The places of every message; a number is turned into a place, and back, in O(log n)."""

    def __init__(self) -> None:
        self.current: CurrentMatch | None = None
        self._places: dict[int, Sequence[Match]] = {}
        self._counts = HeightIndex()

    @property
    def count(self) -> int:
        """How many there are."""
        return self._counts.total

    @property
    def number(self) -> int:
        """Which one is the current, from 1 on; 0 if none is."""
        if self.current is None:
            return 0
        return self.number_at(*self.current)

    def number_at(self, message: int, inside: int) -> int:
        """Return the number of one of the places of a message."""
        return self._counts.top(message) + inside + 1

    def clear(self) -> None:
        """Forget all of them."""
        self.truncate(0)

    def set(self, message: int, places: Sequence[Match]) -> None:
        """Replace the places of a message."""
        while len(self._counts) <= message:
            self._counts.append(0)
        self._counts.set(message, len(places))
        self._places.pop(message, None)
        if places:
            self._places[message] = places
        if self.current is not None and self.current.message == message:
            self.current = self.current if self.current.number < len(places) else None

    def of(self, message: int) -> Sequence[Match]:
        """Return the places of a message."""
        return self._places.get(message, ())

    def choose(self, number: int) -> tuple[int, Match]:
        """Make the place with a number from 1 on the current one; return it and its message."""
        message = self._counts.at(number - 1)
        inside = number - 1 - self._counts.top(message)
        self.current = CurrentMatch(message, inside)
        return message, self._places[message][inside]

    def shift(self, count: int) -> None:
        """Follow the messages, of which *count* were added before the first one."""
        self._counts.prepend([0] * count)
        self._places = {message + count: places for message, places in self._places.items()}
        if self.current is not None:
            self.current = CurrentMatch(self.current.message + count, self.current.number)

    def truncate(self, count: int) -> None:
        """Keep only those of the first *count* messages."""
        self._counts.truncate(count)
        self._places = {m: places for m, places in self._places.items() if m < count}
        if self.current is not None and self.current.message >= count:
            self.current = None
