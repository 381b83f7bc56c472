"""The dots follow the servers while somebody looks at them."""

from __future__ import annotations

import asyncio

from ai_coder.llm.connection import ConnectionKind
from tests.conftest import until
from tests.fake_lm_studio import LMModel
from tests.fake_ollama import OllamaModel
from tests.servers.window import kind_of
from tests.test_window import status
from tests.window import opened, refs


async def test_every_change_of_a_server_is_seen_by_itself(
    paths, theme, qtbot, lm_studio, ollama, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.READY)
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
            change()
            await until(is_seen)
        await lm_studio.restart()
        await until(lambda: "2 loaded" in status(app, "statusLmStudio"))


async def test_a_hidden_window_asks_nothing_and_a_window_shown_again_asks(
    paths, theme, qtbot, lm_studio, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: kind_of(app) is ConnectionKind.READY)
        app.window.hide()
        before = -1
        while before < len(lm_studio.requests):  # a question under way comes to its end
            before = len(lm_studio.requests)
            await asyncio.sleep(1)

        await asyncio.sleep(3)

        assert len(lm_studio.requests) == before
        app.window.show()
        await until(lambda: len(lm_studio.requests) > before)
