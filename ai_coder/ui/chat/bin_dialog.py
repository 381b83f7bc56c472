"""The bin: deleted chats that can be taken back for thirty days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QLocale, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.conversation import Conversation


class BinDialog(QDialog):
    """Lists deleted chats; the chosen one is restored."""

    restore_requested = pyqtSignal(int)

    def __init__(self, deleted: Sequence[Conversation], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("binDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Bin"))
        self.resize(520, 380)
        text = (
            self.tr("Deleted chats stay here for 30 days.")
            if deleted
            else self.tr("The bin is empty.")
        )
        self._list = QListWidget(self)
        self._list.setProperty("look", "menu")
        self._list.setAccessibleName(self.tr("Deleted chats"))
        for chat in deleted:
            when = QLocale().toString(chat.deleted_at or chat.updated_at, "d MMM yyyy, hh:mm")
            item = QListWidgetItem(f"{chat.title or self.tr('New chat')} · {when}")
            item.setData(Qt.ItemDataRole.UserRole, chat.id)
            self._list.addItem(item)
        self._restore = button(self.tr("Restore"), "primary", self)
        self._restore.setObjectName("restoreButton")
        self._restore.setEnabled(False)
        close = button(self.tr("Close"), "", self)
        close.clicked.connect(self.reject)
        self._restore.clicked.connect(self._take_back)
        self._list.currentRowChanged.connect(lambda row: self._restore.setEnabled(row >= 0))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        buttons.addWidget(self._restore)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label(text, "muted", self))
        layout.addWidget(self._list, 1)
        layout.addLayout(buttons)

    @pyqtSlot()
    def _take_back(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.restore_requested.emit(item.data(Qt.ItemDataRole.UserRole))
            self.accept()
