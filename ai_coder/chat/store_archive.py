"""Read and write whole conversations; each runs in the thread that owns the connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_coder.chat import store_conversations, store_drafts, store_messages
from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import MessageStatus, attached_files

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from ai_coder.chat.conversation import Conversation, Message


def archive(db: sqlite3.Connection, conversation_id: int) -> ArchivedConversation | None:
    """Return a conversation with all its branches; None when it does not exist."""
    conversation = store_conversations.one(db, conversation_id)
    if conversation is None:
        return None
    messages = store_messages.all_of(db, conversation_id)
    digests = {attachment.digest for message in messages for attachment in message.attachments}
    digests |= {attachment.digest for attachment in conversation.unsent_attachments}
    contents = store_messages.contents(db, sorted(digests))
    return ArchivedConversation(conversation, tuple(messages), contents)


def archive_all(db: sqlite3.Connection) -> list[ArchivedConversation]:
    """Return every conversation that is not in the bin."""
    archived = (archive(db, conversation.id) for conversation in store_conversations.listed(db))
    return [each for each in archived if each is not None]


def add(db: sqlite3.Connection, archived: Sequence[ArchivedConversation]) -> list[Conversation]:
    """Store conversations under new ids."""
    return [_add(db, each) for each in archived]


def add_message(
    db: sqlite3.Connection,
    conversation_id: int,
    message: Message,
    ids: dict[int, int],
    contents: Mapping[str, bytes],
) -> None:
    """Store a message below its parent; its new id is added to *ids*."""
    status = message.status
    if status is MessageStatus.RUNNING:
        status = MessageStatus.INTERRUPTED
    parent = ids.get(message.parent_id) if message.parent_id is not None else None
    stored = store_messages.insert(
        db, replace(message, conversation_id=conversation_id, parent_id=parent, status=status)
    )
    ids[message.id] = stored.id
    for attachment in message.attachments:
        db.execute(
            "INSERT OR IGNORE INTO attachment VALUES (?, ?)",
            (attachment.digest, contents.get(attachment.digest, b"")),
        )
    store_messages.attach_existing(db, stored)


def set_place(
    db: sqlite3.Connection, conversation_id: int, conversation: Conversation, ids: dict[int, int]
) -> None:
    """Show the branch that *conversation* shows, and give it its place in the list."""
    head = conversation.head
    db.execute(
        "UPDATE conversation SET head = ?, updated_at = ? WHERE id = ?",
        (
            ids.get(head) if head is not None else None,
            conversation.updated_at.timestamp(),
            conversation_id,
        ),
    )


def _add(db: sqlite3.Connection, archived: ArchivedConversation) -> Conversation:
    conversation = store_conversations.insert(db, archived.conversation)
    ids: dict[int, int] = {}
    for message in archived.messages:
        add_message(db, conversation.id, message, ids, archived.contents)
    set_place(db, conversation.id, archived.conversation, ids)
    _add_unsent(db, conversation.id, archived, ids)
    result = store_conversations.one(db, conversation.id)
    assert result is not None
    return result


def _add_unsent(
    db: sqlite3.Connection,
    conversation_id: int,
    archived: ArchivedConversation,
    ids: dict[int, int],
) -> None:
    """Store the files of the draft, and the prompt that is asked differently."""
    if files := attached_files(archived.conversation.draft_attachments, archived.contents):
        store_drafts.set_draft_files(db, conversation_id, files)
    edited = archived.conversation.edited
    if edited is None or edited.message_id not in ids:
        return
    store_drafts.set_edit(db, conversation_id, edited.text, message_id=ids[edited.message_id])
    if files := attached_files(edited.attachments, archived.contents):
        store_drafts.set_edit_files(db, conversation_id, files)
