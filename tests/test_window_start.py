"""The first moments of the window, while its later views are still being made."""

from __future__ import annotations

import asyncio
import json

from PyQt6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QTabWidget, QWidget

from ai_coder.core import load_settings, open_core
from ai_coder.llm.connection import ConnectionKind
from ai_coder.owners.workbench import Workbench
from ai_coder.ui.main_window import MainWindow
from tests.conftest import until
from tests.window import ask, find, opened

NOBODY = {"LM_STUDIO_BASE_URL": "http://127.0.0.1:9/v1", "OLLAMA_HOST": "127.0.0.1:9"}


async def test_settings_asked_for_too_early_open_at_their_tab(paths, theme, qtbot):
    async with opened(paths, theme, qtbot, **NOBODY) as app:
        app.servers.settings_wanted.emit("cloud_providers", "")

        await until(lambda: app.window.current_view == "settings", timeout=30)
        tabs = find(app, QTabWidget, "settingsTabs")
        assert tabs.currentWidget().objectName() == "cloudProvidersTab"
        assert tabs.count() == 8


async def test_the_later_views_stay_behind_the_chat(paths, theme, qtbot):
    async with opened(paths, theme, qtbot, **NOBODY) as app:
        window = app.window
        await until(lambda: window.stack.count() == 3, timeout=30)

        assert [window.stack.indexOf(window.view(key)) for key in ("chat", "models")] == [0, 1]
        assert window.current_view == "chat"
        assert not window.view("models").isVisible()


async def test_a_window_that_was_never_built_closes(paths, theme, qtbot):
    store, loaded = load_settings(paths, NOBODY)
    async with open_core(paths, store, loaded, NOBODY) as core:
        window = MainWindow(theme)
        qtbot.addWidget(window)
        workbench = Workbench(core, theme, window)

        await workbench.aclose()

        assert window.stack.count() == 0
        assert (paths.user_data / "learned.json").is_file()


async def listen(reader, writer):
    """Be a server that answers nothing."""
    await reader.read()
    writer.close()


async def test_closing_ends_what_is_still_tested_and_read(paths, theme, qtbot, tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("one")
    silent = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    tasks = {"test lm_studio", "attach files"}

    def running():
        return {task.get_name() for task in asyncio.all_tasks()} & tasks

    async with silent:
        nobody = {**NOBODY, "LM_STUDIO_BASE_URL": f"http://127.0.0.1:{port}/v1"}
        async with opened(paths, theme, qtbot, **nobody) as app:
            await until(lambda: app.window.stack.count() == 3, timeout=30)
            find(app, QPushButton, "lmStudioTestButton").click()
            app.pane.attachments.add_files([file] * 1000)
            assert running() == tasks

        assert running() == set()


async def test_a_start_after_saving_has_nothing_to_report(paths, theme, qtbot):
    async with opened(paths, theme, qtbot, **NOBODY) as app:
        app.settings.set_zoom(110)

    async with opened(paths, theme, qtbot, **NOBODY) as app:
        assert app.window.notice.text() == ""
        assert app.settings.settings.appearance.zoom == 110
    assert [p.name for p in paths.settings_file.parent.iterdir()] == [paths.settings_file.name]


async def test_every_problem_of_the_start_is_told(paths, theme, qtbot):
    paths.settings_file.parent.mkdir(parents=True)
    paths.settings_file.write_text("{ broken", "utf-8")
    wrong = {"LM_STUDIO_TIMEOUT": "soon", "LM_STUDIO_MAX_RETRIES": "many"}

    async with opened(paths, theme, qtbot, **NOBODY, **wrong) as app:
        said = []
        while text := app.window.notice.text():
            said.append(text)
            app.window.notice.dismiss()

    assert len(said) == 3
    assert "LM_STUDIO_TIMEOUT" in said[1]
    assert "set aside" in said[2]


async def test_two_changes_in_one_moment_are_both_kept(paths, theme, qtbot):
    async with opened(paths, theme, qtbot, **NOBODY) as app:
        app.settings.set_zoom(110)
        app.settings.set_local_only(True)

    async with opened(paths, theme, qtbot, **NOBODY) as app:
        assert app.settings.settings.appearance.zoom == 110
        assert app.settings.settings.privacy.local_only


async def test_a_wrong_address_in_the_file_is_told_where_the_server_is(paths, theme, qtbot, world):
    environment = world(ollama=None)
    document = json.loads(paths.settings_file.read_text("utf-8"))
    document["provider_configurations"]["lm_studio"]["base_url"] = "foo bar"
    paths.settings_file.write_text(json.dumps(document), "utf-8")

    async with opened(paths, theme, qtbot, **environment) as app:
        entry = find(app, QWidget, "statusLmStudio")
        assert entry.accessibleName() == "LM Studio · check settings"
        assert "address of LM Studio cannot be used" in app.window.notice.text()
        await until(lambda: app.window.stack.count() == 3)
        assert find(app, QLabel, "lmStudioStatusLabel").text() == "Check settings"
        cards = [card.text() for card in app.pane.view.welcome.findChildren(QLabel)]
        assert any("The address “foo bar” has a space in it." in text for text in cards)

        app.servers.mend("lm_studio", app.core.states()["lm_studio"].remedy)
        await until(lambda: app.window.current_view == "settings")
        assert find(app, QTabWidget, "settingsTabs").currentWidget().objectName() == (
            "localModelsTab"
        )

        app.settings.use_address("lm_studio", NOBODY["LM_STUDIO_BASE_URL"])
        await until(lambda: entry.accessibleName().startswith("LM Studio · off"))


async def test_without_any_model_the_window_says_how_to_get_one(theme, qtbot, world, paths):
    environment = world(lm_studio=None, ollama=None)
    paths = paths._replace(resources=paths.user_data / "no resources")  # a guide that is missing

    async with opened(paths, theme, qtbot, **environment) as app:
        await until(lambda: app.core.states()["llama_cpp"].kind is not ConnectionKind.UNKNOWN)
        said = [label.text() for label in app.pane.view.welcome.findChildren(QLabel)]
        assert not any("Built-in guide" in text for text in said)
        assert any("Put a GGUF file into" in text for text in said)

        ask(app, qtbot, "Hi")

        assert "There is no model yet that could answer." in app.window.notice.text()
        assert find(app, QPlainTextEdit, "promptEdit").toPlainText() == "Hi"
        buttons = {each.text(): each for each in app.window.notice.findChildren(QPushButton)}
        buttons["Open Settings"].click()
        await until(lambda: app.window.current_view == "settings")
