"""Ask every server how it is, each on its own timer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_coder.errors import UnknownModelError
from ai_coder.llm import connection_states
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.probing import probed, report_bug
from ai_coder.llm.providers.base import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ai_coder.llm.llm_manager import LLMManager
    from ai_coder.llm.providers.base import BaseProvider


@dataclass(frozen=True, slots=True)
class HealthTiming:
    """Seconds between two questions to one server.

    The pause grows from *first* to *longest* while nothing changes. Companies' servers are
    asked rarely, sooner while they cannot be used. *limit* ends a question that a server
    never answers.
    """

    first: float = 1.0
    longest: float = 2.5
    growth: float = 1.5
    remote: float = 300.0
    remote_down: float = 30.0
    limit: float = 7.0


class HealthMonitor:
    """Watches the servers of a manager and tells when one of them changed.

    `run` belongs in a task group of the application. Nothing is asked while the window is
    hidden. `on_change` is called only for news, on the event loop.
    """

    def __init__(
        self,
        manager: LLMManager,
        on_change: Callable[[str, Probe], None],
        *,
        timing: HealthTiming | None = None,
    ) -> None:
        self._manager = manager
        self._on_change = on_change
        self.timing = timing or HealthTiming()
        self._probes: dict[str, Probe] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._watched: dict[str, BaseProvider] = {}
        self._starting: set[str] = set()
        self._visible = asyncio.Event()
        self._visible.set()
        self._reconfigured = asyncio.Event()

    @property
    def probes(self) -> Mapping[str, Probe]:
        """What each server said last, by provider id."""
        return dict(self._probes)

    async def run(self) -> None:
        """Watch until cancelled; follows the manager when its servers change."""
        unsubscribe = self._manager.subscribe(self._reconfigured.set)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._reconfigured.clear()
                    self._follow(group)
                    await self._reconfigured.wait()
        finally:
            unsubscribe()
            self._watchers.clear()
            self._watched.clear()

    def set_visible(self, is_visible: bool) -> None:
        """Pause everything while the window is hidden; ask at once when it is shown again."""
        if not is_visible:
            self._visible.clear()
        elif not self._visible.is_set():
            self._visible.set()
            self.ask_now()

    def ask_now(self, provider_id: str | None = None) -> None:
        """Ask one server, or all of them, without waiting for the timer."""
        for name, wake in self._wakes.items():
            if provider_id in (None, name):
                wake.set()

    def set_starting(self, provider_id: str, *, is_starting: bool) -> None:
        """Tell that a server was started here: while it does not answer yet, it is starting."""
        if is_starting:
            self._starting.add(provider_id)
        else:
            self._starting.discard(provider_id)
        self.ask_now(provider_id)

    def _follow(self, group: asyncio.TaskGroup) -> None:
        """Start and end watchers so that every provider of the manager has its own."""
        providers = self._manager.providers
        for provider_id, provider in list(self._watched.items()):
            if providers.get(provider_id) is not provider:
                self._watchers.pop(provider_id).cancel()
                del self._watched[provider_id], self._wakes[provider_id]
                self._probes.pop(provider_id, None)
        for provider_id, provider in providers.items():
            if provider_id not in self._watched:
                self._watched[provider_id] = provider
                self._wakes[provider_id] = asyncio.Event()
                self._watchers[provider_id] = group.create_task(
                    self._watch(provider_id, self._wakes[provider_id]),
                    name=f"health of {provider_id}",
                )

    async def _watch(self, provider_id: str, wake: asyncio.Event) -> None:
        pause = self.timing.first
        while True:
            await self._visible.wait()
            wake.clear()
            try:
                async with self._manager.using(provider_id) as provider:
                    told, bug = await probed(provider, self.timing.limit)
                    probe = self._as_starting(provider, told)
            except UnknownModelError:
                return
            is_news = self._tell(provider_id, probe)
            if is_news and bug is not None:
                report_bug(provider, bug)
            timing = self.timing
            grown = min(pause * timing.growth, timing.longest)
            pause = timing.first if is_news else grown
            if not provider.is_local:
                pause = timing.remote if probe.state.can_chat else timing.remote_down
            await _wait(wake, self._until_turn(pause))

    def _until_turn(self, pause: float) -> float:
        """Return how long to wait; after long pauses all servers are asked in the same instant.

        Waking up costs more than the questions themselves.
        """
        if pause != self.timing.longest:
            return pause
        return pause - asyncio.get_running_loop().time() % pause

    def _as_starting(self, provider: BaseProvider, probe: Probe) -> Probe:
        state = probe.state
        if provider.id in self._starting and state.kind is ConnectionKind.UNREACHABLE:
            return Probe(connection_states.starting(provider.name, state.url))
        return probe

    def _tell(self, provider_id: str, probe: Probe) -> bool:
        before = self._probes.get(provider_id)
        if before is probe or before == probe:
            return False
        self._probes[provider_id] = probe
        self._on_change(provider_id, probe)
        return True


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
