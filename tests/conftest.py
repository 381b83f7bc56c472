"""Fixtures shared by all tests."""

from __future__ import annotations

import asyncio
import gc
import inspect
import socket
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from ai_coder.paths import Paths, find_paths
from ai_coder.ui.event_loop import EventLoop
from ai_coder.ui.theme import Theme

pytest_plugins = ["tests.loopback_only", "tests.server_fixtures"]


def pytest_collection_finish():
    """Look at what the tests make only, not at all that was imported for them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def collected():
    """Collect garbage after each test and nowhere else.

    A collection in the middle of an event of Qt may take away what handles it; and what a test
    leaves open is told in that test, not in one that happens to run later.
    """
    gc.disable()
    yield
    gc.collect(1)


@pytest.fixture(autouse=True, scope="module")
def swept():
    """Collect after each file what was still in use at the end of a test."""
    yield
    gc.collect()


class LastingLoop(EventLoop):
    """Counts as the running loop whenever Qt handles events, as it does in the application.

    pytest-qt handles events between the phases of a test, too. What then goes on in a scripted
    server, or in a window that is still open, must find its loop.
    """

    def run_forever(self):
        try:
            return super().run_forever()
        finally:
            asyncio._set_running_loop(self)


@pytest.fixture
def loop(qapp):
    """A Qt event loop that fails the test when a task dies of a bug."""
    loop = LastingLoop(qapp)
    asyncio.set_event_loop(loop)
    bugs = []
    loop.set_exception_handler(lambda _loop, context: bugs.append(context))
    yield loop
    loop.run_until_complete(asyncio.sleep(0))  # a connection just accepted is closed once it began
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio._set_running_loop(None)
    asyncio.set_event_loop(None)
    assert not bugs, bugs


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run coroutine tests on the Qt event loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    pyfuncitem.funcargs["loop"].run_until_complete(pyfuncitem.obj(**arguments))
    return True


def pytest_collection_modifyitems(items):
    for item in items:
        if inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.fixturenames.append("loop")


async def until(
    condition: Callable[[], bool],
    timeout: float = 20.0,  # noqa: ASYNC109  # shorter to read in a test than a block around it
) -> None:
    """Let the application run until *condition* holds; a busy machine may need long."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.005)


class PatientBot(QtBot):
    """Waits as long as `until` does."""

    def waitUntil(self, callback, *, timeout=20_000):
        super().waitUntil(callback, timeout=timeout)

    def waitExposed(self, widget, *, timeout=20_000):
        return super().waitExposed(widget, timeout=timeout)


@pytest.fixture
def qtbot(qapp, request):
    return PatientBot(request)


@pytest.fixture
def _loop_outlives_window(qapp):
    """As in the application."""
    qapp.setQuitOnLastWindowClosed(False)
    yield
    qapp.setQuitOnLastWindowClosed(True)


@pytest.fixture
def paths(tmp_path) -> Paths:
    """Folders of a user who starts the application for the first time."""
    return find_paths({"AI_CODER_HOME": str(tmp_path / "home")})


@pytest.fixture
def theme(qapp, paths) -> Theme:
    """The light theme at 100 %."""
    theme = Theme(paths.resources / "themes")
    theme.configure("light", 100)
    return theme


@pytest.fixture
def unused_tcp_port_factory():
    """Return a function that gives ports at which nothing listens."""

    def unused() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return unused
