"""The notice against a real bus with a scripted notification service."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from PyQt6.QtCore import QObject, pyqtClassInfo, pyqtSlot
from PyQt6.QtDBus import QDBusConnection, QDBusMessage

from ai_coder.ui.bus_notice import BusNotice

SERVICE = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"


@pyqtClassInfo("D-Bus Interface", SERVICE)
class NotificationService(QObject):
    """Takes notices and remembers them."""

    def __init__(self, bus):
        super().__init__()
        self.shown = []
        self.bus = bus
        assert bus.registerObject(PATH, self, QDBusConnection.RegisterOption.ExportAllSlots)
        assert bus.registerService(SERVICE)

    @pyqtSlot(QDBusMessage)
    def Notify(self, message):  # noqa: N802  # the name of the method on the bus
        self.signature = message.signature()
        self.shown.append(message.arguments())
        self.bus.send(message.createReply([message.arguments()[1] or 7]))

    def click(self, number):
        signal = QDBusMessage.createSignal(PATH, SERVICE, "ActionInvoked")
        signal.setArguments([number, "default"])
        self.bus.send(signal)


@pytest.fixture
def address():
    if shutil.which("dbus-daemon") is None:
        pytest.skip("this computer has no dbus-daemon")
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--print-address", "--nofork"],
        stdout=subprocess.PIPE,
        text=True,
    )
    with daemon:
        yield daemon.stdout.readline().strip()
        daemon.terminate()


@pytest.fixture
def service(qapp, address):
    bus = QDBusConnection.connectToBus(address, "service")
    assert bus.isConnected()
    yield NotificationService(bus)
    QDBusConnection.disconnectFromBus("service")


@pytest.fixture
def notice(qapp, address):
    owner = QObject()
    bus = QDBusConnection.connectToBus(address, "client")
    yield BusNotice("AI Coder Assistant", bus, owner)
    QDBusConnection.disconnectFromBus("client")


def test_a_notice_is_shown_and_a_click_on_it_is_told(service, notice, qtbot):
    notice.show("Answer ready", "Tags <b> & more")
    qtbot.waitUntil(lambda: notice._id != 0)

    assert service.signature == "susssasa{sv}i"  # as the specification of notifications says
    name, replaced, _icon, title, text, actions, _hints, _expires = service.shown[0]
    assert (name, replaced, title) == ("AI Coder Assistant", 0, "Answer ready")
    assert text == "Tags &lt;b&gt; &amp; more"
    assert actions == ["default", "Show"]
    with qtbot.waitSignal(notice.clicked, timeout=20_000):
        service.click(notice._id)


def test_the_next_notice_takes_the_place_of_the_one_before(service, notice, qtbot):
    notice.show("one", "")
    qtbot.waitUntil(lambda: notice._id != 0)

    notice.show("two", "")
    qtbot.waitUntil(lambda: len(service.shown) == 2)

    assert service.shown[1][1] == notice._id


def test_a_desktop_without_a_service_is_left_alone(notice, qtbot):
    notice.show("one", "")
    bus = notice._bus.interface()
    qtbot.waitUntil(lambda: not notice.children())

    assert not bus.isServiceRegistered(SERVICE).value()
    assert notice._id == 0
