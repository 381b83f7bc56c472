"""A pytest plugin: no test dials anything but this computer, whatever library tries to.

`pytest -p tests.loopback_only`, or `pytest_plugins = ["tests.loopback_only"]` in the top
conftest. Python's audit events see every socket of the process; they cannot be patched away.
Dialling is refused on the spot and fails the test that did it, even where the code swallows the
error. Sockets of child processes are not seen. At the usual ports of model servers nobody listens:
what the developer runs there is no part of a test.
"""

from __future__ import annotations

import errno
import ipaddress
import sys
from dataclasses import dataclass, field

import pytest

_USUAL_PORTS = frozenset({1234, 8080, 11434})
_NAMES = frozenset({"localhost", "ip6-localhost", ""})


class DialledOutError(OSError):
    """A test tried to leave this computer."""


@dataclass
class _Guard:
    """What the running test tried to reach."""

    attempts: list[str] = field(default_factory=list)
    dialled: int = 0
    is_on: bool = False

    def watch(self, event: str, arguments: tuple) -> None:
        """Judge an audit event of the interpreter."""
        if not self.is_on:
            return
        if event in ("socket.connect", "socket.sendto"):
            self._judge(event, arguments[1])
        elif event in ("socket.getaddrinfo", "socket.gethostbyname") and is_name(arguments[0]):
            self._judge(event, (arguments[0],))  # asking a name server is dialling, too

    def _judge(self, event: str, address: object) -> None:
        self.dialled += event == "socket.connect"
        if not isinstance(address, tuple):
            return  # a path: a Unix socket
        host = address[0]
        host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if host is None or is_loopback(str(host)):
            if event == "socket.connect" and address[1] in _USUAL_PORTS:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "Nobody listens in a test.")
            return
        self.attempts.append(f"{event} {host}")
        raise DialledOutError(f"A test may not reach {host}.")


def is_loopback(host: str) -> bool:
    """Whether *host* is this computer; names other than localhost are not."""
    if host.lower() in _NAMES:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


_guard = _Guard()
sys.addaudithook(_guard.watch)


def is_name(host: object) -> bool:
    """Whether *host* has to be looked up."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    try:
        return text is not None and ipaddress.ip_address(str(text).partition("%")[0]) is None
    except ValueError:
        return True


@pytest.fixture
def dialled_out():
    """What this test tried to reach outside; a test that clears it says it meant to."""
    return _guard.attempts


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    _guard.is_on = True
    try:
        return (yield)
    finally:
        _guard.is_on = False


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    result = yield
    attempts, _guard.attempts[:] = list(_guard.attempts), []
    if attempts:
        pytest.fail(f"The test dialled out: {', '.join(attempts)}", pytrace=False)
    return result


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"{_guard.dialled} connections, all of them to this computer.")
