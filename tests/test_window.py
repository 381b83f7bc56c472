"""The whole application: real window, real engine, scripted servers, real files."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from tests.conftest import until
from tests.window import ask, find, is_answered, messages, opened, refs

REF = Qt.ItemDataRole.UserRole
GUIDE = "llama_cpp/guide"


@pytest.fixture
def nothing_runs(unused_tcp_port_factory):
    """Addresses at which nothing listens."""
    lm_studio, ollama = unused_tcp_port_factory(), unused_tcp_port_factory()
    return {
        "LM_STUDIO_BASE_URL": f"http://127.0.0.1:{lm_studio}/v1",
        "OLLAMA_HOST": f"127.0.0.1:{ollama}",
    }


@pytest.fixture
def both_servers(lm_studio, ollama):
    return {"LM_STUDIO_BASE_URL": f"{lm_studio.url}/v1", "OLLAMA_HOST": ollama.url}


def choose(workbench, ref):
    picker = find(workbench, QComboBox, "modelPicker")
    picker.setCurrentIndex(picker.findData(ref, REF))


def status(workbench, name):
    return find(workbench, QWidget, name).text()


async def test_without_any_server_the_guide_answers(paths, theme, qtbot, nothing_runs):
    async with opened(paths, theme, qtbot, **nothing_runs) as app:
        await until(lambda: refs(app) == [GUIDE])
        assert app.picker.current_ref() == GUIDE

        ask(app, qtbot, "How do I connect LM Studio?")
        await until(lambda: is_answered(app), timeout=20)

        answer = messages(app)[-1]
        assert "http://127.0.0.1:1234/v1" in answer.text
        assert "Local Models" in answer.text
        assert answer.failure is None
        assert "off" in status(app, "statusLmStudio")
        assert "off" in status(app, "statusOllama")


async def test_the_dropdown_lists_both_servers_and_switching_works(
    paths, theme, qtbot, lm_studio, ollama, both_servers
):
    lm_studio.reply = ["from ", "LM Studio"]
    ollama.reply = ["from ", "Ollama"]
    async with opened(paths, theme, qtbot, **both_servers) as app:
        wanted = {"lm_studio/qwen2.5-coder-7b-instruct", "ollama/llama3.2:3b", GUIDE}
        await until(lambda: set(refs(app)) == wanted)

        choose(app, "lm_studio/qwen2.5-coder-7b-instruct")
        ask(app, qtbot, "one")
        await until(lambda: is_answered(app))
        choose(app, "ollama/llama3.2:3b")
        ask(app, qtbot, "two")
        await until(lambda: is_answered(app, 4))
        choose(app, GUIDE)
        ask(app, qtbot, "Hello")
        await until(lambda: is_answered(app, 6), timeout=20)

        answers = [m for m in messages(app) if m.role == "assistant"]
        assert [a.text for a in answers[:2]] == ["from LM Studio", "from Ollama"]
        assert [a.model_ref.partition("/")[0] for a in answers] == [
            "lm_studio",
            "ollama",
            "llama_cpp",
        ]
        assert answers[2].text


async def test_killing_a_server_changes_only_its_dot_and_it_comes_back_by_itself(
    paths, theme, qtbot, lm_studio, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: "loaded" in status(app, "statusLmStudio"))
        await until(lambda: "1 model" in status(app, "statusOllama"))
        before = status(app, "statusOllama")

        lm_studio.close()
        await until(lambda: "off" in status(app, "statusLmStudio"))
        assert status(app, "statusOllama") == before
        assert "lm_studio/qwen2.5-coder-7b-instruct" not in refs(app)

        await lm_studio.restart()
        await until(lambda: "loaded" in status(app, "statusLmStudio"))
        assert "lm_studio/qwen2.5-coder-7b-instruct" in refs(app)


async def test_chats_reopen_after_a_restart(paths, theme, qtbot, lm_studio, both_servers):
    lm_studio.reply = ["kept"]
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: len(refs(app)) == 3)
        choose(app, "lm_studio/qwen2.5-coder-7b-instruct")
        ask(app, qtbot, "Remember me")
        await until(lambda: is_answered(app))
        find(app, QPlainTextEdit, "promptEdit").setPlainText("half a thought")

    async with opened(paths, theme, qtbot, **both_servers) as app:
        assert [m.text for m in messages(app)] == ["Remember me", "kept"]
        assert find(app, QPlainTextEdit, "promptEdit").toPlainText() == "half a thought"
        await until(lambda: len(refs(app)) == 3)
        assert app.picker.current_ref() == "lm_studio/qwen2.5-coder-7b-instruct"


async def test_stop_keeps_what_arrived_and_hangs_up(paths, theme, qtbot, lm_studio, both_servers):
    lm_studio.reply = ["first ", "never sent"]
    lm_studio.stall_after = 1
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: len(refs(app)) == 3)
        ask(app, qtbot, "Go")
        await until(lambda: len(messages(app)) == 2 and messages(app)[-1].text == "first ")

        qtbot.mouseClick(find(app, QPushButton, "stopButton"), Qt.MouseButton.LeftButton)

        await until(lambda: not app.pane.chat.is_running)
        await until(lm_studio.disconnected.is_set)
        assert (messages(app)[-1].text, messages(app)[-1].status) == ("first ", "stopped")


async def test_a_dead_server_ends_in_a_card_and_the_prompt_is_kept(
    paths, theme, qtbot, lm_studio, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: len(refs(app)) == 3)
        choose(app, "lm_studio/qwen2.5-coder-7b-instruct")
        lm_studio.close()

        ask(app, qtbot, "Anybody there?")
        await until(lambda: is_answered(app))

        prompt, answer = messages(app)
        assert prompt.text == "Anybody there?"
        assert "does not answer" in answer.failure.text
        assert answer.failure.remedy == "start_server"


async def test_a_prompt_written_meanwhile_waits_for_its_turn(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.reply = ["slow ", "answer"]
    lm_studio.token_delay = 0.1
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: len(refs(app)) == 3)
        ask(app, qtbot, "one")
        await until(lambda: app.pane.chat.is_running)

        ask(app, qtbot, "two")
        await until(lambda: is_answered(app, 4))

        assert [m.text for m in messages(app) if m.role == "user"] == ["one", "two"]


async def test_saving_another_address_needs_no_restart(paths, theme, qtbot, lm_studio):
    environment = {"OLLAMA_HOST": "127.0.0.1:9"}
    async with opened(paths, theme, qtbot, **environment) as app:
        await until(lambda: "settings" in app.window._views)
        app.window.show_view("settings")
        address = find(app, QLineEdit, "lmStudioUrlEdit")
        address.selectAll()
        qtbot.keyClicks(address, f"{lm_studio.url}/v1")

        qtbot.mouseClick(find(app, QPushButton, "saveSettingsButton"), Qt.MouseButton.LeftButton)

        await until(lambda: "lm_studio/qwen2.5-coder-7b-instruct" in refs(app))
        assert lm_studio.url in paths.settings_file.read_text("utf-8")
        await until(lambda: "loaded" in find(app, QLabel, "lmStudioStatusLabel").text())


async def test_two_windows_on_the_same_chats_do_not_hurt_each_other(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.reply = ["shared"]
    async with (
        opened(paths, theme, qtbot, **both_servers) as first,
        opened(paths, theme, qtbot, **both_servers) as second,
    ):
        await until(lambda: len(refs(first)) == 3 and len(refs(second)) == 3)
        ask(first, qtbot, "from the first window")
        await until(lambda: is_answered(first))

        titles = lambda: [c.title for c in second.pane.lister.conversations]  # noqa: E731  # one place
        await until(lambda: any(titles()))
        assert first.window.notice.text() == ""
        assert second.window.notice.text() == ""


async def test_an_unreadable_settings_file_is_said_in_the_window(paths, theme, qtbot, nothing_runs):
    paths.settings_file.parent.mkdir(parents=True)
    paths.settings_file.write_text("{ broken")

    async with opened(paths, theme, qtbot, **nothing_runs) as app:
        assert "set aside" in app.window.notice.text()
        await until(lambda: refs(app) == [GUIDE])


async def test_a_data_folder_that_cannot_be_written_costs_only_the_memory_of_chats(
    paths, theme, qtbot, nothing_runs
):
    paths.user_data.parent.mkdir(parents=True)
    paths.user_data.write_text("a file where the folder should be")

    async with opened(paths, theme, qtbot, **nothing_runs) as app:
        assert app.window.notice.text()
        await until(lambda: refs(app) == [GUIDE])
        ask(app, qtbot, "Hello")
        await until(lambda: is_answered(app), timeout=20)
        assert messages(app)[-1].text
