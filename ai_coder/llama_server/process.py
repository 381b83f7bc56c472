"""One child process: started, watched until it ends, its log kept."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from ai_coder.errors import EngineError
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_coder.llama_server.options import Job

_LOG_LINES = 200
_NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0
_KILLED = (-9, -15)
_LOADING_ERROR = re.compile(r"error loading model: (?P<reason>.+)")
_ERROR_LINE = re.compile(r"^[\d.]+ E (?:\w+: )*(?P<reason>.+)")

KILLED = QT_TRANSLATE_NOOP(
    "errors", "its process was ended from outside, often because memory ran out."
)
CRASHED = QT_TRANSLATE_NOOP("errors", "its process ended unexpectedly.")
CANNOT_START = QT_TRANSLATE_NOOP("errors", "its process could not be started.")


class EngineProcess:
    """Serves one model file at `url` after `ready` returned.

    Pipes are read by threads, which works with every event loop on every system. *on_end* is
    called on the event loop when the process is gone, whatever the cause.
    """

    def __init__(
        self, command: Sequence[str], job: Job, on_end: Callable[[EngineProcess], None]
    ) -> None:
        self.job = job
        self.url = ""
        self.exit_code: int | None = None
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._complaint = ""
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Future[dict[str, str]] = self._loop.create_future()
        self._ended = asyncio.Event()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                creationflags=_NO_WINDOW,
            )
        except OSError as error:
            raise EngineError(model=job.alias, reason=CANNOT_START, raw=str(error)) from error
        threading.Thread(target=self._watch, name="engine", daemon=True).start()

    @property
    def log(self) -> str:
        """The last lines that the child wrote."""
        return "\n".join(self._log)

    async def ready(self) -> None:
        """Wait until the model is loaded; raises `EngineError`. Cancelling ends the child."""
        try:
            told = await self._told
        except asyncio.CancelledError:
            self.kill()
            raise
        if "url" not in told:
            await self._ended.wait()
            raise self.error()
        self.url = told["url"]

    def error(self) -> EngineError:
        """Return why the process ended, in the words of its log where those are clear."""
        raw = "\n".join(filter(None, (self.log, self._complaint)))
        return EngineError(model=self.job.alias, reason=self.reason(), raw=raw)

    def reason(self) -> str:
        """Return in a few words why the process ended."""
        if self.exit_code in _KILLED:
            return KILLED
        for pattern in (_LOADING_ERROR, _ERROR_LINE):
            for line in reversed(self._log):
                if found := pattern.search(line):
                    return found["reason"].strip()
        return self._complaint or CRASHED

    def kill(self) -> None:
        """End the process at once; it has nothing to save."""
        self._process.kill()

    async def stop(self) -> None:
        """End the process and wait until its memory is free."""
        self.kill()
        await self._ended.wait()

    async def ended(self, patience: float) -> bool:
        """Wait up to *patience* seconds for the end of the process."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._ended.wait()
        return self._ended.is_set()

    def _watch(self) -> None:
        """Run in a thread for the life of the process."""
        process = self._process
        assert process.stdin
        assert process.stdout
        assert process.stderr
        log_reader = threading.Thread(target=self._read_log, args=(process.stderr,), daemon=True)
        log_reader.start()
        with suppress(OSError):
            process.stdin.write(self.job.line())
        told = _message(_read_line(process.stdout))
        if "url" in told:
            self._call(self._on_told, told)
        code = process.wait()
        log_reader.join()
        self._complaint = str(told.get("error", ""))
        with suppress(OSError):
            process.stdin.close()
        process.stdout.close()
        process.stderr.close()
        self._call(self._on_gone, code)

    def _read_log(self, stream: IO[bytes]) -> None:
        rest = b""
        while part := stream.read(8192):
            *lines, rest = (rest + part).split(b"\n")
            self._log.extend(line.decode("utf-8", "replace") for line in lines)
        if rest:
            self._log.append(rest.decode("utf-8", "replace"))

    def _call(self, function: Callable[..., None], argument: object) -> None:
        with suppress(RuntimeError):  # the event loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(function, argument)

    def _on_told(self, told: dict[str, str]) -> None:
        if not self._told.done():
            self._told.set_result(told)

    def _on_gone(self, code: int) -> None:
        self.exit_code = code
        self._on_told({})
        self._ended.set()
        self._on_end(self)


def _read_line(stream: IO[bytes]) -> bytes:
    line = b""
    while not line.endswith(b"\n") and (part := stream.read(4096)):
        line += part
    return line


def _message(line: bytes) -> dict[str, str]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
