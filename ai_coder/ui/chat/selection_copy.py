"""Selected text on its way to the clipboard."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QGuiApplication

from ai_coder.ui.chat.selected_text import selected_messages, selected_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_coder.ui.chat.transcript_layout import TranscriptLayout
    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.chat.transcript_state import Selection

_AT_ONCE = 10_000
"""Messages of together so many characters are on the clipboard when `start` returns."""

_BUDGET_SECONDS = 0.006


class SelectionCopy(QObject):
    """Copies what is selected when it starts, of a long selection a few milliseconds at a time.

    It gives up when something else comes to the clipboard meanwhile.
    """

    progressed = pyqtSignal(int)
    """How many percent of a long selection are ready; with 100 it is on the clipboard."""

    def __init__(self, layout: TranscriptLayout, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layout = layout
        self._wanted: tuple[Selection, list[TranscriptMessage]] | None = None
        self._coming: Iterator[str] = iter(())
        self._ready: list[str] = []
        self._seen = self._length = 0
        """How many characters are ready, and about how many there are."""

        self._timer = QTimer(self)
        self._timer.timeout.connect(self._continue)
        self._clipboard = QGuiApplication.clipboard()
        if self._clipboard is not None:
            self._clipboard.dataChanged.connect(self.cancel)

    def start(self, selection: Selection) -> None:
        """Copy what is selected; if the same is being copied already, that goes on."""
        wanted = replace(selection), selected_messages(self._layout, selection)
        if wanted == self._wanted:
            return
        self.cancel()
        self._wanted = wanted
        self._coming = selected_text(self._layout, selection)
        self._length = sum(len(message.text) for message in wanted[1])
        if self._length <= _AT_ONCE:
            self._ready += self._coming
            self._finish()
        else:
            self._timer.start()
            self.progressed.emit(0)
            self._continue()

    @pyqtSlot()
    def cancel(self) -> None:
        """Leave the clipboard as it is."""
        self._timer.stop()
        self._wanted = None
        self._coming, self._ready, self._seen = iter(()), [], 0

    @pyqtSlot()
    def _continue(self) -> None:
        """Take more of the text, and tell with every tenth of it."""
        deadline = time.perf_counter() + _BUDGET_SECONDS
        before = self._tenths()
        for text in self._coming:
            self._ready.append(text)
            self._seen += len(text)
            if time.perf_counter() >= deadline:
                if self._tenths() != before:
                    self.progressed.emit(self._tenths() * 10)
                return
        self._finish()
        self.progressed.emit(100)

    def _tenths(self) -> int:
        return min(9, self._seen * 10 // self._length)

    def _finish(self) -> None:
        text = "".join(self._ready)
        self.cancel()
        if text and self._clipboard is not None:
            self._clipboard.setText(text)
