"""Which running instances of the application share the data folder."""

from __future__ import annotations

import sys
import uuid
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
            _try_lock(self._file)

    def is_alive(self, instance_id: str) -> bool:
        """Whether an instance, this one or another, is still running."""
        if instance_id == self.id:
            return True
        if self._folder is None:
            return False
        path = self._folder / self._name(instance_id)
        try:
            with path.open("rb+") as file:
                _try_lock(file)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        path.unlink(missing_ok=True)
        return False

    def stop(self) -> None:
        """Let go of the lock."""
        if self._file is not None and self._folder is not None:
            self._file.close()
            self._file = None
            (self._folder / self._name(self.id)).unlink(missing_ok=True)

    def _name(self, instance_id: str) -> str:
        return f"running-{instance_id}.lock"
