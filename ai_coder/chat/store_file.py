"""The file of the chats: opened, replaced by memory when it fails, copied, restored."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ai_coder.chat import replacing, store_open
from ai_coder.chat.backup import Backups
from ai_coder.chat.instance import Instance
from ai_coder.chat.merging import add_missing, kept_of
from ai_coder.chat.store_problem import (
    InUseProblem,
    LockedAtFirstProblem,
    ReadOnlyProblem,
    StoreFault,
    StoreProblem,
)
from ai_coder.chat.store_thread import StoreThread, in_transaction
from ai_coder.chat.write_back import figures, write_back

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from ai_coder.chat.write_back import Figures

_MENDED_IN_MEMORY = {
    StoreFault.READ_ONLY,
    StoreFault.FULL,
    StoreFault.CORRUPT,
    StoreFault.UNREADABLE,
}
_STILL_READABLE = {StoreFault.READ_ONLY, StoreFault.FULL, StoreFault.UNREADABLE}
_STALE_SECONDS = 60.0


class StoreFile:
    """A writing thread and a reading one on the same file; without a file one does both."""

    def __init__(self, path: Path | None, report: Callable[[StoreProblem], None]) -> None:
        self.path = path
        self._report = report
        self._reader: StoreThread | None = None
        self._data_version: int | None = None
        self._stamps: tuple[object, ...] = ()
        self.writer = StoreThread("chat-store", self._go_on_in_memory)
        self.instance = Instance(path.parent if path else None)
        self.backups = Backups(path) if path else None
        self.is_in_memory = path is None
        self.has_only_in_memory = False
        """Whether something was said that the file has not."""

        self._begun_with: Figures | None = None
        """What the memory held at first; None where there is no file to return to."""

    @property
    def reader(self) -> StoreThread:
        """The thread for long reads."""
        return self.writer if self._reader is None or self.is_in_memory else self._reader

    async def open(self) -> StoreProblem | None:
        """Open the file, or memory in its place; return what is wrong."""
        problem: StoreProblem | None = None
        path = self.path

        def connect() -> sqlite3.Connection:
            nonlocal problem
            if path is None:
                self.instance.start()
                return store_open.connect_memory()
            try:
                connection = self._connect(path)
            except StoreProblem as error:
                is_locked = error.fault is StoreFault.LOCKED
                problem = LockedAtFirstProblem(raw=error.raw) if is_locked else error
                return self._instead(problem, path)
            self._left_memory()
            return connection

        await self.writer.open(connect)
        if path is not None and problem is None:
            await self._use_file(path)
        return problem

    @property
    def may_return(self) -> bool:
        """Whether it is worth trying to leave memory for the file."""
        return self.is_in_memory and self._begun_with is not None

    def words_follow(self) -> None:
        """Take note that what is written next is worth keeping."""
        if self.is_in_memory and self.path is not None:
            self.has_only_in_memory = True

    async def return_to_file(self) -> bool:
        """Leave memory for the file, with all that was said; raises StoreProblem.

        Returns whether the chats have other ids there, because the file was not the one that
        the memory began with.
        """
        path, begun_with = self.path, self._begun_with
        if path is None or begun_with is None or not self.is_in_memory:
            return False
        has_new_ids = False

        def connect(memory: sqlite3.Connection) -> sqlite3.Connection:
            nonlocal has_new_ids
            file = self._connect(path, patience=0)
            with store_open.closed_on_failure(file):
                has_new_ids = not write_back(memory, path, begun_with)
                if has_new_ids:
                    self._merge(memory, file)
            store_open.set_patience(file)
            self._left_memory()
            return file

        await self.writer.exchange(connect)
        await self._use_file(path)
        return has_new_ids

    async def aclose(self) -> None:
        """Write what is queued and let go of the file."""
        if self.has_only_in_memory:
            with suppress(StoreProblem):  # the user was told, and asked
                await self.return_to_file()
        await self._close_reader()
        await self.writer.aclose()
        self.instance.stop()

    def _connect(self, path: Path, patience: float | None = None) -> sqlite3.Connection:
        connection = store_open.connect(path, patience)
        with store_open.closed_on_failure(connection):
            self._start_instance(path.parent)
        return connection

    async def _use_file(self, path: Path) -> None:
        """Read beside the writer, which is connected with the file now."""
        await self._close_reader()
        self._data_version = await self.writer.read(_data_version)
        self._reader = StoreThread("chat-reader")
        await self._reader.open(lambda: store_open.connect_reader(path))

    async def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.aclose()

    async def has_foreign_changes(self) -> bool:
        """Whether another instance wrote since this was asked last."""
        stamps = self._stamps_now()
        if self.is_in_memory or stamps == self._stamps:
            return False
        version = await self.writer.read(_data_version)
        self._stamps = stamps
        changed = version != self._data_version
        self._data_version = version
        return changed

    def _stamps_now(self) -> tuple[object, ...]:
        """Return what changes when anybody writes: much cheaper than a question to the thread."""
        path = self.path
        files = () if path is None else (path, path.with_name(f"{path.name}-wal"))
        return tuple(map(_stamp, files))

    async def back_up(self) -> Path | None:
        """Make today's copy unless there is one; a damaged file is not copied."""
        backups = self.backups
        if backups is None or self.is_in_memory or not backups.is_due():
            return None

        def copy(db: sqlite3.Connection) -> Path:
            store_open.check(db)
            return backups.make(db)

        return await self.reader.read(copy)

    async def replace(self, backup: Path | None) -> Path | None:
        """Put a copy, or a new file, in the place of the file, and what memory holds into it.

        Returns where the file is by now that was there: in its place if it works again, as when
        another window has mended it. Raises `StoreProblem`; what is in memory stays there then.
        """
        path = aside = self.path
        if path is None or not self.is_in_memory:
            return path

        def exchange(memory: sqlite3.Connection) -> sqlite3.Connection:
            nonlocal aside
            with replacing.alone(path):
                fault = replacing.fault_of(path)
                works_again = fault is None and path.exists()
                if not works_again:
                    aside = self._put_in_place(memory, backup, path, fault)
                connection = self._connect(path)
                if works_again:
                    with store_open.closed_on_failure(connection):
                        self._merge(memory, connection)
            self._left_memory()
            return connection

        await self._close_reader()
        await self.writer.exchange(exchange)
        await self._use_file(path)
        return aside

    def _put_in_place(
        self,
        memory: sqlite3.Connection,
        backup: Path | None,
        path: Path,
        fault: StoreFault | None,
    ) -> Path | None:
        if self.instance.has_others():
            raise InUseProblem
        owner = self.instance.id
        return replacing.put_in_place(path, backup, kept_of(memory, owner), owner, fault)

    def _merge(self, memory: sqlite3.Connection, file: sqlite3.Connection) -> None:
        """Write what memory held into a file that is another one by now."""
        owner = self.instance.id
        in_transaction(file, add_missing, kept_of(memory, owner), owner)

    def _left_memory(self) -> None:
        """Take note, in the thread that changes the connection, that it is the file's."""
        self.is_in_memory = self.has_only_in_memory = False

    def _instead(self, problem: StoreProblem, path: Path) -> sqlite3.Connection:
        """Return the memory to work in when *path* cannot be opened."""
        self.is_in_memory = True
        self._offer_backup(problem)
        if problem.fault is StoreFault.CORRUPT and not self.instance.has_others():
            try:
                problem.set_aside = store_open.set_aside(path, store_open.DAMAGED)
            except StoreProblem as error:
                problem.raw = f"{problem.raw}\n{error.raw}"
        is_readable = problem.fault in _STILL_READABLE and path.exists()
        memory = store_open.copy_of_file(path) if is_readable else store_open.connect_memory()
        is_out_of_the_way = problem.set_aside is not None and problem.backup is None
        may_return = problem.may_pass or is_out_of_the_way
        self._begun_with = figures(memory) if may_return else None
        return memory

    def _go_on_in_memory(
        self, problem: StoreProblem, connection: sqlite3.Connection
    ) -> sqlite3.Connection | None:
        """Give up on the file while running; called in the thread that owns it."""
        if self.is_in_memory or problem.fault not in _MENDED_IN_MEMORY:
            return None
        self.is_in_memory = self.has_only_in_memory = True
        self._offer_backup(problem)
        if problem.fault is StoreFault.CORRUPT:
            self.instance.stop()  # the file is in use here no longer, and may be replaced
        memory = store_open.copy_to_memory(connection)
        self._begun_with = figures(memory) if problem.may_pass else None
        self._report(problem)
        return memory

    def _offer_backup(self, problem: StoreProblem) -> None:
        """Offer the newest copy in place of a file that is of no use here."""
        if problem.fault in replacing.REPLACED and self.backups:
            problem.backup = self.backups.newest_readable()

    def _start_instance(self, folder: Path) -> None:
        """Say that this instance lives, and clear what dead ones left."""
        try:
            self.instance.start()
            for lock in folder.glob("running-*.lock"):
                if time.time() - lock.stat().st_mtime > _STALE_SECONDS:
                    self.instance.is_alive(lock.stem.removeprefix("running-"))
        except FileNotFoundError:
            return  # another instance cleared it first
        except OSError as error:
            raise ReadOnlyProblem(raw=str(error)) from error


def _stamp(file: Path) -> tuple[int, int] | None:
    """Return when *file* was written and its size; None where it cannot be seen."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _data_version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA data_version").fetchone()[0])
