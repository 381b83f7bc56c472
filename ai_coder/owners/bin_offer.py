"""The offer to take back what was deleted just now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot

if TYPE_CHECKING:
    from ai_coder.owners.chat_files import ChatFilesOwner
    from ai_coder.owners.notices import NoticesOwner
    from ai_coder.ui.chat.chat_care import ChatCare


class BinOffer(QObject):
    """Offers all chats that were deleted while the offer stood, as long as they are in the bin."""

    def __init__(self, notices: NoticesOwner, care: ChatCare, files: ChatFilesOwner) -> None:
        super().__init__(notices)
        self._notices = notices
        self._titles: dict[int, str] = {}
        care.deleted.connect(self._add)
        care.restored.connect(self._remove)
        files.erased.connect(self._remove)

    @pyqtSlot(int, str)
    def _add(self, conversation_id: int, title: str) -> None:
        if not self._is_shown():
            self._titles.clear()
        self._titles[conversation_id] = title or self.tr("New chat")
        self._show()

    @pyqtSlot(list)
    def _remove(self, conversation_ids: list[int]) -> None:
        """Offer nothing that has left the bin."""
        if not self._is_shown() or self._titles.keys().isdisjoint(conversation_ids):
            return
        self._notices.hide_passing()
        for number in conversation_ids:
            self._titles.pop(number, None)
        if self._titles:
            self._show()

    def _show(self) -> None:
        (*_, last) = self._titles.values()
        text = (
            self.tr("“{title}” is in the bin.").format(title=last)
            if len(self._titles) == 1
            else self.tr("{n} chats are in the bin.").format(n=len(self._titles))
        )
        self._notices.show_passing(text, action=self.tr("Undo"), action_key=self._key())

    def _key(self) -> tuple[str, tuple[int, ...]]:
        return "restore", tuple(self._titles)

    def _is_shown(self) -> bool:
        return self._notices.passing_key == self._key()
