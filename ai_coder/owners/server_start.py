"""Start a server that is installed but off, after a click, with its output in view."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from ai_coder.errors import AICoderError
from ai_coder.llm.discovery import Discovery, Finding
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
    """The last line that a starting server printed; empty at its end."""

    def __init__(self, core: Core, health: HealthMonitor, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._health = health
        self._starting: set[str] = set()
        self._tasks = TaskScope(self)
        self._tasks.failed.connect(self.failed)

    def start(self, provider_id: str) -> None:
        """Start the server of a provider unless it is starting already."""
        if provider_id not in self._starting:
            self._starting.add(provider_id)
            self._tasks.start(self._start(provider_id), name=f"start {provider_id}")

    async def findings(self) -> list[Finding]:
        """Return what runs and what could be started, without waking anything."""
        configured = {
            config.type or key: config.base_url
            for key, config in self._core.manager.configs.items()
            if config.base_url and (config.type or key) in ("lm_studio", "ollama")
        }
        return await Discovery(self._core.network).find(configured)

    async def aclose(self) -> None:
        """End the servers that were started as children."""
        await self._tasks.aclose()

    async def _start(self, provider_id: str) -> None:
        try:
            await self._run(provider_id)
        finally:
            self._starting.discard(provider_id)
            self.message.emit("")

    async def _run(self, provider_id: str) -> None:
        async with self._core.manager.using(provider_id) as provider:
            kind, name = provider.type, provider.name
        finding = next((f for f in await self.findings() if f.kind == kind), None)
        if finding is None or finding.executable is None:
            raise ServerStartError(
                program=name, reason=self.tr("it is not installed on this computer.")
            )
        if finding.is_running:
            self._health.ask_now(provider_id)
            return
        process = ServerProcess(
            start_command(finding), finding.url, is_up=lambda: self._is_up(provider_id)
        )
        was_ready, last_line = False, ""
        async with aclosing(process.run()) as events:
            async for event in events:
                match event:
                    case OutputLine(text):
                        last_line = text
                        self.message.emit("" if was_ready else f"{name}: {text}")
                    case ServerReady():
                        was_ready = True
                        self.message.emit("")
                        self._health.ask_now(provider_id)
                    case ServerExited(code) if not was_ready:
                        reason = last_line or self.tr("it ended with code {code}.").format(
                            code=code
                        )
                        raise ServerStartError(program=name, reason=reason)
                    case _:
                        pass

    async def _is_up(self, provider_id: str) -> bool:
        async with self._core.manager.using(provider_id) as provider:
            return (await provider.health_check()).can_chat
