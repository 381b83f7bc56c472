"""Clouds, costs, parameters and tools in the whole window, against scripted services."""

from __future__ import annotations

import json
import logging

import keyring
import pytest
from keyring.backend import KeyringBackend
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QInputDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from ai_coder.chat.export import ExportFormat, exported
from ai_coder.logs import start_logging
from ai_coder.settings.secrets import SecretSource
from tests.conftest import until
from tests.fake_cloud import (
    ANTHROPIC_MODELS,
    KEY,
    FakeAnthropic,
    FakeGemini,
    FakeOpenAI,
    anthropic_error,
    event,
    stream,
)
from tests.fake_lm_studio import FakeLMStudio, LMModel
from tests.fake_ollama import FakeOllama, OllamaModel
from tests.test_window import GUIDE, choose
from tests.window import ask, find, is_answered, messages, opened, refs

CLAUDE = "anthropic/claude-haiku-4-5"
LOCAL = "lm_studio/qwen2.5-coder-7b-instruct"
LLAMA = "ollama/llama3.2:3b"
LEFT = Qt.MouseButton.LeftButton


class MemoryKeyring(KeyringBackend):
    """A keyring of this process only."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.passwords = {}

    def get_password(self, service, username):
        return self.passwords.get((service, username))

    def set_password(self, service, username, password):
        self.passwords[service, username] = password

    def delete_password(self, service, username):
        del self.passwords[service, username]


@pytest.fixture(autouse=True)
def safe():
    """The system keyring of these tests."""
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def started(loop, server):
    loop.run_until_complete(server.start())
    return server


@pytest.fixture
def claude(loop):
    server = started(loop, FakeAnthropic())
    yield server
    server.close()


@pytest.fixture
def gpt(loop):
    server = started(loop, FakeOpenAI())
    yield server
    server.close()


@pytest.fixture
def gemini(loop):
    server = started(loop, FakeGemini())
    yield server
    server.close()


@pytest.fixture
def lm_studio(loop):
    model = LMModel("qwen2.5-coder-7b-instruct")
    model.load(32768)
    server = started(loop, FakeLMStudio(models=[model]))
    yield server
    server.close()


@pytest.fixture
def ollama(loop):
    server = started(loop, FakeOllama(models=[OllamaModel("llama3.2:3b")]))
    yield server
    server.close()


@pytest.fixture
def world(paths, unused_tcp_port_factory):
    """Return a function that writes the settings for the servers given and opens nothing else."""

    def settings(*, environment=None, **servers):
        nowhere = f"http://127.0.0.1:{unused_tcp_port_factory()}"
        sections = {name: servers.pop(name) for name in list(servers) if name in SECTIONS}
        configs = {
            "lm_studio": {"base_url": f"{nowhere}/v1"},
            "ollama": {"base_url": nowhere},
            "llama_cpp": {},
        }
        for name, server in servers.items():
            configs[name] = {"is_enabled": True, "base_url": f"{server.url}/v1"}
            if name in ("ollama", "anthropic"):
                configs[name]["base_url"] = server.url
        document = {"schema_version": 2, "provider_configurations": configs, **sections}
        paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
        paths.settings_file.write_text(json.dumps(document))
        return dict(environment or {})

    return settings


SECTIONS = ("general", "privacy", "cost", "generation", "model_configurations")
KEYS = {"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": KEY, "GEMINI_API_KEY": KEY}


def box(app, name):
    """Return the question that is open."""
    return app.window.findChild(QMessageBox, name)


def press(message_box, text):
    button = next(b for b in message_box.buttons() if b.text() == text)
    button.click()


def footer(app):
    return app.pane.view._display.shown(messages(app)[-1], app.pane.chat.session.branches).footer


def card(app):
    return app.pane.view._display.shown(messages(app)[-1], app.pane.chat.session.branches).card


async def ready(app, *wanted):
    await until(lambda: set(wanted) <= set(refs(app)), timeout=30)
    await until(lambda: app.turns.prepare is not None, timeout=30)


async def answered(app, qtbot, ref, prompt, *, count=2):
    choose(app, ref)
    ask(app, qtbot, prompt)
    await until(lambda: is_answered(app, count), timeout=60)


# the same conversation everywhere


async def test_one_conversation_goes_on_across_lm_studio_anthropic_ollama_and_built_in(
    paths, theme, qtbot, world, lm_studio, ollama, claude
):
    lm_studio.reply, ollama.reply = ["from LM Studio"], ["from Ollama"]
    claude.reply = ["from ", "Anthropic"]
    environment = world(
        lm_studio=lm_studio,
        ollama=ollama,
        anthropic=claude,
        privacy={"cloud_confirmed": ["anthropic"]},
        environment=KEYS,
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL, LLAMA, CLAUDE, GUIDE)
        for number, ref in enumerate((LOCAL, CLAUDE, LLAMA, GUIDE), 1):
            await answered(app, qtbot, ref, f"question {number}", count=2 * number)

        answers = [m for m in messages(app) if m.role == "assistant"]
        assert [a.failure for a in answers] == [None] * 4
        assert [a.text for a in answers[:3]] == [
            "from LM Studio",
            "from Anthropic",
            "from Ollama",
        ]
        assert answers[3].text
        sent = [m["content"] for m in claude.body["messages"]]
        assert "question 1" in str(sent[0])
        assert "from LM Studio" in str(sent[1])
        assert [a.cost == 0 for a in answers] == [True, False, True, True]


async def test_what_is_dialled_is_listed_and_keys_are_nowhere(
    paths, theme, qtbot, world, claude, gpt, gemini, safe
):
    world(anthropic=claude, openai=gpt, google_gemini=gemini)
    async with opened(paths, theme, qtbot) as app:
        start_logging(paths.log_file, "debug", app.core.secrets.values)
        await until(lambda: "settings" in app.window._views, timeout=30)
        for kind in ("anthropic", "openai", "googleGemini"):
            edit = find(app, QLineEdit, f"{kind}KeyEdit")
            edit.setText(KEY)
            edit.returnPressed.emit()
        await ready(app, CLAUDE, "openai/gpt-4o-mini", "google_gemini/gemini-3.8-flash")
        assert {app.core.secrets.source(p) for p in ("anthropic", "openai")} == {
            SecretSource.KEYRING
        }
        app.core.network.inspector.is_on = True
        await answered(app, qtbot, CLAUDE, "one")
        claude.next("/v1/messages", anthropic_error(401, "authentication_error", f"bad {KEY}"))
        await answered(app, qtbot, CLAUDE, "two", count=4)
        await answered(app, qtbot, "openai/gpt-4o-mini", "three", count=6)
        await answered(app, qtbot, "google_gemini/gemini-3.8-flash", "four", count=8)
        app.settings.save(app.core.loaded.saved)
        archived = await app.store.archive(app.pane.chat.id)
        told = [exported([archived], kind) for kind in ExportFormat]
        told += [str(m) for m in messages(app)]
        exchanges = app.core.network.inspector.exchanges()
        told += [e.as_curl() + e.answer + str(e.headers) for e in exchanges]
        hosts = {line[0] for line in app.settings._view.privacy.connections()}
        assert len(exchanges) >= 4

    logging.getLogger().handlers[:] = []
    written = [path for path in paths.user_data.parent.rglob("*") if path.is_file()]
    assert paths.log_file in written
    assert any(path.suffix in (".db", ".sqlite", ".sqlite3") for path in written)
    assert any(path.name == "learned.json" for path in written)
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []
    assert [text for text in told if KEY in text] == []
    assert len(hosts) >= 3
    assert list(safe.passwords.values()) == [KEY] * 3


# consent


async def test_a_local_chat_goes_to_a_company_only_after_a_question(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL, CLAUDE)
        await answered(app, qtbot, LOCAL, "my own code")

        choose(app, CLAUDE)
        ask(app, qtbot, "and now?")
        await until(lambda: box(app, "cloudQuestion") is not None)
        press(box(app, "cloudQuestion"), "Keep it local")
        await until(lambda: app.pane.view.prompt_bar.text() == "and now?")
        assert [r.path for r in claude.requests if r.method == "POST"] == []
        assert len(messages(app)) == 2

        await until(lambda: box(app, "cloudQuestion") is None)
        ask(app, qtbot, "and now?")
        await until(lambda: box(app, "cloudQuestion") is not None)
        press(box(app, "cloudQuestion"), "Send")
        await until(lambda: is_answered(app, 4))
        await answered(app, qtbot, CLAUDE, "not asked again", count=6)
        assert messages(app)[-1].text == "Hello world"


async def test_regenerating_a_local_answer_with_a_cloud_model_asks_too_and_can_be_for_good(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL, CLAUDE)
        await answered(app, qtbot, LOCAL, "my own code")

        choose(app, CLAUDE)
        app.turns.regenerate_last()
        await until(lambda: box(app, "cloudQuestion") is not None)
        box(app, "cloudQuestion").findChild(QCheckBox).setChecked(True)
        press(box(app, "cloudQuestion"), "Send")

        await until(lambda: messages(app)[-1].text == "Hello world")
        await until(lambda: app.settings.settings.privacy.cloud_confirmed == ("anthropic",))
        assert "cloud_confirmed" in paths.settings_file.read_text("utf-8")


# the lock


async def test_the_lock_keeps_cloud_models_out_and_its_card_opens_it(
    paths, theme, qtbot, world, claude, monkeypatch
):
    from ai_coder.llm import network

    monkeypatch.setattr(network, "locality", lambda url: network.Locality.CLOUD)
    environment = world(anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        choose(app, CLAUDE)

        app.commands.run("toggle_local_only")
        await until(lambda: app.core.network.local_only)
        app.turns.send("hello")
        await until(lambda: is_answered(app), timeout=10)
        assert messages(app)[-1].failure.kind == "HostBlockedError"
        assert card(app).button == "Unlock"
        await until(lambda: CLAUDE not in refs(app))

        app.turns._act(messages(app)[-1].id, "card:unlock")
        await until(lambda: not app.core.network.local_only)
        await until(lambda: CLAUDE in refs(app))


# cost


async def test_costs_stand_under_answers_in_the_panel_and_in_the_settings(
    paths, theme, qtbot, world, claude, lm_studio
):
    claude.models = [
        {**model, "id": name}
        for model, name in zip(
            ANTHROPIC_MODELS[:2],
            ("claude-unheard-of", "claude-haiku-4-5"),
            strict=True,
        )
    ]
    environment = world(
        anthropic=claude,
        lm_studio=lm_studio,
        privacy={"cloud_confirmed": ["anthropic"]},
        environment=KEYS,
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE, LOCAL)
        app.commands.run("parameters")
        await answered(app, qtbot, CLAUDE, "one")
        expected = app.costs._prices().cost_of(CLAUDE, messages(app)[-1].usage)
        assert expected > 0
        assert messages(app)[-1].cost == pytest.approx(expected)
        assert "$" in footer(app)
        await until(lambda: "$" in find(app, QLabel, "chatCostLabel").text())
        await until(lambda: "Anthropic" in find(app, QLabel, "spendingLabel").text())

        await answered(app, qtbot, "anthropic/claude-unheard-of", "two", count=4)
        assert messages(app)[-1].cost is None
        assert "price unknown" in footer(app)
        await until(lambda: "1 answer" in find(app, QLabel, "chatCostLabel").text())

        await answered(app, qtbot, LOCAL, "three", count=6)
        assert messages(app)[-1].cost == 0
        assert "price" not in footer(app)
        assert "free" not in footer(app)


async def test_the_window_of_a_cloud_model_is_known(paths, theme, qtbot, world, claude):
    environment = world(anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        choose(app, CLAUDE)

        model = app.core.catalogue.get(CLAUDE)
        shown = app.chats._budget.meter(model, counted=5)
        assert (shown.window, shown.is_served) == (200_000, True)


async def test_the_price_the_user_states_wins(paths, theme, qtbot, world, claude):
    models = {"claude-haiku-4-5": {"provider": "anthropic", "cost_per_1k_tokens": 1.0}}
    environment = world(anthropic=claude, model_configurations=models, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await answered(app, qtbot, CLAUDE, "one")

        usage = messages(app)[-1].usage
        tokens = usage.input_tokens + usage.output_tokens
        assert messages(app)[-1].cost == pytest.approx(tokens / 1000)


async def test_the_monthly_limit_asks_before_it_is_passed(paths, theme, qtbot, world, claude):
    environment = world(anthropic=claude, cost={"monthly_limit": 0.000001}, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        choose(app, CLAUDE)
        ask(app, qtbot, "expensive")
        await until(lambda: box(app, "costQuestion") is not None)
        assert "limit" in box(app, "costQuestion").informativeText()
        press(box(app, "costQuestion"), "Cancel")
        await until(lambda: app.pane.view.prompt_bar.text() == "expensive")
        assert messages(app) == []

        await until(lambda: box(app, "costQuestion") is None)
        ask(app, qtbot, "expensive")
        await until(lambda: box(app, "costQuestion") is not None)
        press(box(app, "costQuestion"), "Send anyway")
        await until(lambda: is_answered(app))


# parameters and templates


def fields(app):
    """Return the names of the number fields that the panel shows."""
    panel = find(app, QWidget, "parametersPanel")
    return {
        each.objectName().removesuffix("Field")
        for each in panel.findChildren(QLineEdit)
        if each.isVisible()
    }


async def test_the_panel_follows_model_and_chat_and_what_is_set_is_sent(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL, CLAUDE)
        choose(app, LOCAL)
        qtbot.mouseClick(find(app, QPushButton, "parametersButton"), LEFT)
        panel = find(app, QWidget, "parametersPanel")
        await until(panel.isVisible)
        assert "repeat_penalty" in fields(app)
        assert panel.x() > find(app, QWidget, "transcript").x()

        qtbot.keyClicks(find(app, QLineEdit, "temperatureField"), "0.3")
        find(app, QPlainTextEdit, "systemPromptField").setPlainText("Be brief.")
        settings = lambda: app.pane.chat.session.conversation.settings  # noqa: E731  # one place
        await until(lambda: settings().system_prompt == "Be brief.")
        await answered(app, qtbot, LOCAL, "one")
        sent = next(r.json for r in reversed(lm_studio.requests) if r.method == "POST")
        assert sent["temperature"] == 0.3
        assert "Be brief." in json.dumps(sent)
        assert messages(app)[-1].parameters.temperature == 0.3

        choose(app, CLAUDE)
        await until(lambda: "repeat_penalty" not in fields(app))
        app.commands.run("new_chat")
        await until(lambda: find(app, QLineEdit, "temperatureField").text() == "")


async def test_trying_again_puts_the_results_side_by_side(paths, theme, qtbot, world, lm_studio):
    environment = world(lm_studio=lm_studio)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL)
        lm_studio.reply = ["first"]
        await answered(app, qtbot, LOCAL, "one")
        app.commands.run("parameters")
        qtbot.keyClicks(find(app, QLineEdit, "temperatureField"), "1.5")
        lm_studio.reply = ["second"]
        await until(find(app, QPushButton, "tryAgainButton").isEnabled)
        qtbot.mouseClick(find(app, QPushButton, "tryAgainButton"), LEFT)

        await until(lambda: is_answered(app) and messages(app)[-1].text == "second")
        last = messages(app)[-1]
        assert app.pane.chat.session.branches.position(last.id) == (2, 2)
        assert last.parameters.temperature == 1.5


async def test_a_template_is_applied_saved_exported_and_imported(
    paths, theme, qtbot, world, lm_studio, tmp_path
):
    environment = world(lm_studio=lm_studio)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL)
        app.commands.run("parameters")
        picker = find(app, QComboBox, "templateBox")
        row = next(i for i in range(picker.count()) if picker.itemData(i) == "review")
        picker.setCurrentIndex(row)
        picker.activated.emit(row)
        settings = lambda: app.pane.chat.session.conversation.settings  # noqa: E731  # one place
        await until(lambda: settings().template == "review")
        review = app.parameters.templates.get("review").system_prompt
        shown = find(app, QPlainTextEdit, "systemPromptField")
        await until(lambda: shown.toPlainText() == review != "")

        qtbot.mouseClick(find(app, QPushButton, "saveTemplateButton"), LEFT)
        dialog = find(app, QInputDialog, "templateTitleDialog")
        dialog.setTextValue("My review")
        dialog.accept()
        await until(lambda: app.parameters.templates.get("my-review") is not None)
        assert app.parameters.templates.get("my-review").model == LOCAL

        target = tmp_path / "mine.json"
        app.parameters.export_file(str(target), ["my-review"])
        await until(target.exists)
        app.commands.run("templates")
        find(app, QListWidget, "templateList")
        app.parameters._remove("my-review")
        assert app.parameters.templates.get("my-review") is None
        app.parameters.import_file(str(target))
        await until(lambda: app.parameters.templates.get("my-review") is not None)
        (tmp_path / "broken.json").write_text("{")
        app.parameters.import_file(str(tmp_path / "broken.json"))
        texts = lambda: [each.text() for each in app.parameters._dialog.findChildren(QLabel)]  # noqa: E731  # one place
        await until(lambda: any("broken.json" in text for text in texts()))


async def test_a_slash_command_is_offered_and_expanded_on_sending(
    paths, theme, qtbot, world, lm_studio
):
    environment = world(lm_studio=lm_studio)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL)
        choose(app, LOCAL)
        app.window.activateWindow()
        edit = app.pane.view.prompt_bar.edit
        edit.setFocus()
        await until(edit.hasFocus)
        qtbot.keyClicks(edit, "/expl")
        assert app.parameters._slash.is_open
        assert app.parameters._slash.offered()[0] == "explain"
        qtbot.keyClick(edit, Qt.Key.Key_Escape)

        edit.setPlainText("/explain x = 1")
        qtbot.keyClick(edit, Qt.Key.Key_Return)
        await until(lambda: is_answered(app))
        explain = app.parameters.templates.get("explain")
        assert messages(app)[0].text == explain.filled("x = 1").strip()
        assert app.pane.chat.session.conversation.settings.template == "explain"


# tools


async def test_the_inspector_records_only_when_it_is_switched_on(
    paths, theme, qtbot, world, claude
):
    environment = world(anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await answered(app, qtbot, CLAUDE, "one")
        app.commands.run("request_inspector")
        dialog = find(app, QWidget, "inspectorDialog")
        listed = find(app, QListWidget, "exchangeList")
        assert dialog.isVisible()
        assert listed.count() == 0
        assert any("Switch recording on" in each.text() for each in dialog.findChildren(QLabel))

        dialog._switch.click()
        await answered(app, qtbot, CLAUDE, "two", count=4)
        await until(lambda: listed.count() > 0)
        exchanges = app.core.network.inspector.exchanges()
        post = next(e for e in exchanges if e.method == "POST")
        listed.setCurrentRow(exchanges.index(post))
        qtbot.mouseClick(find(app, QPushButton, "copyCurlButton"), LEFT)
        copied = QGuiApplication.clipboard().text()
        assert copied.startswith("curl")
        assert "/v1/messages" in copied
        assert KEY not in copied
        assert post.first_byte_after is not None
        assert "message_stop" in post.answer


async def test_plain_text_is_completed_and_can_be_stopped(paths, theme, qtbot, world, lm_studio):
    environment = world(lm_studio=lm_studio)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL)
        choose(app, LOCAL)
        app.commands.run("complete_text")
        find(app, QPlainTextEdit, "completionPrefix").setPlainText("def add(a, b):")
        run = find(app, QPushButton, "completionRunButton")
        result = find(app, QPlainTextEdit, "completionResult")
        lm_studio.reply = [" return", " a + b"]
        qtbot.mouseClick(run, LEFT)
        await until(lambda: not app.completion.tasks.is_running and result.toPlainText() != "")
        assert result.toPlainText() == " return a + b"

        frame = event({"object": "text_completion", "choices": [{"index": 0, "text": " return"}]})
        lm_studio.next("/v1/completions", stream([frame], stall_after=1))
        qtbot.mouseClick(run, LEFT)
        await until(lambda: result.toPlainText() == " return")
        assert run.text() == "Stop"
        qtbot.mouseClick(run, LEFT)
        await until(lambda: not app.completion.tasks.is_running)
        assert run.text() == "Run"


# another model


async def test_when_a_server_is_down_the_next_model_is_offered_and_takes_over(
    paths, theme, qtbot, world, lm_studio, ollama, claude
):
    ollama.reply = ["from Ollama"]
    environment = world(lm_studio=lm_studio, ollama=ollama, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL, LLAMA, CLAUDE)
        choose(app, LOCAL)
        lm_studio.close()
        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app), timeout=15)
        await until(lambda: "could answer instead" in app.window.notice.text())
        button = next(
            b for b in app.window.notice.findChildren(QPushButton) if b.text().startswith("Answer")
        )
        assert "llama3.2" in button.text()
        qtbot.mouseClick(button, LEFT)

        await until(lambda: is_answered(app) and messages(app)[-1].text == "from Ollama")
        assert messages(app)[-1].model_ref == LLAMA


async def test_another_model_takes_over_by_itself_when_the_user_chose_so_but_never_a_cloud(
    paths, theme, qtbot, world, lm_studio, ollama, claude
):
    ollama.reply = ["from Ollama"]
    environment = world(
        lm_studio=lm_studio,
        ollama=ollama,
        anthropic=claude,
        general={"fallback": "automatic"},
        environment=KEYS,
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LOCAL, LLAMA, CLAUDE)
        choose(app, LOCAL)
        lm_studio.close()
        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app), timeout=15)
        assert messages(app)[-1].text == "from Ollama"
        shown = app.pane.view._display.notes(messages(app)[-1])
        assert any("answers instead" in note for note in shown)

        ollama.close()
        await answered(app, qtbot, LOCAL, "And now?", count=4)
        assert messages(app)[-1].failure is not None
        assert [r for r in claude.requests if r.method == "POST"] == []
