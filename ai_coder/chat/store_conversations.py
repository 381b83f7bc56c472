"""Statements on conversations; each runs in the thread that owns the connection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ai_coder.chat.store_problem import GoneProblem
from ai_coder.chat.store_rows import (
    CONVERSATION_COLUMNS,
    conversation_of,
    settings_values,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from ai_coder.chat.conversation import Conversation, ConversationSettings


def listed(db: sqlite3.Connection, *, is_deleted: bool = False) -> list[Conversation]:
    """Return the conversations, or those in the bin: pinned ones first, then the latest."""
    rows = db.execute(
        f"SELECT {CONVERSATION_COLUMNS} FROM conversation"
        f" WHERE deleted_at IS {'NOT NULL' if is_deleted else 'NULL'}"
        " ORDER BY is_pinned DESC, updated_at DESC, id DESC"
    )
    return [conversation_of(row) for row in rows]


def everything(db: sqlite3.Connection) -> list[Conversation]:
    """Return the conversations and those in the bin."""
    rows = db.execute(f"SELECT {CONVERSATION_COLUMNS} FROM conversation")
    return [conversation_of(row) for row in rows]


def one(db: sqlite3.Connection, conversation_id: int) -> Conversation | None:
    """Return a conversation, deleted or not; None when there is none."""
    row = db.execute(
        f"SELECT {CONVERSATION_COLUMNS} FROM conversation WHERE id = ?", (conversation_id,)
    ).fetchone()
    return conversation_of(row) if row else None


def insert(db: sqlite3.Connection, conversation: Conversation) -> Conversation:
    """Store a conversation without messages, under a new id."""
    values = {
        "title": conversation.title,
        "is_title_automatic": conversation.is_title_automatic,
        "created_at": conversation.created_at.timestamp(),
        "updated_at": conversation.updated_at.timestamp(),
        "is_pinned": conversation.is_pinned,
        "model_ref": conversation.model_ref,
        "draft": conversation.draft,
        **settings_values(conversation.settings),
    }
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    row = db.execute(
        f"INSERT INTO conversation ({names}) VALUES ({marks}) RETURNING {CONVERSATION_COLUMNS}",
        values,
    ).fetchone()
    return conversation_of(row)


def rename(db: sqlite3.Connection, conversation_id: int, title: str, *, is_automatic: bool) -> None:
    """Give a title; an automatic one never replaces a title that the user gave."""
    db.execute(
        "UPDATE conversation SET title = ?, is_title_automatic = ?"
        " WHERE id = ? AND (is_title_automatic OR NOT ?)",
        (title, is_automatic, conversation_id, is_automatic),
    )


def set_pinned(db: sqlite3.Connection, conversation_id: int, is_pinned: bool) -> None:
    """Keep a conversation at the top of the list, or not."""
    db.execute("UPDATE conversation SET is_pinned = ? WHERE id = ?", (is_pinned, conversation_id))


def set_model(db: sqlite3.Connection, conversation_id: int, model_ref: str | None) -> None:
    """Remember the model chosen for a conversation."""
    db.execute("UPDATE conversation SET model_ref = ? WHERE id = ?", (model_ref, conversation_id))


def set_settings(
    db: sqlite3.Connection, conversation_id: int, settings: ConversationSettings
) -> None:
    """Remember the settings of a conversation."""
    db.execute(
        "UPDATE conversation SET system_prompt = :system_prompt, parameters = :parameters,"
        " template = :template, context_length = :context_length WHERE id = :id",
        {"id": conversation_id, **settings_values(settings)},
    )


def set_head(db: sqlite3.Connection, conversation_id: int, head: int | None) -> None:
    """Show the branch that ends at *head*."""
    db.execute("UPDATE conversation SET head = ? WHERE id = ?", (head, conversation_id))


def set_deleted(db: sqlite3.Connection, conversation_id: int, deleted_at: float | None) -> None:
    """Move a conversation to the bin, or back."""
    db.execute("UPDATE conversation SET deleted_at = ? WHERE id = ?", (deleted_at, conversation_id))


def erase(db: sqlite3.Connection, conversation_id: int) -> None:
    """Delete a conversation for good."""
    db.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))
    drop_unused_attachments(db)


def erase_deleted(db: sqlite3.Connection, conversation_ids: Sequence[int]) -> None:
    """Delete for good what is still in the bin of these conversations."""
    db.executemany(
        "DELETE FROM conversation WHERE id = ? AND deleted_at IS NOT NULL",
        [(conversation_id,) for conversation_id in conversation_ids],
    )
    drop_unused_attachments(db)


def purge(db: sqlite3.Connection, older_than: float) -> int:
    """Delete for good what has been in the bin since before *older_than*; return how many."""
    erased = db.execute("DELETE FROM conversation WHERE deleted_at < ?", (older_than,)).rowcount
    if erased:
        drop_unused_attachments(db)
    return erased


def duplicate(db: sqlite3.Connection, conversation_id: int, title: str) -> Conversation:
    """Copy a conversation with all its branches; a running answer is copied as interrupted."""
    original = one(db, conversation_id)
    if original is None:
        raise GoneProblem
    now = time.time()
    (copy,) = db.execute(
        "INSERT INTO conversation (title, is_title_automatic, created_at, updated_at, model_ref,"
        " draft, draft_attachments, system_prompt, parameters, template, context_length)"
        " SELECT ?, 0, ?, ?, model_ref, draft, draft_attachments, system_prompt, parameters,"
        " template, context_length FROM conversation WHERE id = ? RETURNING id",
        (title, now, now, conversation_id),
    ).fetchone()
    db.execute(
        "INSERT INTO draft_attachment SELECT ?, digest FROM draft_attachment"
        " WHERE conversation_id = ?",
        (copy, conversation_id),
    )
    # Ids are given in the order of the originals, so all of them move by the same distance.
    (last,) = db.execute(
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'message'"
    ).fetchone()
    ids = [
        message_id
        for (message_id,) in db.execute(
            "SELECT id FROM message WHERE conversation_id = ? ORDER BY id", (conversation_id,)
        )
    ]
    new_ids = {old: last + index for index, old in enumerate(ids, start=1)}
    for old, new in new_ids.items():
        _copy_message(db, old, new, copy, new_ids)
    if original.head is not None:
        set_head(db, copy, new_ids[original.head])
    result = one(db, copy)
    assert result is not None
    return result


def drop_unused_attachments(db: sqlite3.Connection) -> None:
    """Delete the contents that nothing refers to any more."""
    db.execute(
        "DELETE FROM attachment WHERE NOT EXISTS"
        " (SELECT 1 FROM message_attachment m WHERE m.digest = attachment.digest) AND NOT EXISTS"
        " (SELECT 1 FROM draft_attachment d WHERE d.digest = attachment.digest) AND NOT EXISTS"
        " (SELECT 1 FROM edited_attachment e WHERE e.digest = attachment.digest) AND NOT EXISTS"
        " (SELECT 1 FROM queued_attachment q WHERE q.digest = attachment.digest)"
    )


_COPIED = (
    "role, created_at, model_ref, answered_by, finish_reason, reasoning_seconds,"
    " first_token_seconds, seconds, input_tokens, output_tokens, reasoning_tokens,"
    " cached_tokens, cache_write_tokens, server_prompt_per_second, server_output_per_second,"
    " server_first_token_seconds, server_load_seconds, earlier_tokens, parameters, notices,"
    " failure, attachments"
)
"""Everything but the cost, which was paid once."""


def _copy_message(
    db: sqlite3.Connection, old: int, new: int, conversation_id: int, new_ids: dict[int, int]
) -> None:
    (parent,) = db.execute("SELECT parent_id FROM message WHERE id = ?", (old,)).fetchone()
    db.execute(
        "INSERT INTO message (id, conversation_id, parent_id, status, reasoning, text,"
        f" {_COPIED}) SELECT ?, ?, ?,"
        " CASE status WHEN 'running' THEN 'interrupted' ELSE status END,"
        " reasoning || coalesce((SELECT group_concat(j.reasoning, '') FROM"
        " (SELECT reasoning FROM journal WHERE message_id = message.id ORDER BY sequence) j), ''),"
        " text || coalesce((SELECT group_concat(j.text, '') FROM"
        " (SELECT text FROM journal WHERE message_id = message.id ORDER BY sequence) j), ''),"
        f" {_COPIED} FROM message WHERE id = ?",
        (new, conversation_id, new_ids.get(parent), old),
    )
    db.execute(
        "INSERT INTO message_attachment SELECT ?, digest FROM message_attachment"
        " WHERE message_id = ?",
        (new, old),
    )
