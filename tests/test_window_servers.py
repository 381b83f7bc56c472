"""The truth about the servers in the real window: states, remedies, loading, phases, answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest
from PyQt6.QtCore import QObject, Qt, QUrl, pyqtSlot
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QWidget

from ai_coder import cli
from ai_coder.errors import Remedy
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.models import Phase, PhaseChanged
from ai_coder.ui.catalogue.load_dialog import LoadDialog
from ai_coder.ui.chat.message_display import MessageDisplay
from ai_coder.ui.chat.turn_words import phase_detail, phase_name
from ai_coder.ui.widgets.card import InfoCard
from tests.conftest import until
from tests.fake_http import Answer, FakeServer
from tests.fake_lm_studio import VALID_TOKEN, FakeLMStudio, LMModel, Reply
from tests.fake_ollama import FakeOllama, OllamaModel
from tests.test_window import choose, status
from tests.window import ask, find, is_answered, messages, opened, refs

QWEN = "lm_studio/qwen2.5-coder-7b-instruct"
GEMMA = "lm_studio/gemma-3-12b"
LLAMA = "ollama/llama3.2:3b"
CLOUD = "ollama/gpt-oss:120b-cloud"
PAGE = Answer(200, "<html><title>Router</title></html>")
CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No program and no file of this computer's own servers is found."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AI_CODER_HOME", str(tmp_path / "home"))


@pytest.fixture
def lm_studio(loop):
    qwen = LMModel("qwen2.5-coder-7b-instruct")
    qwen.load(32768)
    server = FakeLMStudio(models=[qwen, LMModel("gemma-3-12b")])
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def ollama(loop):
    cloud = OllamaModel("gpt-oss:120b-cloud", remote_host="https://ollama.com:443")
    server = FakeOllama(models=[OllamaModel("llama3.2:3b"), cloud])
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def both_servers(lm_studio, ollama, monkeypatch):
    found = {"LM_STUDIO_BASE_URL": f"{lm_studio.url}/v1", "OLLAMA_HOST": ollama.url}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def program(name, text):
    """Put an executable on the PATH that stands for a server's own program."""
    path = Path(os.environ["PATH"]) / name
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)


def kind_of(app, provider_id="lm_studio"):
    state = app.window.status.entry(provider_id).state
    return state.kind if state else None


def card_of(app, provider_id="lm_studio"):
    return app.window.status.entry(provider_id).card


async def settings_view(app):
    await until(lambda: "settings" in app.window._views)
    return app.window.view("settings")


def lines_under(app):
    """Return the lines of truth and the figures under the last answer, as they are shown."""
    providers = app.core.manager.providers
    names = {key: each.name for key, each in providers.items()}
    display = MessageDisplay(
        app.core.catalogue, names, lambda provider_id: providers[provider_id].can_choose_context
    )
    branches = app.pane.chat.session.branches
    shown = display.shown(messages(app)[-1], branches, is_newest=True)
    return shown.notes, shown.footer, shown


def loaded_at(server, key):
    return [each.context_length for each in server.model(key).loaded]


# 1. The same state everywhere


def off(server):
    server.close()


def page(server):
    for path in ("/lmstudio-greeting", "/api/v1/models", "/api/v0/models", "/v1/models"):
        server.always(path, PAGE)


def no_token(server):
    server.token = VALID_TOKEN


def nothing_there(server):
    server.models.clear()


def nothing_loaded(server):
    for model in server.models:
        model.loaded.clear()


def failing(server):
    for path in ("/api/v1/models", "/api/v0/models", "/v1/models"):
        server.always(path, Answer(500, {"error": "database is locked"}))


STATES = [
    (off, ConnectionKind.UNREACHABLE),
    (page, ConnectionKind.SOMETHING_ELSE),
    (no_token, ConnectionKind.AUTH_NEEDED),
    (nothing_there, ConnectionKind.NOTHING_DOWNLOADED),
    (nothing_loaded, ConnectionKind.NOTHING_LOADED),
    (failing, ConnectionKind.DEGRADED),
    (lambda _server: None, ConnectionKind.READY),
]


@pytest.mark.parametrize(("arrange", "kind"), STATES, ids=[kind.value for _, kind in STATES])
async def test_a_state_has_the_same_words_everywhere(
    paths, theme, qtbot, lm_studio, ollama, both_servers, capsys, arrange, kind
):
    arrange(lm_studio)
    ollama.close()
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is kind)
        state = app.window.status.entry("lm_studio").state
        assert card_of(app).text() == "\n".join(t for t in (state.sentence, state.cause) if t)

        view = await settings_view(app)
        app.window.show_view("settings")
        click(qtbot, find(app, QPushButton, "lmStudioTestButton"))
        tested = view.local_models.findChild(InfoCard)
        await until(lambda: tested.text() == card_of(app).text())
        assert find(app, QLabel, "lmStudioStatusLabel").text().lower() == state.short.lower()

        cards = {card.key: card.text for card in app.pane.view.welcome._cards}
        if not state.can_chat:
            assert state.sentence in cards["lm_studio"]

    capsys.readouterr()
    code = await cli._run(cli.parse(["doctor", "--json"]))
    told = json.loads(capsys.readouterr().out)["providers"]["lm_studio"]
    assert (told["state"], told["sentence"], told["cause"]) == (kind, state.sentence, state.cause)
    assert told["remedy"] == (state.remedy.value if state.remedy else None)
    assert code == cli.CAN_CHAT, "the guide can always answer"


async def test_use_this_address_mends_a_wrong_path(paths, theme, qtbot, lm_studio, ollama):
    async with opened(paths, theme, qtbot, LM_STUDIO_BASE_URL=lm_studio.url) as app:
        app.settings.use_address("ollama", f"{ollama.url}/ollama")
        await until(lambda: kind_of(app, "ollama") is ConnectionKind.WRONG_PATH)

        app.window.status.entry("ollama").card.action_requested.emit()

        await until(lambda: app.window.status.entry("ollama").state.can_chat)
        saved = json.loads(paths.settings_file.read_text("utf-8"))["provider_configurations"]
        assert saved["ollama"]["base_url"] == ollama.url


async def test_enter_token_opens_the_field_and_the_token_mends_it(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.token = VALID_TOKEN
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await settings_view(app)
        await until(lambda: kind_of(app) is ConnectionKind.AUTH_NEEDED)

        card_of(app).action_requested.emit()
        field = find(app, QLineEdit, "lmStudioTokenEdit")
        await until(field.isVisible)
        qtbot.keyClicks(field, "sk-lm-wrongwro:abcdefghij0123456789")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        await until(lambda: kind_of(app) is ConnectionKind.TOKEN_REFUSED)

        card_of(app).action_requested.emit()
        await until(field.isVisible)
        field.clear()
        qtbot.keyClicks(field, VALID_TOKEN)
        qtbot.keyClick(field, Qt.Key.Key_Return)

        await until(lambda: kind_of(app) is ConnectionKind.READY)
        assert (
            VALID_TOKEN not in paths.settings_file.read_text("utf-8")
            if (paths.settings_file.exists())
            else True
        )


async def test_load_a_model_leads_to_the_models(paths, theme, qtbot, lm_studio, both_servers):
    nothing_loaded(lm_studio)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await settings_view(app)
        await until(lambda: kind_of(app) is ConnectionKind.NOTHING_LOADED)

        card_of(app).action_requested.emit()

        assert app.window.view("models").isVisible()


async def test_get_a_model_opens_the_library_of_that_server(
    paths, theme, qtbot, lm_studio, both_servers
):
    class Browser(QObject):
        opened = ""

        @pyqtSlot(QUrl)
        def open(self, url):
            self.opened = url.toString()

    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser.open)
    lm_studio.models.clear()
    try:
        async with opened(paths, theme, qtbot, **both_servers) as app:
            await until(lambda: kind_of(app) is ConnectionKind.NOTHING_DOWNLOADED)
            card_of(app).action_requested.emit()
            assert browser.opened == "https://lmstudio.ai/models"
    finally:
        QDesktopServices.unsetUrlHandler("https")


async def test_try_again_asks_at_once(paths, theme, qtbot, lm_studio, both_servers):
    failing(lm_studio)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.DEGRADED)
        assert app.window.status.entry("lm_studio").state.remedy is Remedy.RETRY
        before = len(lm_studio.asked("/api/v1/models"))

        card_of(app).action_requested.emit()

        await until(lambda: len(lm_studio.asked("/api/v1/models")) > before, timeout=0.5)


# 2. Starting servers


@pytest.fixture
def switch(loop, lm_studio):
    """A server that switches the fake LM Studio on when it is asked for anything."""
    switch = FakeServer()

    async def switched_on(_request):
        await lm_studio.restart()
        return Answer(body={})

    switch.handle = switched_on
    loop.run_until_complete(switch.start())
    yield switch
    switch.close()


async def test_lm_studio_starts_after_a_click_and_never_before(
    paths, theme, qtbot, lm_studio, ollama, both_servers, switch
):
    lm_studio.close()
    ollama.close()
    program(
        "lms",
        "import sys, urllib.request\n"
        "print('Starting server...', ' '.join(sys.argv[1:]), flush=True)\n"
        "opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
        f"opener.open('{switch.url}/on').read()\n"
        f"print('Success! Server is now running on port {lm_studio.port}', flush=True)\n",
    )
    said = []
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.UNREACHABLE)
        welcome = app.pane.view.welcome
        await until(lambda: any("installed" in card.text for card in welcome._cards))
        cards = {card.key: card for card in welcome._cards}
        assert not switch.requests, "it was started without a click"
        app.servers.starter.message.connect(said.append)

        welcome.action_requested.emit("lm_studio", cards["lm_studio"].action)

        await until(lambda: kind_of(app) is ConnectionKind.READY, timeout=10)
        assert len(switch.requests) == 1
        assert any(f"server start --port {lm_studio.port}" in line for line in said)
        await until(lambda: QWEN in refs(app))


async def test_ollama_is_a_child_with_its_output_in_view_and_ends_with_the_window(
    paths, theme, qtbot, unused_tcp_port_factory, lm_studio, monkeypatch
):
    port = unused_tcp_port_factory()
    environment = {
        "LM_STUDIO_BASE_URL": f"{lm_studio.url}/v1",
        "OLLAMA_HOST": f"127.0.0.1:{port}",
    }
    monkeypatch.setenv("OLLAMA_HOST", environment["OLLAMA_HOST"])
    program(
        "ollama",
        "import os, sys, time\n"
        f"sys.path.insert(0, {str(CHECKOUT)!r})\n"
        "assert sys.argv[1:] == ['serve'], sys.argv\n"
        "print('warming up', flush=True)\n"
        "time.sleep(0.7)\n"
        "from tests.fake_ollama import main\n"
        "sys.argv[1:] = ['--port', os.environ['OLLAMA_HOST'].split(':')[-1]]\n"
        "main()\n",
    )
    kinds, said = [], []
    async with opened(paths, theme, qtbot, **environment) as app:
        await until(lambda: kind_of(app, "ollama") is ConnectionKind.UNREACHABLE)
        app.core.catalogue.subscribe(lambda _id: kinds.append(kind_of(app, "ollama")))
        app.servers.starter.message.connect(said.append)

        app.window.status.entry("ollama").card.action_requested.emit()

        await until(lambda: app.window.status.entry("ollama").state.can_chat, timeout=15)
        assert ConnectionKind.STARTING in kinds
        assert "Ollama: warming up" in said
    with pytest.raises(OSError, match=r"."):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_program_that_fails_to_start_is_quoted(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.close()
    program("lms", "print('Error: port in use'); raise SystemExit(1)\n")
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.UNREACHABLE)

        card_of(app).action_requested.emit()

        await until(lambda: "port in use" in app.window.notice.text())
        await until(lambda: kind_of(app) is ConnectionKind.UNREACHABLE)


# 1. Live dots


async def test_every_change_of_a_server_is_seen_within_three_seconds(
    paths, theme, qtbot, lm_studio, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.READY)
        await asyncio.sleep(4)  # the pauses between two questions have grown to their longest
        changes = [
            (lambda: lm_studio.models.append(LMModel("new")), lambda: "lm_studio/new" in refs(app)),
            (
                lambda: lm_studio.model("new").load(8192),
                lambda: "2 loaded" in status(app, "statusLmStudio"),
            ),
            (lm_studio.close, lambda: "off" in status(app, "statusLmStudio")),
            (
                lambda: ollama.models.append(OllamaModel("mistral:7b")),
                lambda: "ollama/mistral:7b" in refs(app),
            ),
        ]
        for change, is_seen in changes:
            started = time.monotonic()
            change()
            await until(is_seen, timeout=3)
            assert time.monotonic() - started < 3
        await lm_studio.restart()
        await until(lambda: "2 loaded" in status(app, "statusLmStudio"), timeout=3)


async def test_a_hidden_window_asks_nothing(paths, theme, qtbot, lm_studio, both_servers):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.READY)
        app.window.hide()
        await asyncio.sleep(0.3)
        before = len(lm_studio.requests)

        await asyncio.sleep(3)

        assert len(lm_studio.requests) == before
        app.window.show()
        await until(lambda: len(lm_studio.requests) > before, timeout=1)


# 2. Servers on other hosts


async def test_a_second_lm_studio_is_an_equal_citizen(
    paths, theme, qtbot, lm_studio, both_servers, loop
):
    other = FakeLMStudio(models=[LMModel("mistral-small")])
    await other.start()
    other.reply = ["from the other one"]
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.READY)
        saved = app.core.loaded.saved
        config = saved.provider_configurations["lm_studio"].model_copy(
            update={"type": "lm_studio", "base_url": other.url, "name": "Study"}
        )
        providers = {**saved.provider_configurations, "study": config}
        app.settings.save(saved.model_copy(update={"provider_configurations": providers}))

        await until(lambda: "study/mistral-small" in refs(app))
        choose(app, "study/mistral-small")
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        assert messages(app)[-1].text == "from the other one"
        assert lines_under(app)[2].subtitle.startswith("Study")
        assert other.loads
        app.servers.unload("study/mistral-small")
        await until(lambda: not other.model("mistral-small").loaded)
        other.close()
        await until(lambda: kind_of(app, "study") is ConnectionKind.UNREACHABLE)
        assert kind_of(app) is ConnectionKind.READY
    other.close()


# 3. Models as they are


async def test_cloud_models_of_a_local_ollama_are_marked(paths, theme, qtbot, ollama, both_servers):
    ollama.reply = ["from far away"]
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: CLOUD in refs(app))
        picker = find(app, QComboBox, "modelPicker")
        words = picker.itemData(
            picker.findData(CLOUD, Qt.ItemDataRole.UserRole), Qt.ItemDataRole.AccessibleTextRole
        )
        assert "cloud" in words
        await until(lambda: "models" in app.window._views)
        table = app.window.view("models").table
        assert "cloud" in table.row(CLOUD).tags

        choose(app, CLOUD)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))
        subtitle = lines_under(app)[2].subtitle
        assert (subtitle.split(" · ")[0], subtitle.split(" · ")[-1]) == ("Ollama", "Cloud")


async def test_local_only_takes_cloud_models_away_and_sends_nothing(
    paths, theme, qtbot, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: CLOUD in refs(app))
        choose(app, CLOUD)

        click(qtbot, find(app, QWidget, "localOnlyButton"))

        await until(lambda: CLOUD not in refs(app))
        assert LLAMA in refs(app)
        ask(app, qtbot, "Is anybody listening?")
        await until(lambda: is_answered(app))
        failure = messages(app)[-1].failure
        assert (failure.kind, failure.remedy) == ("HostBlockedError", "unlock")
        assert not ollama.asked("/api/chat")

        click(qtbot, find(app, QWidget, "localOnlyButton"))
        await until(lambda: CLOUD in refs(app))


# 4. Load and unload


async def open_load_dialog(app, qtbot, ref):
    """Open the dropdown, mark *ref*, and press what stands below."""
    await until(lambda: "models" in app.window._views)
    await until(lambda: ref in refs(app))
    app.picker.showPopup()
    app.picker._popup._mark(ref)
    button = find(app, QPushButton, "modelPopupLoadButton")
    assert button.isVisible()
    click(qtbot, button)
    return app.window.findChild(LoadDialog)


async def test_the_dropdown_loads_with_window_and_options_and_unloads(
    paths, theme, qtbot, lm_studio, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        lm_studio.loading = asyncio.Event()
        dialog = await open_load_dialog(app, qtbot, GEMMA)
        dialog.findChild(QComboBox, "loadContextPicker").choose(16384)
        dialog.findChild(QComboBox, "loadOption_flash_attention").choose(False)
        estimate = dialog.findChild(InfoCard, "memoryEstimate")
        await until(lambda: "it needs about" in estimate.text())
        assert "±" in estimate.text()
        click(qtbot, dialog.findChild(QPushButton, "loadButton"))
        app.servers.load(GEMMA, 16384)

        await until(lambda: "Loading gemma-3-12b for" in app.window.status._message.text())
        lm_studio.loading.set()
        await until(lambda: loaded_at(lm_studio, "gemma-3-12b") == [16384])
        await until(lambda: "2 loaded" in status(app, "statusLmStudio"))
        body = lm_studio.asked("/api/v1/models/load")[-1].json
        assert body["flash_attention"] is False
        assert len(lm_studio.loads) == 1

        await open_load_dialog(app, qtbot, GEMMA)  # the button says Unload now
        await until(lambda: not lm_studio.model("gemma-3-12b").loaded)


async def test_loading_can_be_given_up_in_the_dropdown(
    paths, theme, qtbot, lm_studio, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        lm_studio.loading = asyncio.Event()
        dialog = await open_load_dialog(app, qtbot, GEMMA)
        click(qtbot, dialog.findChild(QPushButton, "loadButton"))
        await until(lambda: lm_studio.asked("/api/v1/models/load"))

        app.picker.showPopup()
        app.picker._popup._mark(GEMMA)
        button = find(app, QPushButton, "modelPopupLoadButton")
        assert button.text() == "Cancel loading"
        click(qtbot, button)

        await until(lambda: lm_studio.abandoned)
        await until(lambda: app.window.status._message.text() == "")
        assert not lm_studio.model("gemma-3-12b").loaded


async def test_ollama_keeps_a_model_as_long_as_was_chosen(
    paths, theme, qtbot, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        dialog = await open_load_dialog(app, qtbot, LLAMA)
        dialog.findChild(QComboBox, "loadContextPicker").choose(16384)
        dialog.findChild(QComboBox, "loadOption_keep_alive").choose(-1)
        click(qtbot, dialog.findChild(QPushButton, "loadButton"))
        await until(lambda: ollama.loads == [("llama3.2:3b", 16384)])
        await until(lambda: "loaded" in status(app, "statusOllama"))

        choose(app, LLAMA)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        sent = ollama.asked("/api/chat")[-1].json
        assert sent["keep_alive"] == -1, "a request without it would shorten the time again"
        assert sent["options"]["num_ctx"] == 16384
        assert sent["truncate"] is False
        assert ollama.loads == [("llama3.2:3b", 16384)], "the message reloaded the model"


async def test_two_wishes_and_a_question_load_once(paths, theme, qtbot, lm_studio, both_servers):
    lm_studio.load_delay = 0.3
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: GEMMA in refs(app))
        app.servers.load(GEMMA, None)
        app.servers.load(GEMMA, None)
        choose(app, GEMMA)
        ask(app, qtbot, "Hi")

        await until(lambda: is_answered(app))

        assert [name for name, _ in lm_studio.loads] == ["gemma-3-12b"]


# 5. The context meter


async def test_the_meter_shows_the_served_window_and_exact_counts_after_a_turn(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.reply = Reply(content=["a", "b"], prompt_tokens=1200)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        meter = app.pane.view.prompt_bar.meter
        assert meter.text() == "0 of 32k"
        app.pane.view.prompt_bar.set_text("word " * 400)
        await until(lambda: meter.text() == "about 571 of 32k")

        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        assert meter.text() == "1.2k of 32k"
        assert "served now" in meter.toolTip()


async def test_an_overflow_is_caught_before_sending_and_reloading_larger_mends_it(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.model("qwen2.5-coder-7b-instruct").loaded[0].context_length = 4096
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        sent = len(lm_studio.asked("/v1/chat/completions"))
        sent += len(lm_studio.asked("/api/v1/chat"))

        ask(app, qtbot, "words and words " * 4000)
        await until(lambda: is_answered(app))

        failure = messages(app)[-1].failure
        assert (failure.kind, failure.remedy) == ("ContextOverflowError", "reload_larger")
        asked = lm_studio.asked("/v1/chat/completions") + lm_studio.asked("/api/v1/chat")
        assert len(asked) == sent, "a prompt that cannot fit was sent"

        app.pane.view.transcript.action_requested.emit(messages(app)[-1].id, "card:reload_larger")
        await until(
            lambda: max(loaded_at(lm_studio, "qwen2.5-coder-7b-instruct"), default=0) > 4096
        )


@pytest.mark.parametrize("form", ["event", "string", "object", "empty"])
async def test_the_servers_own_overflow_ends_in_the_same_card(
    paths, theme, qtbot, lm_studio, both_servers, form
):
    lm_studio.overflow = form
    lm_studio.model("qwen2.5-coder-7b-instruct").loaded[0].context_length = 300
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)

        ask(app, qtbot, "some words here " * 100)
        await until(lambda: is_answered(app))

        failure = messages(app)[-1].failure
        assert (failure.kind, failure.remedy) == ("ContextOverflowError", "reload_larger")


async def test_tokens_that_the_server_dropped_are_told(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.reply = Reply(content=["Hm"], prompt_tokens=900)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)

        ask(app, qtbot, "some words here " * 800)
        await until(lambda: is_answered(app))

        card = lines_under(app)[2].card
        assert card.title.startswith("The server dropped about 2,")
        assert card.offers


# 6. Phases


async def test_the_phases_of_a_turn_are_shown_with_the_servers_own_progress(
    paths, theme, qtbot, lm_studio, both_servers
):
    nothing_loaded(lm_studio)
    lm_studio.load_delay = 0.3
    lm_studio.prefill_delay = 0.3
    lm_studio.reply = Reply(reasoning=["Hm", "."], content=["Hel", "lo"])
    lm_studio.token_delay = 0.05
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: GEMMA in refs(app))
        choose(app, GEMMA)
        label = find(app, QLabel, "phaseLabel")
        shown, details = [], []

        def note(event):
            if isinstance(event, PhaseChanged):
                details.append((event.phase, phase_detail(event, 0), event.is_estimate))

        app.pane.chat.happened.connect(note)
        ask(app, qtbot, "Hi")
        while not is_answered(app):
            if label.text() and (not shown or shown[-1] != label.text()):
                shown.append(label.text())
            await asyncio.sleep(0.005)

        order = [phase_name(phase) for phase in Phase]
        assert shown == [name for name in order if name in shown]
        assert {phase_name(Phase.LOADING_MODEL), phase_name(Phase.THINKING)} <= set(shown)
        real = [
            text for phase, text, guess in details if phase is Phase.LOADING_MODEL and not guess
        ]
        assert any("%" in text and text != "100 %" for text in real)
        read = [text for phase, text, guess in details if phase is Phase.READING_PROMPT]
        assert any("%" in text for text in read)


async def test_an_estimate_is_marked_as_one(paths, theme, qtbot, ollama, both_servers):
    ollama.loading = asyncio.Event()
    async with opened(paths, theme, qtbot, **both_servers) as app:
        app.servers._measurements.note_load(LLAMA, 20)
        await until(lambda: LLAMA in refs(app))
        choose(app, LLAMA)
        details = []
        app.pane.chat.happened.connect(
            lambda e: details.append(phase_detail(e, 0)) if isinstance(e, PhaseChanged) else None
        )

        ask(app, qtbot, "Hi")

        await until(lambda: any("estimate" in text for text in details), timeout=6)
        ollama.loading.set()
        await until(lambda: is_answered(app))


async def test_stop_while_the_prompt_is_read_takes_less_than_a_tenth_of_a_second(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.prefill = asyncio.Event()
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        ask(app, qtbot, "Hi")
        await until(lambda: lm_studio.asked("/api/v1/chat"))

        started = time.monotonic()
        click(qtbot, find(app, QPushButton, "stopButton"))
        await until(lambda: not app.pane.chat.is_running, timeout=0.1)

        assert time.monotonic() - started < 0.1
        assert messages(app)[-1].status == "stopped"
        await until(lambda: lm_studio.abandoned)


# 7. Honest answers about the answer


async def test_one_line_says_that_another_model_answered(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.level = "v0"
    lm_studio.reply = Reply(content=["Hi"], model="gemma-3-1b")
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)

        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        notes, _, _ = lines_under(app)
        assert [note for note in notes if "gemma-3-1b answered" in note], notes


CUT = [
    (Reply(content=["Hi"], finish_reason="length", prompt_tokens=32766), "window of 32768 tokens"),
    (Reply(content=["Hi"], finish_reason="length", prompt_tokens=40), "Cut short"),
]


@pytest.mark.parametrize(("reply", "words"), CUT, ids=[words for _, words in CUT])
async def test_a_cut_answer_says_what_ended_it_and_can_go_on(
    paths, theme, qtbot, lm_studio, both_servers, reply, words
):
    lm_studio.level = "v0"
    lm_studio.reply = reply
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))
        card = lines_under(app)[2].card
        assert words in card.title
        assert (card.offers[0].text, card.offers[0].action) == ("Continue", "continue")

        lm_studio.reply = [" there"]
        app.pane.view.transcript.action_requested.emit(messages(app)[-1].id, "card:continue")

        await until(lambda: not app.pane.chat.is_running and messages(app)[-1].text == "Hi there")


EMPTY = [
    (Reply(content=[], reasoning=["Hm"], finish_reason="length"), "budget on thinking"),
    (Reply(content=[], reasoning=["Hm"]), "stopped after thinking"),
    (Reply(content=[""], finish_reason="tool_calls"), "asked for a tool"),
    (Reply(content=[]), "gave no reason"),
]


@pytest.mark.parametrize(("reply", "words"), EMPTY, ids=[words for _, words in EMPTY])
async def test_an_empty_answer_is_explained(
    paths, theme, qtbot, lm_studio, both_servers, reply, words
):
    lm_studio.level = "v0"
    lm_studio.reply = reply
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)

        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        assert words in lines_under(app)[2].card.title


async def test_figures_stand_under_the_answer_and_unknown_stays_unknown(
    paths, theme, qtbot, lm_studio, ollama, both_servers
):
    lm_studio.level = "v0"
    lm_studio.reply = Reply(content=["a", "b"], prompt_tokens=42)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))
        footer = lines_under(app)[1]
        assert "tok/s" in footer or "speed unknown" in footer
        assert "first token" in footer
        assert "prompt 42" in footer
        assert "2 tokens" in footer

        lm_studio.reply = Reply(content=["a"], usage="none")
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app, 4))
        footer = lines_under(app)[1]
        assert "speed unknown" in footer
        assert "tokens unknown" in footer
