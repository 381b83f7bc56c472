"""An event loop on which waiting takes no time, for servers that are silent for minutes."""

from __future__ import annotations

import asyncio
import selectors

GRACE = 0.02
"""Real seconds in which a packet on loopback surely arrives."""


class SimulatedTimeLoop(asyncio.SelectorEventLoop):
    """Real sockets, but a clock that jumps to the next timer when nothing else can happen."""

    def __init__(self) -> None:
        self.skipped = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return super().time() + self.skipped


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: SimulatedTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout=None):
        if timeout is None or timeout <= GRACE:
            return super().select(timeout)
        ready = super().select(GRACE)
        if not ready:
            self._loop.skipped += timeout - GRACE
        return ready
