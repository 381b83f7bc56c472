"""Turns an open chat to another of its branches."""

from __future__ import annotations

import asyncio
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
        self._switching = asyncio.Lock()
        """One branch is shown after the other, however quickly they are asked for."""

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
        async with self._switching:
            if not chat.is_running:
                await chat.session.switch_branch(message_id, step)
            if chat is self._view.chat:
                await self._show(chat)
        self.switched.emit()

    async def _show(self, chat: OpenChat) -> None:
        branches = chat.session.branches
        fork = self._view.shown.first_outside(branches.path(chat.session.conversation.head))
        if fork is None:
            return
        shown = await self._loader.shown(chat, below=branches.parents.get(fork))
        if chat is not self._view.chat:
            return
        if chat.is_running or fork not in branches.parents:  # something came between
            self._view.show_chat(chat, await self._loader.shown(chat))
        else:
            self._view.shown.turn_to(fork, shown)
