"""One clock for everything that streams, so that several panes never add up in one frame."""

from __future__ import annotations

import time
from math import ceil
from typing import Protocol

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSlot

_TICK_MS = 4
_FRAME_SECONDS = 0.016
_REST = 3.0
"""A pane rests this many times as long as its last frame took."""


class FrameClient(Protocol):
    """Something that paints what arrived since its last frame."""

    def has_frame(self) -> bool:
        """Whether there is something to do."""

    def render_frame(self) -> None:
        """Do a part of it, a few milliseconds at most."""


class FrameScheduler(QObject):
    """Gives each tick to one client: the one that waited longest, each at most 60 times a second.

    The clock stands still until the next client is due.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._due: dict[FrameClient, float] = {}
        self._next = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)

    def add(self, client: FrameClient) -> None:
        """Serve *client* from now on, until `remove`."""
        self._due.setdefault(client, 0.0)

    def wake(self, client: FrameClient) -> None:
        """Serve *client*, which has something to paint, as soon as it is due."""
        due = self._due.get(client)
        if due is not None and (due < self._next or not self._timer.isActive()):
            self._tick_at(due)

    def remove(self, client: FrameClient) -> None:
        """Forget *client*."""
        self._due.pop(client, None)

    def _tick_at(self, due: float) -> None:
        self._next = due
        self._timer.start(max(_TICK_MS, ceil((due - time.perf_counter()) * 1000)))

    @pyqtSlot()
    def _tick(self) -> None:
        now = time.perf_counter()
        waiting = [client for client in self._due if client.has_frame()]
        if not waiting:
            return
        client = min(waiting, key=self._due.__getitem__)
        if self._due[client] <= now:
            client.render_frame()
            cost = time.perf_counter() - now
            if client in self._due:
                self._due[client] = now + max(_FRAME_SECONDS, cost * (1 + _REST))
        if not self._timer.isActive():  # a frame may have woken it again
            dues = [due for other, due in self._due.items() if other.has_frame()]
            if dues:
                self._tick_at(min(dues))
