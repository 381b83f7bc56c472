"""The system's wish that the application ends: Ctrl+C in its terminal, `kill`, a log-out."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QSocketNotifier, pyqtSignal, pyqtSlot
from PyQt6.sip import voidptr

if TYPE_CHECKING:
    from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class EndSignals(QObject):
    """Emits `arrived` on the event loop when the system asks the process to end.

    Python runs signal handlers only between its own instructions, and an idle Qt loop runs
    none; the byte written to the wake-up socket makes it run. A second signal ends the process
    at once, as if there were no handler.
    """

    arrived = pyqtSignal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_wanted = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        descriptor = voidptr(self._reader.fileno())
        self._notifier = QSocketNotifier(descriptor, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in _present():
            signal.signal(number, self._note)

    def close(self) -> None:
        """Give the signals their usual meaning again."""
        signal.set_wakeup_fd(-1)
        for number in _present():
            signal.signal(number, signal.SIG_DFL)
        self._notifier.setEnabled(False)
        self._reader.close()
        self._writer.close()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_wanted = True
        for number in _present():
            signal.signal(number, signal.SIG_DFL)

    @pyqtSlot()
    def _wake(self) -> None:
        try:
            self._reader.recv(64)
        except BlockingIOError:
            return
        if self.is_wanted:
            self.arrived.emit()


def _present() -> list[signal.Signals]:
    return [signal.Signals[name] for name in _NAMES if hasattr(signal, name)]
