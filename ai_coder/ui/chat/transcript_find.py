"""Finds text in a conversation: what is written, not how it is marked up."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.markdown.utf16 import utf16_length
from ai_coder.ui.chat.transcript_state import Match

if TYPE_CHECKING:
    from ai_coder.ui.chat.transcript_layout import TranscriptLayout
    from ai_coder.ui.chat.transcript_state import TranscriptState

_BUDGET_SECONDS = 0.006
_MARKUP = str.maketrans("", "", "*_`~\\")


class TranscriptFind(QObject):
    """Looks through the messages from the last to the first, a few milliseconds at a time.

    Only messages whose source may contain the text are parsed.
    """

    changed = pyqtSignal(int, int)
    """Number of the current match, from 1, or 0; and how many there are so far."""

    current_changed = pyqtSignal(object)
    """The match to show."""

    def __init__(
        self, layout: TranscriptLayout, state: TranscriptState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._layout = layout
        self._state = state
        self._text = ""
        self._pattern: re.Pattern[str] | None = None
        self._remaining: list[int] = []
        self._count = 0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._continue)

    @property
    def is_complete(self) -> bool:
        """Whether all messages were looked through."""
        return not self._remaining

    @property
    def count(self) -> int:
        """How many matches are known."""
        return self._count

    def start(self, text: str) -> int:
        """Look for *text*, ignoring case, and return how many matches the first moments gave."""
        self.clear()
        if not text:
            return 0
        self._text = text.casefold()
        self._pattern = re.compile(re.escape(text), re.IGNORECASE)
        self._remaining = list(range(len(self._layout.messages)))
        self._continue()
        if not self.is_complete:
            self._timer.start()
        return self._count

    def clear(self) -> None:
        """Forget the search."""
        self._timer.stop()
        self._remaining = []
        self._pattern = None
        self._count = 0
        self._state.matches.clear()
        self._state.current_match = None

    def search_above(self, count: int) -> None:
        """Look through *count* messages that were added before the first one, too."""
        if self._pattern is None:
            return
        self._remaining = [*range(count), *(index + count for index in self._remaining)]
        self._timer.start()

    def step(self, direction: int) -> Match | None:
        """Go to the next match in reading order (1) or the one before (-1), around the ends."""
        matches = self._ordered()
        if not matches:
            return None
        current = self._state.current_match
        index = matches.index(current) + direction if current in matches else -1
        self._choose(matches, index % len(matches))
        return self._state.current_match

    def _choose(self, matches: list[Match], index: int) -> None:
        self._state.current_match = matches[index]
        self.changed.emit(index + 1, len(matches))
        self.current_changed.emit(matches[index])

    def _ordered(self) -> list[Match]:
        found = self._state.matches
        return [match for message in sorted(found) for match in found[message]]

    @pyqtSlot()
    def _continue(self) -> None:
        deadline = time.perf_counter() + _BUDGET_SECONDS
        while self._remaining and time.perf_counter() < deadline:
            self._search(self._remaining.pop())
        if self.is_complete:
            self._timer.stop()
        if self._state.current_match is None and self._count:
            self._choose(self._ordered(), self._count - 1)
        else:
            matches = self._ordered()
            current = self._state.current_match
            number = matches.index(current) + 1 if current in matches else 0
            self.changed.emit(number, self._count)

    def _search(self, index: int) -> None:
        source = self._layout.messages[index].text.casefold()
        if self._text not in source and self._text not in source.translate(_MARKUP):
            return
        assert self._pattern is not None
        view = self._layout.glance(index)
        found = []
        for block, item, text in view.texts():
            for match in self._pattern.finditer(text):
                start = utf16_length(text[: match.start()])
                end = start + utf16_length(match.group())
                if end > start and block >= view.reasoning_count:
                    found.append(Match(index, block, item, start, end))
        if found:
            self._state.matches[index] = found
            self._count += len(found)
