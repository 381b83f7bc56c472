"""The bin: deleted chats that can be taken back for thirty days, or deleted for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QDateTime, QLocale, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.dialog_size import open_at
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.look import set_look
from ai_coder.ui.widgets.name_dialog import shortened_name
from ai_coder.ui.widgets.pair_delegate import PairDelegate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PyQt6.QtGui import QKeyEvent

    from ai_coder.chat.conversation import Conversation
    from ai_coder.ui.theme import Theme

_ID = Qt.ItemDataRole.UserRole
_TITLE = Qt.ItemDataRole.UserRole + 1
_WHEN = Qt.ItemDataRole.UserRole + 2


class BinDialog(QDialog):
    """Lists deleted chats; restoring one closes the dialog, deleting for good asks first."""

    restore_requested = pyqtSignal(int)
    erase_requested = pyqtSignal(list)
    """Ids of chats that shall be deleted for good."""

    def __init__(
        self, theme: Theme, deleted: Sequence[Conversation], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("binDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Bin"))
        self._text = label("", "muted", self)
        self._list = QListWidget(self)
        self._list.setItemDelegate(PairDelegate(theme, _WHEN, self._list))
        self._list.setAccessibleName(self.tr("Deleted chats"))
        self._empty = button(self.tr("Empty bin…"), "danger", self)
        self._empty.setObjectName("emptyBinButton")
        self._erase = button(self.tr("Delete for good…"), "danger", self)
        self._erase.setObjectName("eraseButton")
        self._restore = button(self.tr("Restore"), "primary", self)
        self._restore.setObjectName("restoreButton")
        close = button(self.tr("Close"), "", self)
        close.clicked.connect(self.reject)
        self._empty.clicked.connect(self._ask_to_empty)
        self._erase.clicked.connect(self._ask_to_erase)
        self._restore.clicked.connect(self._take_back)
        self._list.currentRowChanged.connect(self._refresh)
        self._list.itemActivated.connect(self._take_back)
        buttons = QHBoxLayout()
        buttons.addWidget(self._empty)
        buttons.addStretch(1)
        for each in (close, self._erase, self._restore):
            buttons.addWidget(each)
        layout = QVBoxLayout(self)
        px = theme.px
        buttons.setSpacing(px(8))
        layout.setContentsMargins(px(24), px(20), px(24), px(20))
        layout.setSpacing(px(12))
        layout.addWidget(self._text)
        layout.addWidget(self._list, 1)
        layout.addLayout(buttons)
        open_at(self, theme, 560, 400)
        self.set_chats(deleted)

    @pyqtSlot(list)
    def set_chats(self, deleted: Sequence[Conversation]) -> None:
        """Show what is in the bin now."""
        row = self._list.currentRow()
        self._list.clear()
        for chat in deleted:
            title = chat.title or self.tr("New chat")
            moment = int((chat.deleted_at or chat.updated_at).timestamp())
            when = QLocale().toString(QDateTime.fromSecsSinceEpoch(moment), "d MMM yyyy, HH:mm")
            item = QListWidgetItem(title)
            item.setData(_WHEN, when)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title} · {when}")
            item.setData(_ID, chat.id)
            item.setData(_TITLE, title)
            self._list.addItem(item)
        self._list.setCurrentRow(min(max(row, 0), self._list.count() - 1))
        self._text.setText(
            self.tr("Deleted chats stay here for 30 days.")
            if deleted
            else self.tr("The bin is empty.")
        )
        self._refresh()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Delete the marked chat for good with the key for it."""
        if event is not None and event.key() == Qt.Key.Key_Delete:
            self._ask_to_erase()
            return
        super().keyPressEvent(event)

    @pyqtSlot()
    def _refresh(self) -> None:
        is_chosen = self._list.currentItem() is not None
        self._restore.setEnabled(is_chosen)
        self._erase.setEnabled(is_chosen)
        self._empty.setEnabled(self._list.count() > 0)

    @pyqtSlot()
    def _take_back(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.restore_requested.emit(item.data(_ID))
            self.accept()

    @pyqtSlot()
    def _ask_to_erase(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            title = shortened_name(item.data(_TITLE))
            text = self.tr("Delete “{title}” for good?").format(title=title)
            self._ask(text, [item.data(_ID)])

    @pyqtSlot()
    def _ask_to_empty(self) -> None:
        items = [self._list.item(row) for row in range(self._list.count())]
        chats = [item.data(_ID) for item in items if item is not None]
        self._ask(self.tr("Delete everything in the bin for good?"), chats)

    def _ask(self, text: str, chats: list[int]) -> None:
        box = QMessageBox(self)
        box.setObjectName("eraseQuestion")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self.tr("Delete for good"))
        box.setText(text)
        gone = self.tr("1 chat") if len(chats) == 1 else self.tr("{n} chats")
        text = self.tr("{chats} will be gone. This cannot be undone.")
        box.setInformativeText(text.format(chats=gone.format(n=len(chats))))
        erase = box.addButton(self.tr("Delete for good"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole))
        if erase is not None:
            set_look(erase, "danger")
            erase.clicked.connect(lambda: self.erase_requested.emit(chats))
        box.open()
