"""What the answers cost; runs in the thread that owns the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """The answers of one provider: their cost in US dollars, and how many have no known price."""

    provider: str
    cost: float
    answers: int
    unknown: int


def spending(db: sqlite3.Connection, since: datetime, until: datetime) -> list[Spending]:
    """Return the spending from *since* until before *until*, conversations in the bin included."""
    rows = db.execute(
        "SELECT substr(model_ref, 1, instr(model_ref, '/') - 1) AS provider,"
        " coalesce(sum(cost), 0), count(*), sum(cost IS NULL) FROM message"
        " WHERE role = 'assistant' AND model_ref IS NOT NULL AND created_at >= ?"
        " AND created_at < ? GROUP BY provider ORDER BY 2 DESC, provider",
        (since.timestamp(), until.timestamp()),
    )
    return [Spending(*row) for row in rows]
