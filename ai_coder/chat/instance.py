"""Which running instances of the application share the data folder."""

from __future__ import annotations

import uuid
from typing import IO, TYPE_CHECKING

from ai_coder.chat.file_lock import try_lock

if TYPE_CHECKING:
    from pathlib import Path


class Instance:
    """One run of the application, alive as long as it holds a lock on a file of its own.

    The system lets go of the lock however the process ends, so a lock that can be taken
    belongs to an instance that is gone. Process ids are not used: they come again.
    """

    def __init__(self, folder: Path | None) -> None:
        self.id = uuid.uuid4().hex
        self._folder = folder
        self._file: IO[bytes] | None = None

    def start(self) -> None:
        """Take the lock; raises OSError where the folder cannot be written."""
        if self._file is None and self._folder is not None:
            self._file = (self._folder / self._name(self.id)).open("wb")
            try_lock(self._file)

    def is_alive(self, instance_id: str) -> bool:
        """Whether an instance, this one or another, is still running."""
        if instance_id == self.id:
            return True
        if self._folder is None:
            return False
        path = self._folder / self._name(instance_id)
        try:
            with path.open("rb+") as file:
                try_lock(file)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        path.unlink(missing_ok=True)
        return False

    def has_others(self) -> bool:
        """Whether another instance, of any version, has the file of the chats open."""
        locks = list(self._folder.glob("running-*.lock")) if self._folder else []
        ids = [lock.stem.removeprefix("running-") for lock in locks]
        return any(each != self.id and self.is_alive(each) for each in ids)

    def stop(self) -> None:
        """Let go of the lock."""
        if self._file is not None and self._folder is not None:
            self._file.close()
            self._file = None
            (self._folder / self._name(self.id)).unlink(missing_ok=True)

    def _name(self, instance_id: str) -> str:
        return f"running-{instance_id}.lock"
