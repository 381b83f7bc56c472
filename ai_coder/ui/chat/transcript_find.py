"""Finds text in a conversation: what is written, not how it is marked up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.markdown.utf16 import utf16_length
from ai_coder.ui.chat.found_places import Match

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from ai_coder.ui.chat.found_places import FoundPlaces
    from ai_coder.ui.chat.sought_text import SoughtText
    from ai_coder.ui.chat.transcript_layout import TranscriptLayout

_BUDGET_SECONDS = 0.006
_GROWTH_MS = 300
_AT_ONCE = 10_000
"""After so many places the earlier messages wait until the reader comes near them."""

_NEAR = 1_000


class TranscriptFind(QObject):
    """Looks through the messages from the last to the first, a few milliseconds at a time.

    Only messages, and blocks of them, whose source may contain the text are parsed.
    """

    changed = pyqtSignal(int, int)
    """Number of the current match, from 1, or 0; and how many there are so far."""

    current_changed = pyqtSignal(int, object)
    """The message and the `Match` in it to show."""

    def __init__(
        self, layout: TranscriptLayout, found: FoundPlaces, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._layout = layout
        self._found = found
        self._sought: SoughtText | None = None
        self._remaining: list[int] = []
        self._limit = _AT_ONCE
        self._reveals = False
        """Whether the first place that is found shall be shown."""

        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._continue)
        self._growth = QTimer(self)
        self._growth.setInterval(_GROWTH_MS)
        self._growth.setSingleShot(True)
        self._growth.timeout.connect(self._search_streaming)

    @property
    def is_complete(self) -> bool:
        """Whether the search has come to its end, or waits because it found so much."""
        return not self._remaining or self.has_more

    @property
    def count(self) -> int:
        """How many matches are known."""
        return self._found.count

    @property
    def has_more(self) -> bool:
        """Whether there are messages that were not looked through because of all the places."""
        return bool(self._remaining) and self._found.count >= self._limit

    def start(self, sought: SoughtText | None, index: int | None = None) -> int:
        """Look for a text and return how many matches the first moments gave.

        The last place is shown, or the first one in the message at *index*, and nothing where
        that has none.
        """
        self.clear()
        self._sought = sought
        self._reveals = index is None
        if sought is not None and index is not None:
            self._search(index)
            self._choose_in(index)
        self._look_at_all()
        return self._found.count

    def clear(self) -> None:
        """Forget the search."""
        self._timer.stop()
        self._growth.stop()
        self._remaining = []
        self._sought = None
        self._reveals = False
        self._limit = _AT_ONCE
        self._found.clear()

    def step(self, direction: int) -> None:
        """Go to the next match in reading order (1) or the one before (-1), around the ends."""
        count = self._found.count
        if not count:
            return
        number = self._found.number
        self._choose((number - 1 + direction) % count + 1 if number else count)
        if self.has_more and self._found.number < _NEAR:
            self._limit += _AT_ONCE
            self._timer.start()

    # -- what happens to the messages meanwhile --

    def begin_again(self) -> None:
        """Look through other messages for the same text; the reader stays where he is."""
        sought = self._sought
        self.clear()
        self._sought = sought
        self._look_at_all()

    def search_above(self, count: int) -> None:
        """Look through *count* messages that were added before the first one, too."""
        if self._sought is None:
            return
        self._remaining = [*range(count), *(index + count for index in self._remaining)]
        self._timer.start()

    def search_below(self, index: int) -> None:
        """Look through the messages from *index* on, which are new, too."""
        if self._sought is None:
            return
        self._reveals = False
        self._remaining += range(index, len(self._layout.messages))
        self._timer.start()

    def search_in(self, index: int) -> None:
        """Look through a message that is new or another now; what is shown stays in place."""
        if self._sought is not None:
            self._search(index)
            self._tell()

    def search_growing(self) -> None:
        """Look through the running answer soon; it goes on growing meanwhile."""
        if self._sought is not None and not self._growth.isActive():
            self._growth.start()

    def forget_after(self, index: int) -> None:
        """Leave out the messages below one; their places are gone already."""
        self._remaining = [number for number in self._remaining if number <= index]
        if self._sought is not None:
            self._tell()

    def _look_at_all(self) -> None:
        if self._sought is None:
            return
        self._remaining = list(range(len(self._layout.messages)))
        self._continue()
        if not self.is_complete:
            self._timer.start()

    @pyqtSlot()
    def _search_streaming(self) -> None:
        streaming = self._layout.streaming
        if streaming is not None and self._layout.has(streaming.message.id):
            self.search_in(self._layout.index_of(streaming.message.id))

    def _choose_in(self, index: int) -> None:
        """Go where in a message most of the words stand together, rather not to its thoughts."""
        terms: dict[int, set[int]] = {}
        for place in self._found.of(index):
            terms.setdefault(place.block, set()).add(place.term)
        if terms:
            best = max(terms, key=lambda block: (block >= 0, len(terms[block])))
            blocks = [place.block for place in self._found.of(index)]
            self._choose(self._found.number_at(index, blocks.index(best)))

    def _choose(self, number: int) -> None:
        self._reveals = False
        message, match = self._found.choose(number)
        self._tell()
        self.current_changed.emit(message, match)

    def _tell(self) -> None:
        self.changed.emit(self._found.number, self._found.count)

    @pyqtSlot()
    def _continue(self) -> None:
        deadline = time.perf_counter() + _BUDGET_SECONDS
        while not self.is_complete:
            self._search(self._remaining.pop())
            if time.perf_counter() >= deadline:
                break
        if self.is_complete:
            self._timer.stop()
        if self._reveals and self._found.count:
            self._choose(self._found.count)
        else:
            self._tell()

    def _search(self, index: int) -> None:
        found: list[Match] = []
        sought = self._sought
        assert sought is not None
        if sought.may_be_in("\n".join(self._layout.source_of(index))):
            for number, block in self._layout.glance(index).readable():
                items = block.items if sought.may_be_in(block.block.source) else ()
                for item, each in enumerate(items):
                    places = _places(sought.pattern, each.text)
                    found += (Match(number, item, *place) for place in places)
        self._found.set(index, found)


def _places(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int, int]]:
    passed = units = 0
    for match in pattern.finditer(text):
        start = units + utf16_length(text[passed : match.start()])
        units = start + utf16_length(match.group())
        passed = match.end()
        yield start, units, match.lastindex or 0
