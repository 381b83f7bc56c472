"""Reading a file with chats in a process of its own, which holds up nothing here."""

from __future__ import annotations

import asyncio
import json
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ai_coder.chat import import_worker
from ai_coder.chat.chat_file import Portion
from ai_coder.chat.chat_file_errors import ChatFileError, ReadingEndedError

if TYPE_CHECKING:
    from pathlib import Path

_NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0
_WORKER = import_worker.__file__


class ImportProcess:
    """Hands over what is read of one file, a portion at a time and only when it is asked for.

    The pipe is read by a thread, which works with every event loop on every system.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._loop = asyncio.get_running_loop()
        self._found: asyncio.Queue[Portion | ChatFileError | None] = asyncio.Queue()
        self._is_wanted = threading.Semaphore(0)
        try:
            self._process = subprocess.Popen(
                (sys.executable, "-P", _WORKER),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=_NO_WINDOW,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise ChatFileError(name=path.name, reason=reason, raw=str(error)) from error
        job = json.dumps({"path": sys.path, "file": str(path.absolute())}).encode() + b"\n"
        threading.Thread(target=self._watch, args=(job,), name="import", daemon=True).start()

    async def portion(self) -> Portion | None:
        """Return what was read next; None at the end. Raises ChatFileError."""
        self._is_wanted.release()
        found = await self._found.get()
        if isinstance(found, ChatFileError):
            raise found
        return found

    def kill(self) -> None:
        """End the process at once; whoever waits for a portion is told that this is the end."""
        self._process.kill()
        self._found.put_nowait(None)
        self._is_wanted.release()

    def _watch(self, job: bytes) -> None:
        """Run in a thread for the life of the process."""
        process = self._process
        assert process.stdin
        with process:
            with suppress(OSError):
                process.stdin.write(job)
                process.stdin.flush()
            is_on = True
            while is_on:
                self._is_wanted.acquire()
                found = self._next(process)
                is_on = isinstance(found, Portion)
                with suppress(RuntimeError):  # the event loop is closed: nobody waits any more
                    self._loop.call_soon_threadsafe(self._found.put_nowait, found)

    def _next(self, process: subprocess.Popen[bytes]) -> Portion | ChatFileError | None:
        assert process.stdout
        assert process.stderr
        size = int.from_bytes(process.stdout.read(import_worker.SIZE_BYTES), "big")
        pickled = process.stdout.read(size)
        if not size or len(pickled) < size:
            raw = process.stderr.read().decode("utf-8", "replace")
            return ReadingEndedError(name=self._name, raw=raw)
        found: Portion | ChatFileError | None = pickle.loads(pickled)
        return found
