"""What can be wrong with the chat database, in words."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from ai_coder.errors import StoreError
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from pathlib import Path


class StoreFault(StrEnum):
    """Why the chats cannot be saved."""

    READ_ONLY = "read_only"
    FULL = "full"
    LOCKED = "locked"
    CORRUPT = "corrupt"
    NEWER = "newer"
    GONE = "gone"
    UNREADABLE = "unreadable"


class StoreProblem(StoreError):  # noqa: N818  # handed round as a value as well as raised
    """The store could not do its work; `fault` says why.

    `set_aside` is where a damaged file was moved to, `backup` the newest backup that can be
    restored; both are None where there is none. It is a value as well as an error: what goes
    wrong while opening is returned, because the chat goes on in memory.
    """

    fault: ClassVar[StoreFault] = StoreFault.UNREADABLE
    may_pass: ClassVar[bool] = False
    """Whether the same file can work again while the application runs."""

    def __init__(
        self,
        *,
        raw: str = "",
        set_aside: Path | None = None,
        backup: Path | None = None,
        **details: str,
    ) -> None:
        self.set_aside = set_aside
        self.backup = backup
        super().__init__(raw=raw, **details)


class ReadOnlyProblem(StoreProblem):
    """The folder or the file may not be written."""

    fault = StoreFault.READ_ONLY
    may_pass = True
    message = QT_TRANSLATE_NOOP("errors", "The chats cannot be saved: their folder is read-only.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "Those on disk are safe. Chats go on in memory. Allow writing to the data folder: then they"
        " are saved by themselves.",
    )


class FullProblem(StoreProblem):
    """There is no space left."""

    fault = StoreFault.FULL
    may_pass = True
    message = QT_TRANSLATE_NOOP("errors", "The chats cannot be saved: the disk is full.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "Those on disk are safe. Chats go on in memory. Free some space: then they are saved by"
        " themselves.",
    )


class LockedProblem(StoreProblem):
    """Another program holds the database; what was asked for is not done."""

    fault = StoreFault.LOCKED
    may_pass = True
    message = QT_TRANSLATE_NOOP("errors", "The chats are locked by another program.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "The chats on disk are safe. Close the other program that has the file open, then try"
        " again.",
    )


class LockedAtFirstProblem(LockedProblem):
    """Another program holds the database while it is opened."""

    hint = QT_TRANSLATE_NOOP(
        "errors",
        "They are safe on disk. What you write meanwhile stays in memory, and comes together with"
        " them by itself as soon as the other program is closed.",
    )


class InUseProblem(LockedProblem):
    """Another window works with the file that is to be replaced."""

    message = QT_TRANSLATE_NOOP("errors", "Another window has the file of the chats open.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "Nothing was changed. Close the other windows of this application, of every version, then"
        " try again.",
    )


class NotYetSavedProblem(LockedProblem):
    """Another program holds the database; what was written waits for it."""

    message = QT_TRANSLATE_NOOP(
        "errors", "Not saved yet: another program has locked the file of the chats."
    )
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "The chats on disk are safe. What you write is saved by itself as soon as the file is free."
        " Close the other program before you quit.",
    )


class CorruptProblem(StoreProblem):
    """The file is damaged."""

    fault = StoreFault.CORRUPT
    message = QT_TRANSLATE_NOOP("errors", "The file with the chats is damaged.")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "It is kept, and chats go on in memory. Restore the newest backup where one is offered.",
    )


class NewerProblem(StoreProblem):
    """A newer version of the application wrote the file."""

    fault = StoreFault.NEWER
    may_pass = True
    message = QT_TRANSLATE_NOOP(
        "errors", "The chats were saved by a newer version of this application."
    )
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "The file is left alone and chats go on in memory. Update the application, or go on without"
        " this file: it is set aside unchanged, and the newer version can use it again.",
    )


class GoneProblem(StoreProblem):
    """What was to be written belongs to a chat that no longer exists."""

    fault = StoreFault.GONE
    message = QT_TRANSLATE_NOOP("errors", "This chat was deleted in another window.")
    hint = QT_TRANSLATE_NOOP("errors", "What you see here is not saved. Export it to keep it.")


class UnreadableProblem(StoreProblem):
    """Anything else that the disk reports."""

    may_pass = True
    message = QT_TRANSLATE_NOOP("errors", "The chats cannot be saved: {reason}")
    hint = QT_TRANSLATE_NOOP(
        "errors",
        "Chats go on in memory and are saved as soon as that works. Export a chat to keep it.",
    )


_BY_CODE: dict[int, type[StoreProblem]] = {
    sqlite3.SQLITE_READONLY: ReadOnlyProblem,
    sqlite3.SQLITE_CANTOPEN: ReadOnlyProblem,
    sqlite3.SQLITE_PERM: ReadOnlyProblem,
    sqlite3.SQLITE_FULL: FullProblem,
    sqlite3.SQLITE_BUSY: LockedProblem,
    sqlite3.SQLITE_LOCKED: LockedProblem,
    sqlite3.SQLITE_CORRUPT: CorruptProblem,
    sqlite3.SQLITE_NOTADB: CorruptProblem,
    sqlite3.SQLITE_CONSTRAINT: GoneProblem,
    sqlite3.SQLITE_IOERR: UnreadableProblem,
    sqlite3.SQLITE_IOERR_SHMSIZE: FullProblem,  # no room for the index of the log
    sqlite3.SQLITE_NOMEM: UnreadableProblem,
    sqlite3.SQLITE_PROTOCOL: LockedProblem,
    sqlite3.SQLITE_TOOBIG: UnreadableProblem,
    sqlite3.SQLITE_NOLFS: UnreadableProblem,
    sqlite3.SQLITE_AUTH: ReadOnlyProblem,
}


def store_error(error: sqlite3.Error) -> StoreProblem | sqlite3.Error:
    """Return *error* in words; what only a bug can cause is returned as it is."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    problem = _BY_CODE.get(code) or _BY_CODE.get(code & 0xFF)
    return problem(raw=str(error), reason=str(error)) if problem else error


def not_yet_saved(problem: StoreProblem) -> StoreProblem:
    """Return what *problem* means for words that can wait until the file is free."""
    return NotYetSavedProblem(raw=problem.raw) if problem.fault is StoreFault.LOCKED else problem
