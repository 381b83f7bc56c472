"""Turns an open chat to another of its branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

if TYPE_CHECKING:
    from ai_coder.ui.chat.chat_loader import ChatLoader
    from ai_coder.ui.chat.chat_view import ChatView
    from ai_coder.ui.chat.open_chat import OpenChat


class BranchControl(QObject):
    """Chooses branches of chats, and shows them where they are looked at."""

    switched = pyqtSignal()

    def __init__(self, loader: ChatLoader, view: ChatView) -> None:
        super().__init__(view)
        self._loader = loader
        self._view = view

    async def choose(self, chat: OpenChat, message_id: int) -> bool:
        """Choose the branch of a message; return False where a running answer forbids that."""
        session = chat.session
        await session.load_rest()
        path = session.branches.path(session.conversation.head)
        if message_id in path or message_id not in session.branches.parents:
            return True
        if not chat.is_running:
            await session.show_message(message_id)
        return not chat.is_running

    async def switch(self, chat: OpenChat, message_id: int, step: int) -> None:
        """Show the branch beside a message in its place; what is above it stays as it is."""
        session = chat.session
        message_id = session.present_id(message_id)
        messages = await session.switch_branch(message_id, step)
        if any(message.id == message_id for message in messages):
            return  # there is none beside it
        parent = session.branches.parents[message_id]
        shown = await self._loader.shown(chat, below=parent)
        if chat is not self._view.chat:
            return
        if chat.is_running:  # a turn began in this moment
            self._view.show_chat(chat, await self._loader.shown(chat))
        else:
            self._view.turn_to(message_id, shown)
        self.switched.emit()
