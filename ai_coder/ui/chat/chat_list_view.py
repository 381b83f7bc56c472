"""A list view with the keys of a list of chats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QModelIndex, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QAbstractItemView, QListView

if TYPE_CHECKING:
    from PyQt6.QtGui import QFocusEvent


class ChatListView(QListView):
    """Enter opens, Delete moves to the bin (undoable), F2 renames, Up leaves at the top."""

    opened = pyqtSignal(QModelIndex)
    delete_pressed = pyqtSignal()
    rename_pressed = pyqtSignal()
    escape_pressed = pyqtSignal()
    left_upwards = pyqtSignal()
    left = pyqtSignal()
    """The keyboard went elsewhere in the window."""

    claims_escape = False
    """Whether Esc has something to close here; otherwise it stops the answer."""

    def is_editing(self) -> bool:
        """Whether a name is typed in place."""
        return self.state() == QAbstractItemView.State.EditingState

    def event(self, event: QEvent | None) -> bool:
        """Claim the keys that mean something else in the rest of the window."""
        is_claim = event is not None and event.type() == QEvent.Type.ShortcutOverride
        if is_claim and isinstance(event, QKeyEvent):
            is_escape = event.key() == Qt.Key.Key_Escape and self.claims_escape
            if is_escape or event.key() == Qt.Key.Key_F2:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what the key stands for."""
        if event is None:
            return
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.opened.emit(self.currentIndex())
            case Qt.Key.Key_Delete:
                self.delete_pressed.emit()
            case Qt.Key.Key_F2:
                self.rename_pressed.emit()
            case Qt.Key.Key_Escape if self.claims_escape:
                self.escape_pressed.emit()
            case Qt.Key.Key_Up if self._is_first():
                self.left_upwards.emit()
            case _:
                super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Tell that the keyboard went away, but not to a menu or another window."""
        super().focusOutEvent(event)
        elsewhere = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event is not None and event.reason() not in elsewhere and not self.is_editing():
            self.left.emit()

    def _is_first(self) -> bool:
        """Whether nothing above the marked row can be chosen."""
        model, index = self.model(), self.currentIndex()
        if model is None or not index.isValid():
            return True
        above = (model.index(row, 0) for row in range(index.row()))
        return not any(model.flags(each) & Qt.ItemFlag.ItemIsSelectable for each in above)
