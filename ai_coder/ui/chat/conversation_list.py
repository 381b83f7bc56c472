"""The chats on the left: new, search, grouped by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QFrame,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.chat.chat_list_view import ChatListView
from ai_coder.ui.chat.conversation_rows import ConversationDelegate, ConversationModel, RowData
from ai_coder.ui.chat.search_filters import SearchFilters
from ai_coder.ui.widgets.name_dialog import NameDialog
from ai_coder.ui.widgets.passing_menu import KeysOf, PassingMenu, no_keys
from ai_coder.ui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class ConversationList(QFrame):
    """Shows rows it is given and says what the user wants with them."""

    new_requested = pyqtSignal()
    opened = pyqtSignal(int)
    message_opened = pyqtSignal(int, int)
    """Conversation and message of a search result."""

    search_requested = pyqtSignal(str)
    more_requested = pyqtSignal()
    """More of what was found shall be shown."""

    rename_requested = pyqtSignal(int, str)
    pin_requested = pyqtSignal(int, bool)
    duplicate_requested = pyqtSignal(int)
    export_requested = pyqtSignal(int)
    import_requested = pyqtSignal()
    delete_requested = pyqtSignal(int)
    bin_requested = pyqtSignal()
    export_all_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.keys_of: KeysOf = no_keys
        self.setProperty("look", "panel")
        self._new = QPushButton(self.tr("New chat"), self)
        self._new.setObjectName("newChatButton")
        self._new.setProperty("look", "primary")
        self._search = SearchField(theme, self.tr("Search chats"), self)
        self._search.setObjectName("searchField")
        self._search.setAccessibleName(self.tr("Search all chats"))
        self.filters = SearchFilters(theme, self)
        self._rows = ConversationModel(self)
        self._marked: int | None = None
        self._hit: int | None = None
        """The message that was opened last, of a chat that has several rows."""

        self._is_behind = False
        """Whether what is looked for was not found yet."""

        self._opens_first = False
        self._waiting_rows: tuple[list[RowData], int | None, bool] | None = None
        self._list = ChatListView(self)
        self._list.setObjectName("conversationList")
        self._list.setAccessibleName(self.tr("Chats"))
        self._list.setModel(self._rows)
        delegate = ConversationDelegate(theme, self._list)
        self._list.setItemDelegate(delegate)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        delegate.closeEditor.connect(self._show_waiting)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._connect()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.px(10), theme.px(12), theme.px(10), 0)
        layout.setSpacing(theme.px(8))
        layout.addWidget(self._new)
        layout.addWidget(self._search)
        layout.addWidget(self.filters)
        layout.addWidget(self._list, 1)
        self._restyle()

    def set_rows(
        self, rows: list[RowData], current: int | None, *, are_found: bool = False
    ) -> None:
        """Show *rows* and mark the conversation *current*; not while a name is typed.

        In what a search found the mark stays where it is as long as the same chat is open.
        """
        if self._list.is_editing():
            self._waiting_rows = rows, current, are_found
            return
        self._waiting_rows = None
        place = self._list.currentIndex().row()
        before = self._rows.row_at(self._list.currentIndex())
        stays = are_found and current == self._marked
        self._marked = current
        self._rows.set_rows(rows)
        index = QModelIndex()
        if stays and before is not None and before.is_more:
            index = self._rows.index(min(place, len(rows) - 1))
        elif stays and before is not None:
            index = self._rows.index_of(before.conversation_id, before.message_id)
        if index.isValid():
            self._list.setCurrentIndex(index)
        else:
            self.set_current(current)
        if are_found:
            self._is_behind = False
            if self._opens_first:
                self._open_first()

    def set_current(self, conversation_id: int | None) -> None:
        """Mark the open conversation without opening it again."""
        self._list.setCurrentIndex(self._rows.index_of(conversation_id, self._hit))

    def scroll_to_top(self) -> None:
        """Show the first rows."""
        self._list.scrollToTop()

    def focus_search(self) -> None:
        """Put the caret into the search field."""
        self._search.setFocus()
        self._search.selectAll()

    def clear_search(self) -> None:
        """Show all chats again."""
        self._search.clear()
        self.filters.reset()

    def is_searching(self) -> bool:
        """Whether search results are shown instead of the chats."""
        return bool(self._search.text().strip())

    def neighbour(self, step: int) -> int | None:
        """Return the conversation *step* rows below the marked one, wrapping around."""
        return self._rows.neighbour(self._list.currentIndex(), step)

    def ask_name(self, conversation_id: int, title: str) -> None:
        """Let the user type another name: in the list, or in a dialog where it is not shown."""
        index = self._rows.index_of(conversation_id)
        row = self._rows.row_at(index)
        if self.isVisible() and row is not None and row.message_id is None:
            self._list.setCurrentIndex(index)
            self._list.edit(index)
            return
        verb = self.tr("Rename")
        dialog = NameDialog(self._theme, self.tr("Rename chat"), verb, title, self)
        dialog.named.connect(lambda name: self.rename_requested.emit(conversation_id, name))
        dialog.open()

    def _connect(self) -> None:
        self._new.clicked.connect(self.new_requested)
        self._search.textChanged.connect(self._searched)
        self._search.returnPressed.connect(self._open_first)
        self._search.installEventFilter(self)
        self.filters.changed.connect(lambda: self.search_requested.emit(self._search.text()))
        self._list.opened.connect(self._open)
        self._list.clicked.connect(self._open)
        self._list.left_upwards.connect(self._search.setFocus)
        self._list.left.connect(self._mark_shown)
        self._list.escape_pressed.connect(self.clear_search)
        self._rows.renamed.connect(self.rename_requested)
        self._list.delete_pressed.connect(self._delete_current)
        self._list.rename_pressed.connect(self._rename_current)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._theme.changed.connect(self._restyle)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Go from the search field down to what was found; Esc empties the field first."""
        if watched is self._search and isinstance(event, QKeyEvent):
            is_press = event.type() == QEvent.Type.KeyPress
            if event.key() == Qt.Key.Key_Down and is_press:
                self._list.setCurrentIndex(self._rows.first_choice())
                self._list.setFocus()
                return True
            if event.key() == Qt.Key.Key_Escape and self._search.text():
                if is_press:
                    self.clear_search()
                event.accept()
                return True
        return super().eventFilter(watched, event)

    @pyqtSlot(str)
    def _searched(self, text: str) -> None:
        is_searching = bool(text.strip())
        self.filters.setVisible(is_searching)
        self._list.claims_escape = is_searching
        self._is_behind, self._opens_first = is_searching, False
        self.search_requested.emit(text)

    @pyqtSlot()
    def _mark_shown(self) -> None:
        """Mark the open chat again after walking through the others."""
        if self._marked is not None:
            self.set_current(self._marked)

    @pyqtSlot()
    def _open_first(self) -> None:
        """Open the first of what is found, as soon as it is."""
        self._opens_first = self._is_behind
        if self.is_searching() and not self._is_behind:
            self._open(self._rows.first_choice())

    @pyqtSlot(QWidget, QAbstractItemDelegate.EndEditHint)
    def _show_waiting(self, _editor: QWidget, _hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Show what came in while a name was typed, once the field is gone."""
        QTimer.singleShot(0, self._take_waiting)

    @pyqtSlot()
    def _take_waiting(self) -> None:
        if self._waiting_rows is not None:
            rows, current, are_found = self._waiting_rows
            self.set_rows(rows, current, are_found=are_found)

    @pyqtSlot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        row = self._rows.row_at(index)
        if row is not None and row.is_more:
            self.more_requested.emit()
        if row is None or row.conversation_id is None:
            return
        self._hit = row.message_id
        self._list.setCurrentIndex(index)
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
        menu, keys = PassingMenu(self), self.keys_of
        menu.setObjectName("chatMenu")
        row = self._rows.row_at(self._list.indexAt(place))
        if row is not None and row.conversation_id is not None:
            self._add_chat(menu, row, row.conversation_id)
        menu.add(self.tr("Import chats…"), self.import_requested.emit, keys("import_chats"))
        every = self.export_all_requested
        menu.add(self.tr("Export all chats…"), every.emit, keys("export_all_chats"))
        menu.add(self.tr("Bin…"), self.bin_requested.emit, keys("show_bin"))
        viewport = self._list.viewport()
        if viewport is not None:
            menu.popup(viewport.mapToGlobal(place))

    def _add_chat(self, menu: PassingMenu, row: RowData, chat: int) -> None:
        """Offer what can be done with a chat; the keys of the commands mean the open one."""
        keys = self.keys_of if chat == self._marked else no_keys
        title, pinned = row.title, row.is_pinned
        pin, duplicate = self.tr("Unpin") if pinned else self.tr("Pin"), self.tr("Duplicate")
        menu.add(self.tr("Rename…"), lambda: self.ask_name(chat, title), keys("rename_chat"))
        menu.add(pin, lambda: self.pin_requested.emit(chat, not pinned), keys("pin_chat"))
        menu.add(duplicate, lambda: self.duplicate_requested.emit(chat), keys("duplicate_chat"))
        menu.add(self.tr("Export…"), lambda: self.export_requested.emit(chat), keys("export_chat"))
        menu.addSeparator()
        menu.add(self.tr("Delete"), lambda: self.delete_requested.emit(chat), keys("delete_chat"))
        menu.addSeparator()

    @pyqtSlot()
    def _restyle(self) -> None:
        self.setFixedWidth(self._theme.px(248))
        self._rows.layoutChanged.emit()
