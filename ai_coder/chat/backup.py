"""Rotating copies of the chat database."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ai_coder.chat.migrations import SCHEMA_VERSION
from ai_coder.chat.store_problem import UnreadableProblem, store_error

if TYPE_CHECKING:
    from pathlib import Path

KEPT = 5
_HEAD = 100
"""Bytes at the beginning of a database that say what it is."""

DAY = 24 * 3600.0


class Backups:
    """The copies beside a database, one a day, the newest five."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._folder = database.parent / "backups"

    def all(self) -> list[Path]:
        """Return the copies, newest first."""
        return sorted(self._folder.glob(f"{self._database.stem}-*.sqlite3"), reverse=True)

    def newest_readable(self, older_than: Path | None = None) -> Path | None:
        """Return the newest copy whose schema this version knows; None when there is none."""
        copies = [copy for copy in self.all() if older_than is None or copy < older_than]
        return next(filter(_is_readable, copies), None)

    def newest(self) -> Path | None:
        """Return the newest copy; None when there is none."""
        return next(iter(self.all()), None)

    def is_due(self, now: float | None = None) -> bool:
        """Whether the newest copy is older than a day."""
        newest = self.newest()
        now = time.time() if now is None else now
        return newest is None or now - newest.stat().st_mtime >= DAY

    def make(self, source: sqlite3.Connection) -> Path:
        """Copy the database and drop the oldest copies; raises StoreProblem."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        target = self._folder / f"{self._database.stem}-{stamp}.sqlite3"
        partial = target.with_suffix(".partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            copy_database(source, partial)
            partial.replace(target)
            for old in self.all()[KEPT:]:
                old.unlink()
        except OSError as error:
            raise UnreadableProblem(raw=str(error), reason=str(error)) from error
        finally:
            partial.unlink(missing_ok=True)
        return target


def _is_readable(copy: Path) -> bool:
    """Read the version from the head of the file, which is whole: a copy has no log beside it."""
    try:
        with copy.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    version = int.from_bytes(head[60:64], "big")
    return head.startswith(b"SQLite format 3\0") and version <= SCHEMA_VERSION


def copy_database(source: sqlite3.Connection, target: Path) -> None:
    """Write a copy of an open database to *target*; raises StoreProblem."""
    target.unlink(missing_ok=True)
    try:
        copy = sqlite3.connect(target)
        try:
            source.backup(copy)  # one step: a reader of the log holds no writer up
            # A copy is one file: it keeps no write-ahead log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
    except sqlite3.Error as error:
        raise store_error(error) from error
