"""Put a copy, or a new file, in the place of a file of chats that cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ai_coder.chat import store_open
from ai_coder.chat.backup import copy_database
from ai_coder.chat.file_lock import only_one
from ai_coder.chat.merging import add_missing
from ai_coder.chat.store_problem import (
    LockedProblem,
    StoreFault,
    StoreProblem,
    UnreadableProblem,
    store_error,
)
from ai_coder.chat.store_thread import in_transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ai_coder.chat.merging import KeptConversation


REPLACED = {StoreFault.CORRUPT, StoreFault.NEWER}
"""What a copy helps with; any other file is sound."""


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep other windows from replacing the same file meanwhile; raises LockedProblem."""
    try:
        with only_one(path.with_name("replacing.lock")):
            yield
    except OSError as error:
        raise LockedProblem(raw=str(error)) from error


def fault_of(path: Path) -> StoreFault | None:
    """Return what is wrong with the file itself; None if it is sound, or is not there.

    Raises `StoreProblem` where that cannot be told.
    """
    if not path.exists():
        return None
    try:
        connection = store_open.connect(path)
        try:
            store_open.check(connection)
        finally:
            connection.close()
    except StoreProblem as problem:
        if problem.fault not in REPLACED:
            raise
        return problem.fault
    return None


def put_in_place(
    path: Path,
    backup: Path | None,
    kept: Sequence[KeptConversation],
    owner: str,
    fault: StoreFault | None,
) -> Path | None:
    """Give the file the content of *backup*, of none if there is none, and what was kept.

    Returns where the present file is set aside. Raises `StoreProblem`, and changes nothing then.
    """
    partial = path.with_suffix(".restored")
    try:
        _write(partial, backup, kept, owner)
        aside = None
        if path.exists():
            word = store_open.NEWER if fault is StoreFault.NEWER else store_open.DAMAGED
            aside = store_open.set_aside(path, word)
        partial.replace(path)
    except OSError as error:
        raise UnreadableProblem(raw=str(error), reason=str(error)) from error
    except sqlite3.Error as error:
        raise store_error(error) from error
    finally:
        partial.unlink(missing_ok=True)
    return aside


def _write(
    partial: Path, backup: Path | None, kept: Sequence[KeptConversation], owner: str
) -> None:
    """Make the file beside the one it replaces."""
    partial.unlink(missing_ok=True)
    if backup is not None:
        source = sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)
        try:
            store_open.check(source)
            copy_database(source, partial)
        finally:
            source.close()
    copy = store_open.connect(partial)
    try:
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, which is moved as a whole
        in_transaction(copy, add_missing, kept, owner)
    finally:
        copy.close()
