"""The chats read again, because the store works on another file now."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    from ai_coder.chat.store import ChatStore
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat

T = TypeVar("T")


class Reopening:
    """Forgets the open chats, whose ids are others now, and shows the same chat again."""

    def __init__(self, store: ChatStore, pane: ChatPane, opening: asyncio.Lock) -> None:
        self._store = store
        self._pane = pane
        self._opening = opening

    async def reopen(self, change: Callable[[], Awaitable[T]]) -> T:
        """Let *change* give the store another file; what raises changes nothing."""
        pane = self._pane
        async with self._opening:
            await pane.chats.stopped()
            await pane.drafts.save()
            result = await change()
            pane.chats.forget_all()
        await self._show_again(pane.chat)
        return result

    async def leave_memory(self) -> None:
        """Go on with the file; the chats are read again if their ids are others there."""
        async with self._opening:
            await self._pane.drafts.save()
            if not await self._store.return_to_file():
                return
            self._pane.chats.forget_all()
        await self._show_again(self._pane.chat)

    async def _show_again(self, before: OpenChat | None) -> None:
        """Show the chat that is shown under its new id: it is told by when it was begun."""
        began = before.session.conversation.created_at if before else None
        chats = await self._store.conversations()
        same = next((chat for chat in chats if chat.created_at == began), None)
        if before is None or same is None:
            await self._pane.start(reopen=True)
            return
        await self._pane.show_chat(same.id)
        now = self._pane.chat
        if now is not None and now.id == same.id:
            self._bring_typed(before, now)

    def _bring_typed(self, before: OpenChat, now: OpenChat) -> None:
        """Add what was typed while the file was changed to what had been stored before."""
        is_edit = before.edit is not None
        stored = before.stored.edit_text if is_edit else before.stored.text
        typed = before.written.text
        if typed == stored:
            return
        written = now.written if is_edit is (now.edit is not None) else now.draft
        if stored and stored in written.text:
            written.text = written.text.replace(stored, typed, 1)
        else:
            written.put_below(typed)
        self._pane.drafts.refresh(now)
