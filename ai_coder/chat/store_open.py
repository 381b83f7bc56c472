"""Open the chat database, or explain why it cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ai_coder.chat.migrations import SCHEMA_VERSION, migrate, version_of
from ai_coder.chat.store_connection import StoreConnection
from ai_coder.chat.store_problem import (
    CorruptProblem,
    NewerProblem,
    ReadOnlyProblem,
    StoreProblem,
    UnreadableProblem,
    store_error,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 5.0
"""How long a statement waits for another instance to finish writing."""

_CHECKED_PAGES = 2048
"""Databases up to this size (16 MB) are checked while opening, larger ones before a backup."""

DAMAGED, NEWER = "damaged", "newer"
"""What stands in the name of a file that is set aside."""

_COPIED_BYTES = 1 << 30
"""Databases up to this size are copied to go on with in memory."""


def connect(path: Path, patience: float | None = None) -> sqlite3.Connection:
    """Open the database of *path* for writing and bring its schema up to date.

    Another instance that writes is waited for *patience* seconds. Raises `StoreProblem`; a
    damaged file is left where it is.
    """
    seconds = BUSY_SECONDS if patience is None else patience
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReadOnlyProblem(raw=str(error)) from error
    try:
        connection = sqlite3.connect(
            path,
            timeout=seconds,
            isolation_level=None,
            check_same_thread=False,
            factory=StoreConnection,
        )
    except sqlite3.Error as error:
        raise store_error(error) from error
    with closed_on_failure(connection):
        _prepare(connection)
    return connection


@contextmanager
def closed_on_failure(connection: sqlite3.Connection) -> Iterator[None]:
    """Let go of a connection that turns out to be of no use; raises StoreProblem."""
    try:
        yield
    except sqlite3.Error as error:
        connection.close()
        raise store_error(error) from error
    except StoreProblem:
        connection.close()
        raise


def set_patience(connection: sqlite3.Connection) -> None:
    """Wait as usual for another instance that writes."""
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a second connection that only reads."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=StoreConnection,
    )
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -8192")  # KiB; filters look at many scattered rows
    return connection


def connect_memory() -> sqlite3.Connection:
    """Open an empty database that is gone when the application ends."""
    connection = sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=False, factory=StoreConnection
    )
    _prepare(connection)
    return connection


def copy_to_memory(source: sqlite3.Connection) -> sqlite3.Connection:
    """Return a copy of a database in memory, or an empty one when it cannot be copied."""
    connection = sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=False, factory=StoreConnection
    )
    try:
        (pages,) = source.execute("PRAGMA page_count").fetchone()
        (page_size,) = source.execute("PRAGMA page_size").fetchone()
        if pages * page_size <= _COPIED_BYTES:
            source.backup(connection)
        _prepare(connection)
    except (sqlite3.Error, StoreProblem):
        connection.close()
        return connect_memory()
    return connection


def copy_of_file(path: Path) -> sqlite3.Connection:
    """Return what can be read of a file in memory; empty when that is nothing."""
    try:
        source = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None
        )
    except sqlite3.Error:
        return connect_memory()
    try:
        return copy_to_memory(source)
    finally:
        source.close()


def set_aside(path: Path, word: str) -> Path:
    """Move a database and its companions to a free name with *word* in it; raises StoreProblem."""
    number = 1
    while (target := path.with_name(f"{path.stem}.{word}-{number}{path.suffix}")).exists():
        number += 1
    try:
        path.rename(target)
        for ending in ("-wal", "-shm"):
            companion = path.with_name(path.name + ending)
            if companion.exists():
                companion.rename(target.with_name(target.name + ending))
    except OSError as error:
        raise UnreadableProblem(raw=str(error), reason=str(error)) from error
    return target


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    if version_of(connection) > SCHEMA_VERSION:
        raise NewerProblem
    connection.execute("PRAGMA page_size = 8192")  # only a new file takes it; see bench_store.py
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA temp_store = MEMORY")
    migrate(connection)
    # A write that changes nothing tells a read-only file from a usable one.
    connection.execute("DELETE FROM journal WHERE 0")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if pages <= _CHECKED_PAGES:
        check(connection)


def check(connection: sqlite3.Connection) -> None:
    """Raise CorruptProblem when the file is damaged; reads all of it."""
    row = connection.execute("PRAGMA quick_check(1)").fetchone()
    if row[0] != "ok":
        raise CorruptProblem(raw=str(row[0]))
