"""Notifications over D-Bus, as desktops of Linux show them."""

from __future__ import annotations

from PyQt6.QtCore import QMetaType, QObject, QVariant, pyqtSignal, pyqtSlot
from PyQt6.QtDBus import (
    QDBusArgument,
    QDBusConnection,
    QDBusMessage,
    QDBusPendingCallWatcher,
    QDBusPendingReply,
)

_SERVICE = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_SHOWN_MS = 8_000
_UINT, _STRING_LIST = 3, 11
"""`QMetaType.Type` as the numbers that the calls below take."""


class BusNotice(QObject):
    """Asks the notification service; where there is none, nothing happens."""

    clicked = pyqtSignal()

    def __init__(self, name: str, bus: QDBusConnection, parent: QObject) -> None:
        super().__init__(parent)
        self._name = name
        self._bus = bus
        self._id = 0
        bus.connect(_SERVICE, _PATH, _SERVICE, "ActionInvoked", self._invoked)

    def show(self, title: str, text: str) -> None:
        """Show a notice in place of the one before; both lines are plain text."""
        call = QDBusMessage.createMethodCall(_SERVICE, _PATH, _SERVICE, "Notify")
        actions = QDBusArgument(["default", self.tr("Show")], _STRING_LIST)
        body = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        number = QVariant(self._id)
        number.convert(QMetaType(_UINT))
        call.setArguments([self._name, number, "", title, body, actions, {}, _SHOWN_MS])
        watcher = QDBusPendingCallWatcher(self._bus.asyncCall(call), self)
        watcher.finished.connect(self._shown)

    @pyqtSlot(QDBusPendingCallWatcher)
    def _shown(self, watcher: QDBusPendingCallWatcher) -> None:
        """Remember which notice is ours; a service that does not answer is left alone."""
        reply = QDBusPendingReply(watcher)
        if reply.isValid():
            self._id = int(reply.argumentAt(0))
        watcher.deleteLater()

    @pyqtSlot(QDBusMessage)
    def _invoked(self, message: QDBusMessage) -> None:
        if self._id and message.arguments()[:1] == [self._id]:
            self.clicked.emit()


def session_bus() -> QDBusConnection | None:
    """Return the bus of the desktop, if it can be reached."""
    bus = QDBusConnection.sessionBus()
    return bus if bus.isConnected() else None
