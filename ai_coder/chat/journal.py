"""The running answers on disk: pieces written as they arrive, joined again after a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_coder.chat import store_messages
from ai_coder.chat.conversation import MessageStatus

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable


def append(
    db: sqlite3.Connection, message_id: int, sequence: int, text: str, reasoning: str
) -> None:
    """Write the next piece of a running answer."""
    db.execute(
        "INSERT OR REPLACE INTO journal SELECT id, ?, ?, ? FROM message"
        " WHERE id = ? AND status = 'running'",
        (sequence, text, reasoning, message_id),
    )


def recover(db: sqlite3.Connection, is_alive: Callable[[str], bool]) -> int:
    """Mark the running answers whose instance is gone as interrupted; return how many.

    Their pieces become the text; answers of another living instance are left alone.
    """
    abandoned = dead(db, is_alive)
    for message_id in abandoned:
        message = store_messages.one(db, message_id)
        assert message is not None
        store_messages.update(db, replace(message, status=MessageStatus.INTERRUPTED))
    return len(abandoned)


def dead(db: sqlite3.Connection, is_alive: Callable[[str], bool]) -> list[int]:
    """Return the running answers whose instance is gone."""
    rows = db.execute("SELECT id, owner FROM message WHERE status = 'running'").fetchall()
    return [message_id for message_id, owner in rows if owner is None or not is_alive(owner)]
