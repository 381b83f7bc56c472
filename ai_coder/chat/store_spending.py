"""What the answers cost; runs in the thread that owns the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


_ANSWERED = "coalesce(answered_by, model_ref)"
"""Who answered is paid, not who was asked."""


@dataclass(frozen=True, slots=True)
class Spending:
    """The answers of one provider: their cost in US dollars, and how many have no known price."""

    provider: str
    cost: float
    answers: int
    unknown: int


def this_month(now: datetime) -> tuple[datetime, datetime]:
    """Return from when until when answers belong to the month of *now*."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, now.replace(year=now.year + 1, day=1)


def spending(db: sqlite3.Connection, since: datetime, until: datetime) -> list[Spending]:
    """Return the spending from *since* until before *until*, deleted conversations included.

    Answers of the same provider, time and cost are one answer and its copies in other chats,
    which were paid once.
    """
    period = {"since": since.timestamp(), "until": until.timestamp()}
    rows = db.execute(
        "SELECT provider, coalesce(sum(cost), 0), count(*), sum(cost IS NULL) FROM ("
        f" SELECT substr({_ANSWERED}, 1, instr({_ANSWERED}, '/') - 1) AS provider,"
        "  cost, created_at FROM message WHERE role = 'assistant' AND model_ref IS NOT NULL"
        "  AND created_at >= :since AND created_at < :until"
        " UNION SELECT provider, cost, created_at FROM spending"
        "  WHERE created_at >= :since AND created_at < :until"
        ") GROUP BY provider ORDER BY 2 DESC, provider",
        period,
    )
    return [Spending(*row) for row in rows]


def add_spending(
    db: sqlite3.Connection, provider: str, cost: float | None, created_at: float
) -> None:
    """Count what was paid outside of any conversation; None is an unknown price."""
    db.execute("INSERT INTO spending VALUES (?, ?, ?)", (provider, cost, created_at))


def conversation_spending(db: sqlite3.Connection, conversation_id: int) -> tuple[float, int]:
    """Return what all branches of a conversation cost, and how many answers have no known price."""
    row = db.execute(
        "SELECT coalesce(sum(cost), 0), coalesce(sum(cost IS NULL), 0) FROM message"
        " WHERE conversation_id = ? AND role = 'assistant' AND status <> 'running'",
        (conversation_id,),
    ).fetchone()
    return row[0], row[1]
