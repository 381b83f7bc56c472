"""Start a server that is installed but off: on request only, with its output in view."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ai_coder.errors import AICoderError
from ai_coder.llm.discovery import program_of
from ai_coder.llm.owned_task import end
from ai_coder.llm.surroundings import Surroundings
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ai_coder.llm.discovery import Finding
    from ai_coder.llm.server_program import StartCommand

_LONGEST_LINE = 4096
_GRACE = 5.0
"""Seconds for a program to end, or for a server to come up after its starter has ended."""

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class ServerStartError(AICoderError):
    """The program that starts a server could not be run."""

    message = QT_TRANSLATE_NOOP("errors", "{program} could not be started: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Start the server in its own application.")


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line that the server printed, without colours."""

    text: str


@dataclass(frozen=True, slots=True)
class ServerReady:
    """The server answers at its address."""

    url: str


@dataclass(frozen=True, slots=True)
class ServerExited:
    """The started program ended: LM Studio's once the server runs, Ollama's with the server."""

    code: int


ServerEvent: TypeAlias = OutputLine | ServerReady | ServerExited


def start_command(finding: Finding, surroundings: Surroundings | None = None) -> StartCommand:
    """Return how the server of *finding* is started; raises `ServerStartError` if it cannot be."""
    program = program_of(finding.kind)
    if program is None or finding.executable is None:
        raise ServerStartError(program=finding.kind, reason="it is not installed here.")
    return program.command(finding.executable, finding.url, surroundings or Surroundings())


class ServerProcess:
    """A server that runs as a child for as long as somebody reads what it prints."""

    def __init__(
        self,
        command: StartCommand,
        url: str,
        *,
        is_up: Callable[[], Awaitable[bool]],
        poll: float = 0.5,
    ) -> None:
        self._command = command
        self._url = url
        self._is_up = is_up
        self._poll = poll
        self._process: asyncio.subprocess.Process | None = None
        self._was_ready = False

    @property
    def is_running(self) -> bool:
        """Whether the started program has not ended."""
        return self._process is not None and self._process.returncode is None

    async def run(self) -> AsyncGenerator[ServerEvent, None]:
        """Run the command; yield what it prints, once that the server is ready, and its end.

        Closing the generator ends the program. Raises `ServerStartError`, and what the question
        whether the server is up raises.
        """
        process = await self._spawn()
        queue: asyncio.Queue[ServerEvent | BaseException] = asyncio.Queue()

        def tell_failure(task: asyncio.Task[None]) -> None:
            if not task.cancelled() and (error := task.exception()):
                queue.put_nowait(error)

        loop = asyncio.get_running_loop()
        tasks = (
            loop.create_task(_read(process, queue), name="output of a server"),
            loop.create_task(self._await_ready(queue), name="start of a server"),
        )
        for task in tasks:
            task.add_done_callback(tell_failure)
        try:
            while not isinstance(event := await queue.get(), ServerExited):
                if isinstance(event, BaseException):
                    raise event
                yield event
            if event.code == 0 and await self._is_up_within(_GRACE):
                yield ServerReady(self._url)
            yield event
        finally:
            await end(*tasks)
            await self.stop()

    async def stop(self) -> None:
        """End the program and wait for its end; ends `run` as well."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(_GRACE):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _spawn(self) -> asyncio.subprocess.Process:
        command = self._command
        own_group: dict[str, Any] = (
            {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        try:
            self._process = await asyncio.create_subprocess_exec(
                command.program,
                *command.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **command.environment},
                **own_group,
            )
        except OSError as error:
            reason = f"{error.strerror or error}."
            raise ServerStartError(program=command.program, reason=reason) from error
        return self._process

    async def _await_ready(self, queue: asyncio.Queue[ServerEvent | BaseException]) -> None:
        await self._wait_until_up()
        self._was_ready = True
        queue.put_nowait(ServerReady(self._url))

    async def _is_up_within(self, seconds: float) -> bool:
        """Tell whether the server comes up although its program has ended, as LM Studio's does."""
        if self._was_ready:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._wait_until_up()
        except TimeoutError:
            return False
        return True

    async def _wait_until_up(self) -> None:
        while not await self._is_up():  # noqa: ASYNC110  # another process has no event for us
            await asyncio.sleep(self._poll)


async def _read(
    process: asyncio.subprocess.Process, queue: asyncio.Queue[ServerEvent | BaseException]
) -> None:
    """Put the lines of *process* into *queue*, and its end."""
    assert process.stdout is not None
    rest = b""
    while data := await process.stdout.read(_LONGEST_LINE):
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        for line in lines:
            queue.put_nowait(OutputLine(_plain(line)))
    if rest:
        queue.put_nowait(OutputLine(_plain(rest)))
    queue.put_nowait(ServerExited(await process.wait()))


def _plain(line: bytes) -> str:
    """Return *line* as text without colours and cursor movements."""
    return _ESCAPES.sub("", line.decode("utf-8", "replace")).rstrip()
