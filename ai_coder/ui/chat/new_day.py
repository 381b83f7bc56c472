"""Tells when another day begins while the window is open."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOKED_AT_MS = 3_600_000
"""A computer that slept past midnight is noticed after so long at the latest."""


class NewDay(QObject):
    """Emits `begun` when the date is another than before, by the clock *now*."""

    begun = pyqtSignal()

    def __init__(self, parent: QObject, now: Callable[[], datetime] = datetime.now) -> None:
        super().__init__(parent)
        self.now = now
        self._day = now().date()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)  # others may be an hour late
        self._timer.timeout.connect(self.look)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._look_again)
        self._wait()

    @pyqtSlot()
    def look(self) -> None:
        """Look at the clock now."""
        day = self.now().date()
        if day != self._day:
            self._day = day
            self.begun.emit()
        self._wait()

    @pyqtSlot(Qt.ApplicationState)
    def _look_again(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self.look()

    def _wait(self) -> None:
        now = self.now()
        midnight = datetime.combine(now.date() + timedelta(days=1), time())
        left = (midnight - now) / timedelta(milliseconds=1)
        self._timer.start(min(int(left) + 1, _LOOKED_AT_MS))
