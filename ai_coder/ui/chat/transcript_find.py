"""Finds text in a conversation: what is written, not how it is marked up."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.markdown.utf16 import utf16_length
from ai_coder.ui.chat.found_places import Match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_coder.ui.chat.found_places import FoundPlaces
    from ai_coder.ui.chat.transcript_layout import TranscriptLayout

_BUDGET_SECONDS = 0.006
_GROWTH_MS = 300
_AT_ONCE = 10_000
"""After so many places the earlier messages wait until the reader comes near them."""

_NEAR = 1_000
_MARKUP = str.maketrans("", "", "*_`~\\")
_HIDING = "[<&"
"""Links, HTML and entities: what is written stands differently in the source."""


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
        self._text = ""
        self._words: list[str] = []
        self._pattern: re.Pattern[str] | None = None
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

    def start(self, text: str) -> int:
        """Look for *text*, ignoring case, and return how many matches the first moments gave."""
        self.clear()
        self._reveals = True
        self._look_for(text)
        return self._found.count

    def clear(self) -> None:
        """Forget the search."""
        self._timer.stop()
        self._growth.stop()
        self._text = ""
        self._remaining = []
        self._pattern = None
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
        text = self._text
        self.clear()
        self._look_for(text)

    def search_above(self, count: int) -> None:
        """Look through *count* messages that were added before the first one, too."""
        if self._pattern is None:
            return
        self._remaining = [*range(count), *(index + count for index in self._remaining)]
        self._timer.start()

    def search_in(self, index: int) -> None:
        """Look through a message that is new or another now; what is shown stays in place."""
        if self._pattern is not None:
            self._search(index)
            self._tell()

    def search_growing(self) -> None:
        """Look through the running answer soon; it goes on growing meanwhile."""
        if self._pattern is not None and not self._growth.isActive():
            self._growth.start()

    def forget_after(self, index: int) -> None:
        """Leave out the messages below one; their places are gone already."""
        self._remaining = [number for number in self._remaining if number <= index]
        if self._pattern is not None:
            self._tell()

    def _look_for(self, text: str) -> None:
        if not text.strip():
            return
        self._text = text
        self._words = text.casefold().translate(_MARKUP).split()
        parts = re.split(r"\s+", text)  # the words may stand in two lines
        self._pattern = re.compile(r"\s+".join(map(re.escape, parts)), re.IGNORECASE)
        self._remaining = list(range(len(self._layout.messages)))
        self._continue()
        if not self.is_complete:
            self._timer.start()

    @pyqtSlot()
    def _search_streaming(self) -> None:
        streaming = self._layout.streaming
        if streaming is not None and self._layout.has(streaming.message.id):
            self.search_in(self._layout.index_of(streaming.message.id))

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
        if self._may_be_in("\n".join(self._layout.source_of(index))):
            for number, block in self._layout.glance(index).readable():
                items = block.items if self._may_be_in(block.block.source) else ()
                for item, each in enumerate(items):
                    found += (Match(number, item, *place) for place in self._places_in(each.text))
        self._found.set(index, found)

    def _may_be_in(self, source: str) -> bool:
        """Whether every word stands in the source, which may divide and mark them up."""
        if any(character in source for character in _HIDING):
            return True
        source = source.casefold().translate(_MARKUP)
        return all(word in source for word in self._words)

    def _places_in(self, text: str) -> Iterator[tuple[int, int]]:
        assert self._pattern is not None
        passed = units = 0
        for match in self._pattern.finditer(text):
            start = units + utf16_length(text[passed : match.start()])
            units = start + utf16_length(match.group())
            passed = match.end()
            yield start, units
