"""Servers that go away before the first word, in the whole window."""

from __future__ import annotations

import asyncio

import pytest
from PyQt6.QtWidgets import QLabel

from ai_coder.errors import Remedy
from tests.conftest import until
from tests.fake_http import Answer
from tests.fake_lm_studio import LMModel, Reply
from tests.server_fixtures import LLAMA, QWEN
from tests.window import answered, ask, choose, is_answered, messages, opened, ready

GEMMA = "lm_studio/gemma-3-12b"


@pytest.fixture
def loading(lm_studio):
    """LM Studio with a second model, which it never ends to load."""
    lm_studio.models.append(LMModel("gemma-3-12b"))
    lm_studio.loading = asyncio.Event()
    return lm_studio


async def test_a_server_that_dies_while_it_loads_is_named_and_another_model_is_offered(
    paths, theme, qtbot, world, loading, ollama
):
    async with opened(paths, theme, qtbot, **world(lm_studio=loading, ollama=ollama)) as app:
        await ready(app, GEMMA, LLAMA)
        await choose(app, GEMMA)
        ask(app, qtbot, "Anybody?")
        await until(lambda: loading.asked("/api/v1/chat"))
        await until(lambda: "oading" in app.window.findChild(QLabel, "phaseLabel").text())

        loading.close()

        await until(lambda: is_answered(app), timeout=30)
        failure = messages(app)[-1].failure
        assert failure.text == "LM Studio stopped while it loaded gemma-3-12b."
        assert failure.remedy is not Remedy.CONTINUE
        await until(lambda: "llama3.2" in app.window.notice.text())


async def test_a_model_whose_server_dies_while_it_is_loaded_on_request_is_named(
    paths, theme, qtbot, world, loading
):
    async with opened(paths, theme, qtbot, **world(lm_studio=loading)) as app:
        await ready(app, GEMMA)
        app.servers.loading.load(GEMMA, 4096)
        await until(lambda: loading.asked("/api/v1/models/load"))

        loading.close()

        words = "LM Studio stopped while it loaded gemma-3-12b."
        await until(lambda: words in app.window.notice.text(), timeout=30)


async def test_a_connection_that_breaks_before_the_first_word_kept_nothing(
    paths, theme, qtbot, world, lm_studio
):
    lm_studio.always("/api/v1/chat", Answer(body=b"x" * 9, close_abruptly=True))
    lm_studio.always("/v1/chat/completions", Answer(body=b"x" * 9, close_abruptly=True))
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)

        failure = (await answered(app, qtbot, QWEN, "Anybody?")).failure

        assert failure.text == "The connection to LM Studio broke off too early."
        assert failure.remedy is Remedy.RETRY


async def test_a_connection_that_breaks_in_the_answer_keeps_what_arrived(
    paths, theme, qtbot, world, lm_studio
):
    lm_studio.reply = Reply(content=["So ", "far"], close_after=1)
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio)) as app:
        await ready(app, QWEN)

        answer = await answered(app, qtbot, QWEN, "Anybody?")

        assert answer.text == "So "
        assert answer.failure.remedy is Remedy.CONTINUE
