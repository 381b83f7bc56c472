"""Lexers for code blocks, loaded in a thread and kept for all transcripts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.markdown.highlight import load_lexer
from ai_coder.ui.mailbox import Mailbox

if TYPE_CHECKING:
    from ai_coder.markdown.highlight import LineLexer

_LONGEST_NAME = 40


class CodeLexers(QObject):
    """Hands out lexers; the first use of a language loads it, and code is plain until then."""

    loaded = pyqtSignal(str)
    """A language that was asked for can be coloured now."""

    advanced = pyqtSignal()
    """Time to paint the code again whose lines are still being lexed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lexers: dict[str, LineLexer | None] = {}
        self._is_closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lexers")
        self._mailbox = Mailbox()
        self._mailbox.arrived.connect(self._keep)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.advanced)

    def lexer(self, language: str) -> LineLexer | None:
        """Return the lexer of *language* if it is here; ask for it otherwise."""
        name = language.lower()
        if name not in self._lexers:
            self._lexers[name] = None
            if name and len(name) <= _LONGEST_NAME and not self._is_closed:
                self._thread.submit(_load, name, self._mailbox)
        return self._lexers[name]

    def call_again(self) -> None:
        """Emit `advanced` as soon as nothing else is to do."""
        self._again.start(0)

    def close(self) -> None:
        """End the thread; languages not loaded yet stay plain."""
        self._is_closed = True
        self._thread.shutdown(cancel_futures=True)

    @pyqtSlot(object)
    def _keep(self, letter: tuple[str, LineLexer | None]) -> None:
        name, lexer = letter
        self._lexers[name] = lexer
        if lexer is not None:
            self.loaded.emit(name)


def _load(name: str, mailbox: Mailbox) -> None:
    mailbox.arrived.emit((name, load_lexer(name)))
