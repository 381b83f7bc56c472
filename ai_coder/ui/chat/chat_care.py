"""What the list asks for a whole chat: renamed, pinned, copied, deleted, taken back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.chat.store_problem import StoreProblem
from ai_coder.errors import AICoderError
from ai_coder.translation import QT_TRANSLATE_NOOP
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.store import ChatStore
    from ai_coder.ui.chat.chat_pane import ChatPane


class ErasedError(AICoderError):
    """A chat cannot be taken back, because it was deleted for good meanwhile."""

    message = QT_TRANSLATE_NOOP("errors", "This chat was deleted for good.")


class ChatCare(QObject):
    """Stores what is done to chats, and shows a neighbour in place of one that went away."""

    deleted = pyqtSignal(int, str)
    """The id and title of a chat that went to the bin and can be taken back."""

    restored = pyqtSignal(list)
    """Ids of chats that were taken out of the bin."""

    failed = pyqtSignal(AICoderError)

    def __init__(self, store: ChatStore, pane: ChatPane) -> None:
        super().__init__(pane)
        self._store = store
        self._pane = pane
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        pane.list.delete_requested.connect(self.delete)
        pane.list.rename_requested.connect(self._rename)
        pane.list.pin_requested.connect(self._pin)
        pane.list.duplicate_requested.connect(self._duplicate)

    @pyqtSlot(int)
    def delete(self, conversation_id: int) -> None:
        """Move a chat to the bin and show its neighbour."""
        self.tasks.start(self._delete(conversation_id), name="delete chat")

    @pyqtSlot(int)
    def restore(self, conversation_id: int) -> None:
        """Take a chat out of the bin and show it."""
        self.restore_all([conversation_id])

    @pyqtSlot(list)
    def restore_all(self, conversation_ids: list[int]) -> None:
        """Take chats out of the bin and show the last of them."""
        self.tasks.start(self._restore(conversation_ids), name="restore chats")

    @pyqtSlot(int)
    def toggle_pinned(self, conversation_id: int) -> None:
        """Pin a chat, or unpin it."""
        self.tasks.start(self._toggled(conversation_id), name="pin or unpin chat")

    async def _delete(self, conversation_id: int) -> None:
        pane = self._pane
        chat = pane.chats.get(conversation_id)
        if chat is not None:
            await chat.stopped()
        gone = await self._store.conversation(conversation_id)
        was_shown = pane.chat is not None and pane.chat.id == conversation_id
        is_untouched = gone is not None and pane.is_untouched(gone)
        neighbour = pane.list.neighbour(1)
        await self._store.delete(conversation_id)
        try:
            if was_shown:
                await self._show_other(conversation_id, neighbour)
            await pane.lister.refresh()
        except StoreProblem as problem:  # it is deleted all the same
            self.failed.emit(problem)
        if is_untouched:
            with suppress(StoreProblem):  # it stays in the bin while the file is locked
                await self._store.erase_deleted([conversation_id])
        else:
            self.deleted.emit(conversation_id, gone.title if gone else "")

    async def _show_other(self, gone: int, neighbour: int | None) -> None:
        if neighbour in (None, gone):
            await self._pane.show_new()
        else:
            await self._pane.show_chat(neighbour or 0)

    async def _restore(self, conversation_ids: list[int]) -> None:
        for number in conversation_ids:
            await self._store.restore(number)
        self.restored.emit(conversation_ids)
        there = [n for n in conversation_ids if await self._store.conversation(n) is not None]
        if there:
            await self._pane.show_chat(there[-1])
        if there != conversation_ids:
            raise ErasedError

    @pyqtSlot(int, str)
    def _rename(self, conversation_id: int, title: str) -> None:
        self.tasks.start(self._renamed(conversation_id, title), name="rename chat")

    async def _renamed(self, conversation_id: int, title: str) -> None:
        chat = self._pane.chats.get(conversation_id)
        if chat is None:
            await self._store.rename(conversation_id, title)
            return
        await chat.session.rename(title)
        self._pane.show_title(chat)

    @pyqtSlot(int, bool)
    def _pin(self, conversation_id: int, is_pinned: bool) -> None:
        self.tasks.start(self._store.set_pinned(conversation_id, is_pinned), name="pin chat")

    async def _toggled(self, conversation_id: int) -> None:
        conversation = await self._store.conversation(conversation_id)
        if conversation is not None:
            await self._store.set_pinned(conversation_id, not conversation.is_pinned)

    @pyqtSlot(int)
    def _duplicate(self, conversation_id: int) -> None:
        self.tasks.start(self._duplicated(conversation_id), name="duplicate chat")

    async def _duplicated(self, conversation_id: int) -> None:
        original = await self._store.conversation(conversation_id)
        title = original.title if original and original.title else self.tr("New chat")
        copy = await self._store.duplicate(
            conversation_id, self.tr("{title} (copy)").format(title=title)
        )
        await self._pane.show_chat(copy.id)
