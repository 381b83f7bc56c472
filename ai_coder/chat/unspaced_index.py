"""The index of scripts that are written without spaces, filled behind what is written.

The triggers of the database only take down which messages came, and what was in those that
went: cutting texts to pieces is not SQLite's, and another instance may be of a version that
cannot do it. Until the index has caught up, the search reads the messages that came.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ai_coder.chat.store_problem import StoreProblem
from ai_coder.chat.store_thread import in_transaction
from ai_coder.chat.unspaced import pieces

if TYPE_CHECKING:
    import sqlite3

    from ai_coder.chat.store_file import StoreFile

_STEP_SECONDS = 0.01
"""How long a write of something else may have to wait for a step, unless one text is huge."""

_PAUSE_SECONDS = 0.03


class UnspacedIndex:
    """Brings the index up to date in short steps between other work on the file."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._is_written = asyncio.Event()

    def wake(self) -> None:
        """Take note that something was written."""
        self._is_written.set()

    async def run(self) -> None:
        """Follow what is written until cancelled."""
        while True:
            self._is_written.clear()
            with suppress(StoreProblem):  # what is not in the index is found all the same
                await self.catch_up()
            await self._is_written.wait()

    async def catch_up(self) -> None:
        """Do all there is to do; raises StoreProblem."""
        is_behind = True
        while is_behind:
            is_behind = await self._file.writer.read(step)
            await asyncio.sleep(_PAUSE_SECONDS if is_behind else 0)


def step(db: sqlite3.Connection) -> bool:
    """Bring the index nearer to the messages; return whether something is left to do."""
    if not _is_behind(db):
        return False
    in_transaction(db, _do_some, time.perf_counter() + _STEP_SECONDS)
    return _is_behind(db)


def _is_behind(db: sqlite3.Connection) -> bool:
    (is_behind,) = db.execute(
        "SELECT EXISTS (SELECT 1 FROM unspaced_removed) OR EXISTS (SELECT 1 FROM unspaced_added)"
    ).fetchone()
    return bool(is_behind)


def _do_some(db: sqlite3.Connection, until: float) -> None:
    """Take out of the index what is gone, then put in what came."""
    last = _indexed(
        db,
        "SELECT message_id, text FROM unspaced_removed ORDER BY 1",
        "INSERT INTO unspaced_index (unspaced_index, rowid, pieces) VALUES ('delete', ?, ?)",
        until,
    )
    db.execute("DELETE FROM unspaced_removed WHERE message_id <= ?", (last,))
    if last and time.perf_counter() > until:
        return  # a message that changed is taken out before it is put in
    last = _indexed(
        db,
        "SELECT a.message_id, coalesce(m.text, '') FROM unspaced_added a"
        " LEFT JOIN message m ON m.id = a.message_id ORDER BY 1",
        "INSERT INTO unspaced_index (rowid, pieces) VALUES (?, ?)",
        until,
    )
    db.execute("DELETE FROM unspaced_added WHERE message_id <= ?", (last,))


def _indexed(db: sqlite3.Connection, waiting: str, write: str, until: float) -> int:
    """Write the pieces of texts that wait, one at least; return the id of the last message."""
    last = 0
    for last, text in db.execute(waiting):
        if found := pieces(text):
            db.execute(write, (last, " ".join(found)))
        if time.perf_counter() > until:
            break
    return last
