"""Statements on the prompts that wait; each runs in the thread that owns the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_coder.chat.conversation import attached_files
from ai_coder.chat.prompt_queue import QueuedPrompt
from ai_coder.chat.store_conversations import drop_unused_attachments
from ai_coder.chat.store_messages import contents
from ai_coder.chat.store_rows import attachments_json, attachments_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence


def replace(
    db: sqlite3.Connection, conversation_id: int, prompts: Sequence[QueuedPrompt], owner: str
) -> None:
    """Store what waits in a conversation in place of what the instance *owner* stored before."""
    db.execute(
        "DELETE FROM queued_prompt WHERE conversation_id = ? AND owner = ?",
        (conversation_id, owner),
    )
    for prompt in prompts:
        records = [file.record for file in prompt.files]
        row = db.execute(
            "INSERT INTO queued_prompt (conversation_id, owner, text, model_ref, attachments)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                conversation_id,
                owner,
                prompt.text,
                prompt.model_ref,
                attachments_json(records),
            ),
        )
        for file, record in zip(prompt.files, records, strict=True):
            db.execute(
                "INSERT OR IGNORE INTO attachment VALUES (?, ?)", (record.digest, file.content)
            )
            db.execute(
                "INSERT OR IGNORE INTO queued_attachment VALUES (?, ?)",
                (row.lastrowid, record.digest),
            )
    drop_unused_attachments(db)


def owned(db: sqlite3.Connection, conversation_id: int, owner: str) -> list[QueuedPrompt]:
    """Return what waits of *owner* in a conversation."""
    return [_prompt(db, *row) for row in _rows(db, conversation_id) if row[1] == owner]


def is_any(db: sqlite3.Connection, conversation_id: int) -> bool:
    """Whether something waits in a conversation."""
    row = db.execute(
        "SELECT 1 FROM queued_prompt WHERE conversation_id = ?", (conversation_id,)
    ).fetchone()
    return row is not None


def take_over(
    db: sqlite3.Connection, conversation_id: int, owner: str, is_alive: Callable[[str], bool]
) -> list[QueuedPrompt]:
    """Make what waits in a conversation *owner*'s, unless another living instance has it."""
    rows = _rows(db, conversation_id)
    found = [row for row in rows if row[1] == owner or not is_alive(row[1])]
    db.executemany(
        "UPDATE queued_prompt SET owner = ? WHERE id = ?", [(owner, row[0]) for row in found]
    )
    return [_prompt(db, *row) for row in found]


def _rows(db: sqlite3.Connection, conversation_id: int) -> list[tuple[Any, ...]]:
    return db.execute(
        "SELECT id, owner, text, model_ref, attachments FROM queued_prompt"
        " WHERE conversation_id = ? ORDER BY id",
        (conversation_id,),
    ).fetchall()


def _prompt(
    db: sqlite3.Connection,
    prompt_id: int,
    _owner: str,
    text: str,
    model_ref: str | None,
    attachments: str,
) -> QueuedPrompt:
    records = attachments_of(attachments)
    files = attached_files(records, contents(db, [record.digest for record in records]))
    return QueuedPrompt(prompt_id, text, tuple(files), model_ref)
