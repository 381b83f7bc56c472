"""Read and write whole conversations; each runs in the thread that owns the connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_coder.chat import store_conversations, store_messages
from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import MessageStatus

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from ai_coder.chat.conversation import Conversation, Message


def archive(db: sqlite3.Connection, conversation_id: int) -> ArchivedConversation | None:
    """Return a conversation with all its branches; None when it does not exist."""
    conversation = store_conversations.one(db, conversation_id)
    if conversation is None:
        return None
    messages = store_messages.all_of(db, conversation_id)
    digests = {attachment.digest for message in messages for attachment in message.attachments}
    contents = store_messages.contents(db, sorted(digests))
    return ArchivedConversation(conversation, tuple(messages), contents)


def archive_all(db: sqlite3.Connection) -> list[ArchivedConversation]:
    """Return every conversation that is not in the bin."""
    archived = (archive(db, conversation.id) for conversation in store_conversations.listed(db))
    return [each for each in archived if each is not None]


def add(db: sqlite3.Connection, archived: Sequence[ArchivedConversation]) -> list[Conversation]:
    """Store conversations under new ids."""
    return [_add(db, each) for each in archived]


def add_missing(db: sqlite3.Connection, archived: Sequence[ArchivedConversation]) -> None:
    """Store the conversations that are not there with all of their messages.

    They are told by the time they were begun. One that only grew takes the place of what is
    there; one that became different here and there is added beside it.
    """
    for each in archived:
        began = each.conversation.created_at.timestamp()
        rows = db.execute("SELECT id FROM conversation WHERE created_at = ?", (began,)).fetchall()
        here = {number: _said(store_messages.all_of(db, number)) for (number,) in rows}
        said = _said(each.messages)
        if any(_holds(there, said) for there in here.values()):
            continue
        for number, there in here.items():
            if _holds(said, there):
                # What it cost is counted with what takes its place.
                db.execute("UPDATE message SET cost = NULL WHERE conversation_id = ?", (number,))
                store_conversations.erase(db, number)
        _add(db, each)


def _said(messages: Iterable[Message]) -> dict[tuple[datetime, str], str]:
    """Return the texts by what tells messages from each other in any database."""
    return {(message.created_at, message.role): message.text for message in messages}


def _holds(more: dict[tuple[datetime, str], str], less: dict[tuple[datetime, str], str]) -> bool:
    """Whether nothing of *less* is missing in *more*; an answer may have grown."""
    return all(key in more and more[key].startswith(text) for key, text in less.items())


def _add(db: sqlite3.Connection, archived: ArchivedConversation) -> Conversation:
    conversation = store_conversations.insert(db, archived.conversation)
    ids: dict[int, int] = {}
    for message in archived.messages:
        status = message.status
        if status is MessageStatus.RUNNING:
            status = MessageStatus.INTERRUPTED
        parent = ids.get(message.parent_id) if message.parent_id is not None else None
        stored = store_messages.insert(
            db,
            replace(message, conversation_id=conversation.id, parent_id=parent, status=status),
        )
        ids[message.id] = stored.id
        for attachment in message.attachments:
            db.execute(
                "INSERT OR IGNORE INTO attachment VALUES (?, ?)",
                (attachment.digest, archived.contents.get(attachment.digest, b"")),
            )
        store_messages.attach_existing(db, stored)
    head = archived.conversation.head
    db.execute(
        "UPDATE conversation SET head = ?, updated_at = ? WHERE id = ?",
        (
            ids.get(head) if head is not None else None,
            archived.conversation.updated_at.timestamp(),
            conversation.id,
        ),
    )
    result = store_conversations.one(db, conversation.id)
    assert result is not None
    return result
