"""Every state of a server in the same words everywhere, live, with what mends it."""

from __future__ import annotations

import json

import pytest
from PyQt6.QtCore import QObject, Qt, QUrl, pyqtSlot
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QLabel, QLineEdit, QPushButton

from ai_coder import cli
from ai_coder.errors import Remedy
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.health import HealthTiming
from ai_coder.llm.models import ProviderConfig
from ai_coder.ui.widgets.card import InfoCard
from tests.conftest import until
from tests.fake_http import Answer
from tests.fake_lm_studio import VALID_TOKEN
from tests.servers.window import (
    card_of,
    click,
    kind_of,
    nothing_loaded,
    program,
    settings_view,
)
from tests.window import find, opened

PAGE = Answer(200, "<html><title>Router</title></html>")


def off(server):
    server.close()


def page(server):
    for path in ("/lmstudio-greeting", "/api/v1/models", "/api/v0/models", "/v1/models"):
        server.always(path, PAGE)


def no_token(server):
    server.token = VALID_TOKEN


def nothing_there(server):
    server.models.clear()


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


def welcome_card(app):
    return next(card for card in app.pane.view.welcome._cards if card.key == "lm_studio")


class Pages(QObject):
    """Takes what would be opened in the desktop."""

    def __init__(self):
        super().__init__()
        self.opened = []

    @pyqtSlot(QUrl)
    def open(self, url):
        self.opened.append(url.toString())


@pytest.fixture
def pages():
    pages = Pages()
    for scheme in ("https", "file"):
        QDesktopServices.setUrlHandler(scheme, pages.open)
    yield pages
    for scheme in ("https", "file"):
        QDesktopServices.unsetUrlHandler(scheme)


@pytest.mark.parametrize(("arrange", "kind"), STATES, ids=[kind.value for _, kind in STATES])
async def test_a_state_has_the_same_words_everywhere(
    paths, theme, qtbot, lm_studio, ollama, both_servers, capsys, arrange, kind
):
    arrange(lm_studio)
    ollama.close()
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is kind)
        state = app.window.status.entry("lm_studio").state
        words = "\n".join(part for part in (state.sentence, state.cause) if part)
        assert card_of(app).text().startswith(words)

        view = await settings_view(app)
        app.window.show_view("settings")
        click(qtbot, find(app, QPushButton, "lmStudioTestButton"))
        tested = view.local_models.findChild(InfoCard)
        await until(lambda: tested.text() == words)
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
        settings = paths.settings_file
        assert not settings.exists() or VALID_TOKEN not in settings.read_text("utf-8")


async def test_load_a_model_leads_to_the_models(paths, theme, qtbot, lm_studio, both_servers):
    nothing_loaded(lm_studio)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await settings_view(app)
        await until(lambda: kind_of(app) is ConnectionKind.NOTHING_LOADED)

        card_of(app).action_requested.emit()

        assert app.window.view("models").isVisible()


async def test_get_a_model_opens_the_library_of_that_server(
    paths, theme, qtbot, lm_studio, both_servers, pages
):
    lm_studio.models.clear()
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.NOTHING_DOWNLOADED)

        card_of(app).action_requested.emit()

        assert pages.opened == ["https://lmstudio.ai/models"]


async def test_get_a_model_for_the_built_in_engine_opens_its_folder(
    paths, theme, qtbot, both_servers, pages
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        app.window.status.remedy_requested.emit("llama_cpp", Remedy.DOWNLOAD_MODEL)

        assert pages.opened == [QUrl.fromLocalFile(str(app.settings.models_folder())).toString()]


async def test_a_server_that_is_not_installed_can_be_got_everywhere(
    paths, theme, qtbot, lm_studio, ollama, both_servers, pages
):
    lm_studio.close()
    ollama.close()
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.UNREACHABLE)
        assert card_of(app).action_text == "Get LM Studio"
        await until(lambda: welcome_card(app).button == "Get LM Studio")

        card_of(app).action_requested.emit()
        app.pane.view.welcome.action_requested.emit("lm_studio", welcome_card(app).action)

        assert pages.opened == ["https://lmstudio.ai/"] * 2
        program("lms", "")  # as soon as it is there, it can be started
        await until(lambda: card_of(app).action_text == "Start LM Studio")
        await until(lambda: welcome_card(app).button == "Start LM Studio")


async def test_a_server_that_answered_before_is_not_offered_for_download(
    paths, theme, qtbot, lm_studio, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.READY)
        await until(lambda: app.window.status.entry("ollama").state.can_chat)

        lm_studio.close()
        ollama.close()

        for name in ("lm_studio", "ollama"):
            await until(lambda name=name: kind_of(app, name) is ConnectionKind.UNREACHABLE)
            assert app.window.status.entry(name).state.remedy is Remedy.RETRY


async def test_a_server_on_another_port_of_an_unknown_kind_can_only_be_asked_again(
    paths, theme, qtbot, both_servers, unused_tcp_port_factory
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        config = ProviderConfig(
            type="openai_compatible",
            base_url=f"http://127.0.0.1:{unused_tcp_port_factory()}",
            name="vLLM",
        )
        saved = app.core.loaded.saved
        providers = {**saved.provider_configurations, "vllm": config}
        app.settings.save(saved.model_copy(update={"provider_configurations": providers}))

        await until(lambda: "vllm" in app.core.manager.providers)
        await until(lambda: kind_of(app, "vllm") is ConnectionKind.UNREACHABLE)
        assert app.window.status.entry("vllm").state.remedy is Remedy.RETRY


async def test_try_again_asks_at_once(paths, theme, qtbot, lm_studio, both_servers):
    failing(lm_studio)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.DEGRADED)
        assert app.window.status.entry("lm_studio").state.remedy is Remedy.RETRY
        app.health.timing = HealthTiming(first=3600, longest=3600)
        before = len(lm_studio.asked("/api/v1/models"))
        await until(lambda: len(lm_studio.asked("/api/v1/models")) > before)
        before = len(lm_studio.asked("/api/v1/models"))

        card_of(app).action_requested.emit()

        await until(lambda: len(lm_studio.asked("/api/v1/models")) > before)
