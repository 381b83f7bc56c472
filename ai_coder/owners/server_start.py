"""Start a server that is installed but off, after a click, with its output in view."""

from __future__ import annotations

from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from ai_coder.errors import AICoderError, UnknownModelError
from ai_coder.llm.discovery import Discovery, Finding, program_of
from ai_coder.llm.server_control import (
    OutputLine,
    ServerExited,
    ServerProcess,
    ServerReady,
    ServerStartError,
    start_command,
)
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.core import Core
    from ai_coder.llm.health import HealthMonitor


class ServerStarter(QObject):
    """Runs `lms server start` or `ollama serve` as a child of the application."""

    failed = pyqtSignal(AICoderError)
    message = pyqtSignal(str)
    """The last line that a server printed while it starts; empty once it is up, or not."""

    printed = pyqtSignal(str, str)
    """A provider id and a line that its server printed, at any time."""

    def __init__(self, core: Core, health: HealthMonitor, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._health = health
        self._starting: set[str] = set()
        self._tasks = TaskScope(self)
        self._tasks.failed.connect(self.failed)

    def start(self, provider_id: str) -> None:
        """Start the server of a provider unless it is starting already."""
        if not self.is_starting(provider_id):
            self._starting.add(provider_id)
            self._tasks.start(self._start(provider_id), name=f"start {provider_id}")

    def is_starting(self, provider_id: str) -> bool:
        """Return whether a server was started here and is not up yet."""
        return provider_id in self._starting

    async def findings(self) -> list[Finding]:
        """Return what runs and what could be started, without waking anything."""
        configured = {
            key: config.base_url
            for key, config in self._core.manager.configs.items()
            if config.base_url and program_of(config.type or key)
        }
        return await Discovery(self._core.network).find(configured)

    async def aclose(self) -> None:
        """End the servers that were started as children."""
        await self._tasks.aclose()

    async def _start(self, provider_id: str) -> None:
        try:
            with suppress(UnknownModelError):  # switched off meanwhile: nobody waits for it
                await self._run(provider_id)
        finally:
            if self.is_starting(provider_id):
                self._end_start(provider_id)

    def _end_start(self, provider_id: str) -> None:
        self._starting.discard(provider_id)
        self._health.set_starting(provider_id, is_starting=False)
        self.message.emit("")

    async def _run(self, provider_id: str) -> None:
        finding, name = await self._what_to_start(provider_id)
        if await self._is_up(provider_id):
            return
        self._health.set_starting(provider_id, is_starting=True)
        process = ServerProcess(
            start_command(finding), finding.url, is_up=lambda: self._is_up(provider_id)
        )
        last_line = ""
        async with aclosing(process.run()) as events:
            async for event in events:
                is_starting = self.is_starting(provider_id)
                match event:
                    case OutputLine(text):
                        last_line = text
                        self.printed.emit(provider_id, text)
                        if is_starting:
                            self.message.emit(f"{name}: {text}")
                    case ServerReady():
                        self._end_start(provider_id)
                    case ServerExited(code) if is_starting:
                        reason = last_line or self.tr("it ended with code {code}.").format(
                            code=code
                        )
                        raise ServerStartError(program=name, reason=reason)
                    case _:
                        pass

    async def _what_to_start(self, provider_id: str) -> tuple[Finding, str]:
        """Return the program for a provider's own address, and the provider's name."""
        async with self._core.manager.using(provider_id) as provider:
            kind, name = provider.type, provider.name
            url = (await provider.health_check()).url
        found = [f for f in await self.findings() if f.kind == kind and f.executable is not None]
        if not found:
            raise ServerStartError(
                program=name, reason=self.tr("it is not installed on this computer.")
            )
        return replace(found[0], url=url, is_running=False), name

    async def _is_up(self, provider_id: str) -> bool:
        async with self._core.manager.using(provider_id) as provider:
            return (await provider.health_check()).is_up
