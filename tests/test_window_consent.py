"""When a company may have what was said on one's own computers, in the whole window."""

from __future__ import annotations

import pytest

from ai_coder.llm.address import locality
from ai_coder.llm.models import ProviderConfig
from ai_coder.owners import sending
from tests.conftest import until
from tests.fake_http import FakeServer
from tests.fake_ollama import OllamaModel
from tests.server_fixtures import CLAUDE, KEYS, LLAMA, QWEN
from tests.window import (
    answered,
    ask,
    choose,
    is_answered,
    messages,
    opened,
    question,
    ready,
    refs,
    reply,
)


def prompts_to(server):
    return [str(request.json) for request in server.requests if request.method == "POST"]


async def test_what_came_after_an_answer_of_the_company_is_asked_about(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await answered(app, qtbot, CLAUDE, "hi")
        await answered(app, qtbot, QWEN, "local secret 4711", count=4)

        await choose(app, CLAUDE)
        ask(app, qtbot, "and now?")
        await reply(app, "cloudQuestion", "Keep it local")
        await until(lambda: app.pane.view.prompt_bar.text() == "and now?")
        assert not any("4711" in prompt for prompt in prompts_to(claude))

        ask(app, qtbot, "and now?")
        await reply(app, "cloudQuestion", "Send")
        await until(lambda: is_answered(app, 6))
        await answered(app, qtbot, CLAUDE, "not asked again", count=8)


async def test_what_a_local_model_of_the_same_server_said_is_asked_about(
    paths, theme, qtbot, world, ollama
):
    ollama.models.append(OllamaModel("gpt-oss:120b-cloud", remote_host="https://ollama.com:443"))
    borrowed = "ollama/gpt-oss:120b-cloud"
    async with opened(paths, theme, qtbot, **world(ollama=ollama)) as app:
        await ready(app, LLAMA, borrowed)
        await answered(app, qtbot, LLAMA, "local secret 4711")

        await choose(app, borrowed)
        ask(app, qtbot, "and now?")
        await reply(app, "cloudQuestion", "Keep it local")

        await until(lambda: app.pane.view.prompt_bar.text() == "and now?")
        assert len(ollama.asked("/api/chat")) == 1


async def test_a_fresh_chat_that_sums_up_a_local_one_is_asked_about(
    paths, theme, qtbot, world, lm_studio, claude
):
    lm_studio.reply = ["local words"]
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await answered(app, qtbot, QWEN, "local secret 4711")
        before = app.pane.chat.id
        app.overflow.start_fresh(messages(app)[-1].id)
        await until(lambda: app.pane.chat.id != before and not app.overflow.tasks.is_running)
        assert "local words" in messages(app)[0].text

        await choose(app, CLAUDE)
        ask(app, qtbot, "go on")
        await reply(app, "cloudQuestion", "Keep it local")

        await until(lambda: app.pane.view.prompt_bar.text() == "go on")
        assert prompts_to(claude) == []


async def test_a_fresh_chat_goes_on_without_a_question_where_all_of_the_old_one_was(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await answered(app, qtbot, QWEN, "my own code")
        await choose(app, CLAUDE)
        ask(app, qtbot, "and now?")
        await reply(app, "cloudQuestion", "Send")
        await until(lambda: is_answered(app, 4))
        before = app.pane.chat.id
        app.overflow.start_fresh(messages(app)[-1].id)
        await until(lambda: app.pane.chat.id != before and not app.overflow.tasks.is_running)

        await answered(app, qtbot, CLAUDE, "go on", count=3)

        assert question(app, "cloudQuestion") is None


@pytest.fixture
def unlisted(start):
    """A server that tells nothing about its models."""
    return start(FakeServer())


async def test_a_far_server_without_a_list_of_models_is_a_company_too(
    paths, theme, qtbot, world, lm_studio, unlisted, monkeypatch
):
    monkeypatch.setattr(sending, "locality", lambda url: locality(far_away.get(url, url)))
    far_away = {f"{unlisted.url}/v1": "https://llm.example.com/v1"}
    environment = world(lm_studio=lm_studio)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN)
        far = ProviderConfig(type="openai_compatible", base_url=f"{unlisted.url}/v1")
        servers = app.core.loaded.saved.provider_configurations
        app.settings.change(provider_configurations={**servers, "far": far})
        await until(lambda: "far" in app.core.manager.providers)
        await answered(app, qtbot, QWEN, "local secret 4711")
        assert "far/any" not in refs(app)

        app.turns.answer_again(messages(app)[-1].id, "far/any")
        await reply(app, "cloudQuestion", "Keep it local")

        assert is_answered(app)
        assert prompts_to(unlisted) == []
