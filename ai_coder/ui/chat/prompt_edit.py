"""The multi-line field in which a prompt is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QMimeData, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QKeyEvent, QTextCursor
from PyQt6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from ai_coder.chat.attachments import is_long_paste

if TYPE_CHECKING:
    from PyQt6.QtGui import QResizeEvent

    from ai_coder.ui.theme import Theme

_MOST_LINES = 10


class PromptEdit(QPlainTextEdit):
    """Grows with its text up to ten lines, then scrolls."""

    send_requested = pyqtSignal()
    send_now_requested = pyqtSignal()
    """While an answer runs: end it and send this instead."""

    edit_last_requested = pyqtSignal()
    history_requested = pyqtSignal(int)
    """-1 asks for the prompt before, 1 for the one after."""

    long_text_pasted = pyqtSignal(str)
    image_pasted = pyqtSignal(QImage)
    files_dropped = pyqtSignal(list)
    """Paths of files that were dropped or pasted."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sends_with_ctrl = False
        self._is_running = False
        self.setObjectName("promptEdit")
        self.setAccessibleName(self.tr("Prompt"))
        self.setPlaceholderText(self.tr("Ask about your code"))
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self._grow)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_sends_with_ctrl(self, with_ctrl: bool) -> None:
        """Send with Ctrl+Enter instead of Enter."""
        self._sends_with_ctrl = with_ctrl

    def set_running(self, is_running: bool) -> None:
        """Let Ctrl+Enter interrupt the running answer (with Shift where it sends anyway)."""
        self._is_running = is_running

    def sizeHint(self) -> QSize:
        """Return the height of one to ten lines."""
        line = self.fontMetrics().lineSpacing()
        document = self.document()
        lines = int(document.size().height()) if document is not None else 1
        margins = 2 * self._theme.px(6)
        return QSize(self._theme.px(200), line * max(1, min(_MOST_LINES, lines)) + margins)

    def minimumSizeHint(self) -> QSize:
        """Return the same as the hint: the layout must not squeeze the field."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Send, start a new line, or walk through earlier prompts."""
        if event is None:
            return
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if is_enter and self._is_running and control and shift == self._sends_with_ctrl:
            self.send_now_requested.emit()
        elif is_enter and shift:
            self.insertPlainText("\n")
        elif is_enter and control == self._sends_with_ctrl:
            self.send_requested.emit()
        elif is_enter or (control and event.key() == Qt.Key.Key_J):
            self.insertPlainText("\n")
        elif control and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.history_requested.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.edit_last_requested.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Follow a change of width: other line breaks need another height."""
        super().resizeEvent(event)
        self._grow()

    def canInsertFromMimeData(self, source: QMimeData | None) -> bool:
        """Return whether text, files or a picture can be taken."""
        return source is not None and (source.hasText() or source.hasUrls() or source.hasImage())

    def insertFromMimeData(self, source: QMimeData | None) -> None:
        """Take short text into the field and hand everything else on."""
        if source is None:
            return
        files = [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
        if files:
            self.files_dropped.emit(files)
        elif source.hasImage() and (source.hasUrls() or not source.text().strip()):
            # Cells of a spreadsheet come with a picture of themselves, a picture of a web page
            # with the address it is from.
            self.image_pasted.emit(QImage(source.imageData()))
        elif is_long_paste(source.text()):
            self.long_text_pasted.emit(source.text())
        else:
            self.insertPlainText(source.text())

    def replace_text(self, text: str) -> None:
        """Show *text* with the caret behind it."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def _restyle(self) -> None:
        font = self._theme.font(14)
        self.setFont(font)
        viewport = self.viewport()
        if viewport is not None:  # it paints the placeholder, and keeps its old font otherwise
            viewport.setFont(font)
        self._grow()

    def _grow(self) -> None:
        document = self.document()
        lines = document.size().height() if document is not None else 1
        scrolls = lines > _MOST_LINES
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if scrolls else policy.ScrollBarAlwaysOff
        )
        self.updateGeometry()
