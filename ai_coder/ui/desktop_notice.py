"""A notification of the desktop, for what happens while nobody looks at the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QSystemTrayIcon

if TYPE_CHECKING:
    from PyQt6.QtGui import QIcon

    from ai_coder.ui.bus_notice import BusNotice

_SHOWN_MS = 8_000


class DesktopNotice(QObject):
    """Speaks to the notification service of a Linux desktop, elsewhere through a tray icon.

    The icon is only there until the user comes back. A notice takes the place of the one before;
    where the desktop has neither, nothing happens.
    """

    clicked = pyqtSignal()

    def __init__(self, name: str, icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self._name = name
        self._icon = icon
        self._tray: QSystemTrayIcon | None = None
        self._service = self._find_service()

    def show(self, title: str, text: str) -> None:
        """Show a notice; both lines are plain text."""
        if self._service is not None:
            self._service.show(title, text)
        elif QSystemTrayIcon.isSystemTrayAvailable():
            self._shown_tray().showMessage(title, text, self._icon, _SHOWN_MS)

    def withdraw(self) -> None:
        """Take the icon away, because the user is here."""
        if self._tray is not None:
            self._tray.hide()

    def _find_service(self) -> BusNotice | None:
        if not _has_session_bus():
            return None
        from ai_coder.ui.bus_notice import BusNotice, session_bus

        bus = session_bus()
        if bus is None:
            return None
        service = BusNotice(self._name, bus, self)
        service.clicked.connect(self.clicked)
        return service

    def _shown_tray(self) -> QSystemTrayIcon:
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._icon, self)
            self._tray.setToolTip(self._name)
            self._tray.messageClicked.connect(self.clicked)
            self._tray.activated.connect(lambda _reason: self.clicked.emit())
        self._tray.show()
        return self._tray


def _has_session_bus() -> bool:
    """Whether there is a bus to ask; connecting to one that is not there could start it."""
    if sys.platform != "linux":
        return False
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    has_socket = bool(runtime) and Path(runtime, "bus").exists()
    return has_socket or bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS"))
