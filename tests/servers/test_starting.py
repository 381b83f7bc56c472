"""Starting servers that are installed but off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QPlainTextEdit

from ai_coder.llm.connection import ConnectionKind
from tests.conftest import until
from tests.fake_http import Answer, FakeServer
from tests.fake_lm_studio import VALID_TOKEN
from tests.servers.window import (
    QWEN,
    card_of,
    kind_of,
    program,
)
from tests.window import opened, refs

CHECKOUT = Path(__file__).parents[2]


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

        await until(lambda: kind_of(app) is ConnectionKind.READY)
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

        await until(lambda: app.window.status.entry("ollama").state.can_chat)
        assert ConnectionKind.STARTING in kinds
        assert "Ollama: warming up" in said
    with pytest.raises(OSError, match=r"."):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_server_that_is_switched_off_while_it_starts_can_be_started_again(
    paths, theme, qtbot, lm_studio, ollama, both_servers
):
    lm_studio.close()
    program("lms", "import time\nprint('warming up', flush=True)\ntime.sleep(60)\n")
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.UNREACHABLE)
        starter = app.servers.starter
        configs = app.core.loaded.saved.provider_configurations
        off = configs["lm_studio"].model_copy(update={"is_enabled": False})
        card_of(app).action_requested.emit()
        await until(lambda: kind_of(app) is ConnectionKind.STARTING)

        app.settings.change(provider_configurations={**configs, "lm_studio": off})

        await until(lambda: not starter.is_starting("lm_studio"))
        assert app.window.notice.isHidden(), app.window.notice.text()
        app.settings.change(provider_configurations=configs)
        await until(lambda: "lm_studio" in app.window.status._entries)
        await until(lambda: kind_of(app) is ConnectionKind.UNREACHABLE)


async def test_a_server_that_wants_a_token_was_started_well(
    paths, theme, qtbot, lm_studio, ollama, both_servers, switch
):
    lm_studio.token = VALID_TOKEN
    lm_studio.close()
    program(
        "lms",
        "import urllib.request\n"
        "opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
        f"opener.open('{switch.url}/on').read()\n"
        f"print('Success! Server is now running on port {lm_studio.port}', flush=True)\n",
    )
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.UNREACHABLE)

        card_of(app).action_requested.emit()

        await until(lambda: kind_of(app) is ConnectionKind.AUTH_NEEDED)
        await until(lambda: not app.servers.starter.is_starting("lm_studio"))
        assert app.window.notice.isHidden(), app.window.notice.text()


async def test_a_server_without_models_is_up_and_its_output_is_read_in_its_card(
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
        "import asyncio, os, sys\n"
        f"sys.path.insert(0, {str(CHECKOUT)!r})\n"
        "from tests.fake_ollama import FakeOllama\n"
        "class Logging(FakeOllama):\n"
        "    async def handle(self, request):\n"
        "        print('[GIN]', request.path, flush=True)\n"
        "        return await super().handle(request)\n"
        "async def main():\n"
        f"    await Logging(models=[]).start({port})\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n",
    )
    said, printed = [], []
    async with opened(paths, theme, qtbot, **environment) as app:
        await until(lambda: kind_of(app, "ollama") is ConnectionKind.UNREACHABLE)
        card_of(app, "ollama").action_requested.emit()
        await until(lambda: kind_of(app, "ollama") is ConnectionKind.NOTHING_DOWNLOADED)
        await until(lambda: not app.servers.starter.is_starting("ollama"))
        app.servers.starter.message.connect(said.append)
        app.servers.starter.printed.connect(lambda _id, line: printed.append(line))

        app.window.status.set_message("Loading gemma-3-12b for 5 s")
        app.servers.ask_all()
        await until(lambda: "[GIN] /api/ps" in printed)

        assert said == [], "its log owns the status bar"
        entry = app.window.status.entry("ollama")
        entry.open_card()
        assert "[GIN] /api/ps" in entry.card.findChild(QPlainTextEdit).toPlainText()


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
