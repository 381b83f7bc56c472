"""The chats in memory: the one that is shown, and those that still have something to do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from ai_coder.errors import AICoderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_coder.ui.chat.chat_loader import ChatLoader
    from ai_coder.ui.chat.open_chat import OpenChat


class OpenChats(QObject):
    """Reads each chat once, and lets go of it when the store holds everything it does."""

    running_changed = pyqtSignal()
    queue_changed = pyqtSignal()
    answer_ended = pyqtSignal(object, object)
    not_saved = pyqtSignal(object, object)
    settled = pyqtSignal(object)
    failed = pyqtSignal(AICoderError)

    def __init__(self, loader: ChatLoader, parent: QObject) -> None:
        super().__init__(parent)
        self._loader = loader
        self._chats: dict[int, OpenChat] = {}

    def __iter__(self) -> Iterator[OpenChat]:
        return iter(list(self._chats.values()))

    def get(self, conversation_id: int) -> OpenChat | None:
        """Return a chat if it is in memory."""
        return self._chats.get(conversation_id)

    def running_ids(self) -> set[int]:
        """Return the chats in which an answer is on its way."""
        return {number for number, chat in self._chats.items() if chat.is_running}

    async def opened(self, conversation_id: int) -> OpenChat | None:
        """Return a chat, read from disk if it has to be; None when it does not exist."""
        held = self._chats.get(conversation_id)
        if held is not None:
            return held
        chat = await self._loader.load(conversation_id, self)
        if chat is not None:
            chat.tasks.failed.connect(self.failed)
            chat.reading.failed.connect(self.failed)
            chat.running_changed.connect(self.running_changed)
            chat.queue_changed.connect(self.queue_changed)
            chat.answer_ended.connect(partial(self.answer_ended.emit, chat))
            chat.not_saved.connect(partial(self.not_saved.emit, chat))
            chat.settled.connect(partial(self.settled.emit, chat))
            self._chats[conversation_id] = chat
        return chat

    async def stopped(self) -> None:
        """End every running turn and wait until it has ended."""
        for chat in self:
            await chat.stopped()

    def forget_all(self) -> None:
        """Let go of every chat; the one that is shown stays usable until another is."""
        self._chats.clear()

    def forget(self, conversation_id: int) -> None:
        """Let go of a chat that is not shown."""
        chat = self._chats.pop(conversation_id, None)
        if chat is not None:
            chat.deleteLater()

    def forget_idle(self, shown: OpenChat) -> None:
        """Let go of chats that hold nothing the store does not, so that memory stays flat."""
        for number, chat in list(self._chats.items()):
            is_needed = chat.is_running or chat.session.queue.prompts or chat.is_in_hand
            is_unsaved = chat.has_unsaved_draft or chat.session.has_unsaved
            if chat is not shown and not is_needed and not is_unsaved:
                self.forget(number)
