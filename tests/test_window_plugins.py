"""Servers that another package adds, in the whole window."""

from __future__ import annotations

import importlib
import json
import sys

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QPushButton

from tests.conftest import until
from tests.installed import EXITING, FAILING, copy_of_example, make_environment, write_package
from tests.server_fixtures import GUIDE, QWEN
from tests.window import answered, ask, find, opened, ready, refs

PARROT = "echo/parrot"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    """An environment with the example of the documentation and a package that does not work."""
    folder = tmp_path_factory.mktemp("plugins")
    environment = make_environment(folder / "environment")
    environment.install(copy_of_example(folder))
    environment.install(write_package(folder, "raise RuntimeError('out of order')"))
    return environment


@pytest.fixture
def installed(plugins, monkeypatch):
    """Let this process find what is installed there."""
    monkeypatch.syspath_prepend(plugins.packages)
    yield
    for name in [name for name in sys.modules if name.startswith("ai_coder_echo")]:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Let this process find a package of the given code."""

    def install(source):
        environment = make_environment(tmp_path / "environment")
        environment.install(write_package(tmp_path, source))
        monkeypatch.syspath_prepend(environment.packages)

    yield install
    sys.modules.pop("broken_provider", None)
    importlib.invalidate_caches()


async def test_a_model_of_the_example_is_chosen_in_the_dropdown_and_answers(
    paths, theme, qtbot, world, installed
):
    world()
    document = json.loads(paths.settings_file.read_text("utf-8"))
    document["provider_configurations"] |= {"echo": {}, "broken": {}}
    paths.settings_file.write_text(json.dumps(document), "utf-8")
    async with opened(paths, theme, qtbot) as app:
        await ready(app, PARROT, GUIDE)

        answer = await answered(app, qtbot, PARROT, "one two three")

        assert answer.text == "one two three"
        assert answer.failure is None
        assert [ref for ref in refs(app) if ref.startswith("broken/")] == []
        await until(lambda: "settings" in app.window._views, timeout=30)
        assert "out of order" in app.window.notice.text()


async def test_a_test_of_a_package_that_makes_a_mistake_ends_and_says_so(
    paths, theme, qtbot, world, lm_studio, install, loop
):
    install(FAILING)
    bugs = []
    loop.set_exception_handler(lambda _loop, context: bugs.append(str(context["exception"])))
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio, broken=lm_studio)) as app:
        await ready(app, QWEN)
        await until(lambda: "settings" in app.window._views, timeout=30)
        test = find(app, QPushButton, "brokenTestButton")
        await until(lambda: find(app, QLabel, "brokenStatusLabel").text() == "Failed")

        qtbot.mouseClick(test, Qt.MouseButton.LeftButton)
        await until(lambda: len(bugs) == 2)

        await until(test.isEnabled)
        assert test.text() == "Test"
        assert bugs == ["out of order"] * 2


async def test_a_package_that_calls_exit_ends_nothing_but_its_own_answer(
    paths, theme, qtbot, world, lm_studio, install, loop
):
    install(EXITING)
    bugs = []
    loop.set_exception_handler(lambda _loop, context: bugs.append(str(context["exception"])))
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio, broken=lm_studio)) as app:
        await ready(app, QWEN)
        await until(lambda: len(bugs) == 1)  # it was asked for its models

        app.chats.choice.choose("broken/any")
        ask(app, qtbot, "Hi")
        await until(lambda: len(bugs) == 2 and not app.pane.chat.is_running)

        assert bugs == ["broken tried to end the application"] * 2
        assert (await answered(app, qtbot, QWEN, "And you?", count=4)).failure is None
