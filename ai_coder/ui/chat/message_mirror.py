"""A real text widget that says what the painted message under the caret says."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QTextCursor
from PyQt6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from ai_coder.markdown.utf16 import utf16_length

if TYPE_CHECKING:
    from PyQt6.QtGui import QFocusEvent, QPaintEvent

_TAB_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class MessageMirror(QPlainTextEdit):
    """Holds the keyboard focus of a transcript, for screen readers.

    PyQt has no binding for accessible interfaces of our own, so painted text is read through
    this widget. It lies over the message, paints nothing and lets the mouse through.
    """

    key_pressed = pyqtSignal(object)
    """Every key; accepted ones do not move the caret."""

    caret_moved = pyqtSignal(bool)
    """A key moved the caret; whether it selected what it passed."""

    entered = pyqtSignal(bool)
    """The focus came here; whether by keyboard."""

    left = pyqtSignal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""
        self.setObjectName("transcriptMessage")
        self.setAccessibleName(self.tr("Message"))
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUndoRedoEnabled(False)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.setStyleSheet("background: transparent; border: none;")
        viewport = self.viewport()
        if viewport is not None:
            viewport.setAutoFillBackground(False)

    def show_text(self, name: str, text: str) -> None:
        """Mirror a message: *name* says who wrote it."""
        self._rename(name)
        if self._text != text:
            self._text = text
            self.setPlainText(text)

    def change_text(self, name: str, text: str) -> None:
        """Say what the message has become; caret and selection stay at the same words."""
        self._rename(name)
        before, self._text = self._text, text
        start = _common_start(before, text)
        rest = _common_start(before[start:][::-1], text[start:][::-1])
        old, new = before[start : len(before) - rest], text[start : len(text) - rest]
        if not old and not new:
            return
        place, old_length, new_length = map(utf16_length, (before[:start], old, new))

        def moved(position: int) -> int:
            if position > place + old_length:
                return position + new_length - old_length
            return min(position, place + new_length) if position > place else position

        anchor, position = self.textCursor().anchor(), self.textCursor().position()
        cursor = QTextCursor(self.document())
        cursor.setPosition(place)
        cursor.setPosition(place + old_length, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(new)
        self.put_caret(moved(anchor))
        self.put_caret(moved(position), selects=True)

    def put_caret(self, place: int, *, selects: bool = False) -> None:
        """Move the caret, with what it passes selected or nothing."""
        cursor = self.textCursor()
        modes = QTextCursor.MoveMode
        cursor.setPosition(place, modes.KeepAnchor if selects else modes.MoveAnchor)
        self.setTextCursor(cursor)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint nothing: the transcript below shows the same text."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Offer the key to the transcript first."""
        if event is None:
            return
        event.ignore()
        self.key_pressed.emit(event)
        if event.isAccepted():
            return
        before = self._caret()
        super().keyPressEvent(event)
        if self._caret() != before:
            self.caret_moved.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def _rename(self, name: str) -> None:
        if name != self.accessibleName():
            self.setAccessibleName(name)

    def _caret(self) -> tuple[int, int]:
        return self.textCursor().position(), self.textCursor().anchor()

    def event(self, event: QEvent | None) -> bool:
        """Offer Tab as well, which would leave before `keyPressEvent` is asked."""
        is_press = event is not None and event.type() == QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab:
            event.ignore()
            self.key_pressed.emit(event)
            if event.isAccepted():
                return True
            event.accept()  # or the widgets around would each move the focus on
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Tell that the keyboard arrived."""
        super().focusInEvent(event)
        if event is not None:
            self.entered.emit(event.reason() in _TAB_REASONS)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Tell that the keyboard went away."""
        super().focusOutEvent(event)
        self.left.emit()


def _common_start(first: str, second: str) -> int:
    """Return how many characters both begin with."""
    most = min(len(first), len(second))
    return bisect_left(range(most), True, key=lambda n: first[: n + 1] != second[: n + 1])
