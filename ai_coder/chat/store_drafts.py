"""Statements on what is written and not sent yet, in the thread that owns the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.chat import store_conversations
from ai_coder.chat.conversation import attached_files
from ai_coder.chat.store_messages import contents
from ai_coder.chat.store_rows import attachments_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ai_coder.chat.conversation import AttachedFile, Attachment


def set_draft(db: sqlite3.Connection, conversation_id: int, draft: str) -> None:
    """Remember the unsent prompt; it does not move the conversation in the list."""
    db.execute("UPDATE conversation SET draft = ? WHERE id = ?", (draft, conversation_id))


def set_draft_files(
    db: sqlite3.Connection, conversation_id: int, files: Sequence[AttachedFile]
) -> None:
    """Remember the attachments of the unsent prompt."""
    _set_files(db, "draft", conversation_id, files)


def draft_files(db: sqlite3.Connection, conversation_id: int) -> list[AttachedFile]:
    """Return the attachments of the unsent prompt."""
    conversation = store_conversations.one(db, conversation_id)
    return _files(db, conversation.draft_attachments if conversation else ())


def set_edit(
    db: sqlite3.Connection, conversation_id: int, text: str, *, message_id: int | None
) -> None:
    """Remember how far an earlier prompt is asked differently; None forgets it."""
    db.execute(
        "UPDATE conversation SET edited_message = ?, edited_text = ? WHERE id = ?",
        (message_id, None if message_id is None else text, conversation_id),
    )


def set_edit_files(
    db: sqlite3.Connection, conversation_id: int, files: Sequence[AttachedFile]
) -> None:
    """Remember the attachments of the prompt that is asked differently."""
    _set_files(db, "edited", conversation_id, files)


def edit_files(db: sqlite3.Connection, conversation_id: int) -> list[AttachedFile]:
    """Return the attachments of the prompt that is asked differently."""
    conversation = store_conversations.one(db, conversation_id)
    edited = conversation.edited if conversation else None
    return _files(db, edited.attachments if edited else ())


def _set_files(
    db: sqlite3.Connection, kind: str, conversation_id: int, files: Sequence[AttachedFile]
) -> None:
    records = [file.record for file in files]
    db.execute(
        f"UPDATE conversation SET {kind}_attachments = ? WHERE id = ?",
        (attachments_json(records) if records else None, conversation_id),
    )
    db.execute(f"DELETE FROM {kind}_attachment WHERE conversation_id = ?", (conversation_id,))
    for file, record in zip(files, records, strict=True):
        db.execute("INSERT OR IGNORE INTO attachment VALUES (?, ?)", (record.digest, file.content))
        db.execute(
            f"INSERT OR IGNORE INTO {kind}_attachment SELECT id, ? FROM conversation WHERE id = ?",
            (record.digest, conversation_id),
        )
    store_conversations.drop_unused_attachments(db)


def _files(db: sqlite3.Connection, records: Sequence[Attachment]) -> list[AttachedFile]:
    return attached_files(records, contents(db, [record.digest for record in records]))
