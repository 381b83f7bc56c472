"""The chats on the left: new, search, grouped by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QModelIndex, QPoint, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import (
    QFrame,
    QInputDialog,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.chat.conversation_rows import ConversationDelegate, ConversationModel, RowData

if TYPE_CHECKING:
    from collections.abc import Callable

    from PyQt6.QtGui import QKeyEvent

    from ai_coder.ui.theme import Theme


class ConversationList(QFrame):
    """Shows rows it is given and says what the user wants with them."""

    new_requested = pyqtSignal()
    opened = pyqtSignal(int)
    message_opened = pyqtSignal(int, int)
    """Conversation and message of a search result."""

    search_requested = pyqtSignal(str)
    rename_requested = pyqtSignal(int, str)
    pin_requested = pyqtSignal(int, bool)
    duplicate_requested = pyqtSignal(int)
    export_requested = pyqtSignal(int)
    import_requested = pyqtSignal()
    delete_requested = pyqtSignal(int)
    bin_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("look", "panel")
        self._new = QPushButton(self.tr("New chat"), self)
        self._new.setObjectName("newChatButton")
        self._new.setProperty("look", "primary")
        self._new.setToolTip(self.tr("Start a new chat (Ctrl+N)"))
        self._search = QLineEdit(self)
        self._search.setObjectName("searchField")
        self._search.setPlaceholderText(self.tr("Search chats"))
        self._search.setAccessibleName(self.tr("Search all chats"))
        self._search.setClearButtonEnabled(True)
        self._rows = ConversationModel(self)
        self._list = _List(self)
        self._list.setObjectName("conversationList")
        self._list.setAccessibleName(self.tr("Chats"))
        self._list.setModel(self._rows)
        self._list.setItemDelegate(ConversationDelegate(theme, self._list))
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._connect()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(10), theme.px(12), theme.px(10), 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(self._new)
        layout.addWidget(self._search)
        layout.addWidget(self._list, 1)
        self._restyle()

    def set_rows(self, rows: list[RowData], current: int | None) -> None:
        """Show *rows* and mark the conversation *current*."""
        self._rows.set_rows(rows)
        self.set_current(current)

    def set_current(self, conversation_id: int | None) -> None:
        """Mark the open conversation without opening it again."""
        self._list.setCurrentIndex(self._rows.index_of(conversation_id))

    def focus_search(self) -> None:
        """Put the caret into the search field."""
        self._search.setFocus()
        self._search.selectAll()

    def is_searching(self) -> bool:
        """Whether search results are shown instead of the chats."""
        return bool(self._search.text().strip())

    def neighbour(self, step: int) -> int | None:
        """Return the conversation *step* rows below the marked one, wrapping around."""
        return self._rows.neighbour(self._list.currentIndex(), step)

    def ask_name(self, conversation_id: int, title: str) -> None:
        """Open a small dialog for another name."""
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Rename chat"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextValue(title)

        def accept(name: str) -> None:
            if name.strip():
                self.rename_requested.emit(conversation_id, name.strip())

        dialog.textValueSelected.connect(accept)
        dialog.open()

    def _connect(self) -> None:
        self._new.clicked.connect(self.new_requested)
        self._search.textChanged.connect(self.search_requested)
        self._list.activated.connect(self._open)
        self._list.clicked.connect(self._open)
        self._list.delete_pressed.connect(self._delete_current)
        self._list.rename_pressed.connect(self._rename_current)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._theme.changed.connect(self._restyle)

    @pyqtSlot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        row = self._rows.row_at(index)
        if row is None or row.conversation_id is None:
            return
        if row.message_id is not None:
            self.message_opened.emit(row.conversation_id, row.message_id)
        else:
            self.opened.emit(row.conversation_id)

    @pyqtSlot()
    def _delete_current(self) -> None:
        row = self._rows.row_at(self._list.currentIndex())
        if row is not None and row.conversation_id is not None:
            self.delete_requested.emit(row.conversation_id)

    @pyqtSlot()
    def _rename_current(self) -> None:
        row = self._rows.row_at(self._list.currentIndex())
        if row is not None and row.conversation_id is not None:
            self.ask_name(row.conversation_id, row.title)

    @pyqtSlot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = self._rows.row_at(self._list.indexAt(place))
        if row is not None and row.conversation_id is not None:
            chat, title, pinned = row.conversation_id, row.title, row.is_pinned
            pin = self.tr("Unpin") if pinned else self.tr("Pin")
            _add(menu, self.tr("Rename…"), lambda: self.ask_name(chat, title))
            _add(menu, pin, lambda: self.pin_requested.emit(chat, not pinned))
            _add(menu, self.tr("Duplicate"), lambda: self.duplicate_requested.emit(chat))
            _add(menu, self.tr("Export…"), lambda: self.export_requested.emit(chat))
            menu.addSeparator()
            _add(menu, self.tr("Delete"), lambda: self.delete_requested.emit(chat))
            menu.addSeparator()
        _add(menu, self.tr("Import chats…"), self.import_requested.emit)
        _add(menu, self.tr("Bin…"), self.bin_requested.emit)
        viewport = self._list.viewport()
        if viewport is not None:
            menu.popup(viewport.mapToGlobal(place))

    @pyqtSlot()
    def _restyle(self) -> None:
        self.setFixedWidth(self._theme.px(248))
        self._rows.layoutChanged.emit()


class _List(QListView):
    """A list view with the keys of a list of chats."""

    delete_pressed = pyqtSignal()
    rename_pressed = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Delete moves a chat to the bin (undoable), F2 renames it."""
        if event is not None and event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        elif event is not None and event.key() == Qt.Key.Key_F2:
            self.rename_pressed.emit()
        else:
            super().keyPressEvent(event)


def _add(menu: QMenu, text: str, slot: Callable[[], object]) -> None:
    action = menu.addAction(text)
    if action is not None:
        action.triggered.connect(slot)
