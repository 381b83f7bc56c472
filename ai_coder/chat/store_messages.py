"""Statements on messages; each runs in the thread that owns the connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_coder.chat.branches import Branches
from ai_coder.chat.conversation import Message, MessageStatus
from ai_coder.chat.store_rows import MESSAGE_COLUMNS, message_of, message_values

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping, Sequence

    from ai_coder.chat.conversation import AttachedFile, Conversation

_FEW = 200
"""Up to this many messages are fetched one by one; more by reading the conversation."""


def branches(db: sqlite3.Connection, conversation_id: int) -> Branches:
    """Return the tree of a conversation."""
    rows = db.execute(
        "SELECT id, parent_id FROM message WHERE conversation_id = ? ORDER BY id",
        (conversation_id,),
    )
    return Branches(rows)


def path(
    db: sqlite3.Connection, conversation_id: int, head: int | None, newest: int | None = None
) -> tuple[Branches, list[Message]]:
    """Return the tree of a conversation and the messages of the branch that ends at *head*.

    With *newest*, only that many from its end.
    """
    tree = branches(db, conversation_id)
    ids = tree.path(head)
    return tree, some(db, conversation_id, ids if newest is None else ids[-newest:])


def some(db: sqlite3.Connection, conversation_id: int, ids: Collection[int]) -> list[Message]:
    """Return these messages of a conversation, ordered by id."""
    if len(ids) <= _FEW:
        marks = ", ".join("?" * len(ids))
        rows = db.execute(
            f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id IN ({marks}) ORDER BY id", tuple(ids)
        ).fetchall()
    else:
        rows = db.execute(
            f"SELECT {MESSAGE_COLUMNS} FROM message"
            " WHERE conversation_id = ? AND id BETWEEN ? AND ? ORDER BY id",
            (conversation_id, min(ids), max(ids)),
        ).fetchall()
        if len(rows) > len(ids):
            wanted = set(ids)
            rows = [row for row in rows if row[0] in wanted]
    return [_with_journal(db, message_of(row)) for row in rows]


def all_of(db: sqlite3.Connection, conversation_id: int) -> list[Message]:
    """Return every message of a conversation, ordered by id."""
    return some(db, conversation_id, branches(db, conversation_id).parents)


def one(db: sqlite3.Connection, message_id: int) -> Message | None:
    """Return a message; None when there is none."""
    row = db.execute(
        f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id = ?", (message_id,)
    ).fetchone()
    return _with_journal(db, message_of(row)) if row else None


def insert(
    db: sqlite3.Connection,
    message: Message,
    files: Sequence[AttachedFile] = (),
    *,
    owner: str | None = None,
) -> Message:
    """Store a message under a new id and show the branch that it ends.

    A conversation that another window moved to the bin meanwhile comes back.
    """
    values = message_values(message)
    values |= {
        "conversation_id": message.conversation_id,
        "parent_id": message.parent_id,
        "owner": owner,
    }
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    cursor = db.execute(f"INSERT INTO message ({names}) VALUES ({marks})", values)
    message_id = cursor.lastrowid
    assert message_id is not None
    _attach(db, message_id, files)
    db.execute(
        "UPDATE conversation SET head = ?, updated_at = max(updated_at, ?), deleted_at = NULL"
        " WHERE id = ?",
        (message_id, message.created_at.timestamp(), message.conversation_id),
    )
    return replace(message, id=message_id)


def begin(
    db: sqlite3.Connection,
    prompt: Message | None,
    answer: Message,
    files: Sequence[AttachedFile],
    owner: str,
) -> tuple[Message | None, Message]:
    """Store a prompt, if there is one, and below it the answer that begins."""
    if prompt is not None:
        prompt = insert(db, prompt, files)
        attach_existing(db, prompt)
        answer = replace(answer, parent_id=prompt.id)
    return prompt, insert(db, answer, owner=owner)


def add_late(
    db: sqlite3.Connection,
    conversation: Conversation,
    messages: Sequence[Message],
    files: Mapping[int, Sequence[AttachedFile]],
    owner: str,
) -> dict[int, int]:
    """Store messages that were only in memory, parents first; return their new ids by the old.

    *files* are the attachments by message. What the conversation is called, and which branch is
    shown, is stored with them: it may not have reached the disk either.
    """
    ids: dict[int, int] = {}
    for message in messages:
        parent = ids.get(message.parent_id or 0, message.parent_id)
        stored = insert(
            db,
            replace(message, parent_id=parent),
            files.get(message.id, ()),
            owner=owner if message.status is MessageStatus.RUNNING else None,
        )
        attach_existing(db, stored)
        ids[message.id] = stored.id
    head = ids.get(conversation.head or 0, conversation.head)
    db.execute(
        "UPDATE conversation SET head = ?, model_ref = coalesce(?, model_ref) WHERE id = ?",
        (head, conversation.model_ref, conversation.id),
    )
    if conversation.is_title_automatic:
        db.execute(
            "UPDATE conversation SET title = ? WHERE id = ? AND is_title_automatic",
            (conversation.title, conversation.id),
        )
    return ids


def update(db: sqlite3.Connection, message: Message, *, owner: str | None = None) -> None:
    """Store the present state of a message in place of the one before and its journal."""
    values = message_values(message) | {"owner": owner}
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    db.execute(f"UPDATE message SET {assignments} WHERE id = :id", {"id": message.id, **values})
    db.execute("DELETE FROM journal WHERE message_id = ?", (message.id,))


def contents(db: sqlite3.Connection, digests: Sequence[str]) -> dict[str, bytes]:
    """Return the contents of attachments by digest."""
    marks = ", ".join("?" * len(digests))
    rows = db.execute(
        f"SELECT digest, content FROM attachment WHERE digest IN ({marks})", tuple(digests)
    )
    return dict(rows.fetchall())


def attach_existing(db: sqlite3.Connection, message: Message) -> None:
    """Tie a message to contents that another message brought in."""
    db.executemany(
        "INSERT OR IGNORE INTO message_attachment VALUES (?, ?)",
        [(message.id, attachment.digest) for attachment in message.attachments],
    )


def _attach(db: sqlite3.Connection, message_id: int, files: Sequence[AttachedFile]) -> None:
    for file in files:
        digest = file.record.digest
        db.execute("INSERT OR IGNORE INTO attachment VALUES (?, ?)", (digest, file.content))
        db.execute("INSERT OR IGNORE INTO message_attachment VALUES (?, ?)", (message_id, digest))


def _with_journal(db: sqlite3.Connection, message: Message) -> Message:
    """Add what was journalled of an answer that is still running."""
    if message.status is not MessageStatus.RUNNING:
        return message
    parts = db.execute(
        "SELECT text, reasoning FROM journal WHERE message_id = ? ORDER BY sequence", (message.id,)
    ).fetchall()
    return replace(
        message,
        text=message.text + "".join(text for text, _ in parts),
        reasoning=message.reasoning + "".join(reasoning for _, reasoning in parts),
    )
