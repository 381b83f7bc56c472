"""Reads chats from disk for the pane: the newest messages first, the older ones in pieces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ai_coder.chat.conversation import AttachmentKind
from ai_coder.chat.session import ChatSession
from ai_coder.ui.chat.open_chat import OpenChat
from ai_coder.ui.chat.unsent import Draft, Unsent, edit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PyQt6.QtCore import QObject

    from ai_coder.chat.conversation import Conversation, Message
    from ai_coder.chat.store import ChatStore
    from ai_coder.chat.turn import Stream
    from ai_coder.ui.chat.message_display import MessageDisplay
    from ai_coder.ui.chat.transcript_message import TranscriptMessage

_NEWEST = 60
"""How many messages of a chat are read before it is painted."""

_FIRST_PAINT_SECONDS = 0.05
"""How long the thread of the store leaves the interpreter to the window, which paints these."""

_PER_TURN = 60
"""How many messages are prepared before the window has its turn again."""


class ChatLoader:
    """Makes an `OpenChat` of a stored conversation, and its messages ready to be shown."""

    def __init__(
        self,
        store: ChatStore,
        stream: Stream,
        display: MessageDisplay,
        price: Callable[[Message], float | None] | None,
    ) -> None:
        self._store = store
        self._stream = stream
        self._display = display
        self._price = price

    async def load(self, conversation_id: int, parent: QObject) -> OpenChat | None:
        """Read the newest messages of a chat; None when it does not exist."""
        conversation = await self._store.conversation(conversation_id)
        if conversation is None:
            return None
        session = ChatSession(self._store, conversation, self._stream, price=self._price)
        await session.load(newest=_NEWEST)
        chat = OpenChat(session, parent)
        await self._read_unsent(chat, conversation)
        return chat

    async def _read_unsent(self, chat: OpenChat, conversation: Conversation) -> None:
        """Go on with what was written; the words of an edit whose prompt is gone are a draft."""
        edited, files, edit_files = conversation.edited, [], []
        if conversation.draft_attachments:
            files = await self._store.draft_files(chat.id)
        if edited is not None and edited.attachments:
            edit_files = await self._store.edit_files(chat.id)
        chat.draft = Draft(conversation.draft, [*files])
        if edited is None:
            chat.stored = chat.unsent
            return
        text, number = edited.text, edited.message_id
        chat.stored = Unsent(conversation.draft, tuple(files), number, text, tuple(edit_files))
        prompt = await self._store.message(number)
        if prompt is not None and number in chat.session.branches.parents:
            chat.edit = edit_of(prompt, edit_files)
            chat.edit.text = text
        else:
            chat.draft.put_below(text)
            chat.draft.attachments += edit_files

    async def shown(self, chat: OpenChat, below: int | None = None) -> list[TranscriptMessage]:
        """Return what is read of a chat, or of it below a message, ready to be shown."""
        await self._read_pictures(chat)
        messages = chat.session.messages
        start = next((i for i, each in enumerate(messages, 1) if each.id == below), 0)
        return await self._prepared(chat, messages[start:])

    async def older(self, chat: OpenChat) -> list[TranscriptMessage]:
        """Read what is missing of a chat and return it, ready to be shown."""
        session = chat.session
        first = session.messages[0].id
        await asyncio.sleep(_FIRST_PAINT_SECONDS)
        await session.load_rest()
        await self._read_pictures(chat)
        messages = session.messages
        end = next((i for i, message in enumerate(messages) if message.id == first), 0)
        return await self._prepared(chat, messages[:end])

    async def _prepared(
        self, chat: OpenChat, messages: Sequence[Message]
    ) -> list[TranscriptMessage]:
        prepared: list[TranscriptMessage] = []
        for message in messages:
            prepared.append(self._display.shown_in(chat.session, message, chat.pictures))
            if len(prepared) % _PER_TURN == 0:
                await asyncio.sleep(0)
        return prepared

    async def _read_pictures(self, chat: OpenChat) -> None:
        digests = {
            attachment.digest
            for message in chat.session.messages
            for attachment in message.attachments
            if attachment.kind is AttachmentKind.IMAGE
        } - chat.pictures.keys()
        if digests:
            chat.pictures |= await self._store.attachment_contents(digests)
