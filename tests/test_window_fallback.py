"""Another model instead of one whose server is down, in the whole window."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QPushButton

from tests.conftest import until
from tests.fake_cloud import ANTHROPIC_MODELS, anthropic_error
from tests.server_fixtures import CLAUDE, GPT, KEYS, LLAMA, QWEN
from tests.window import answered, ask, choose, is_answered, messages, opened, ready, shown

LEFT = Qt.MouseButton.LeftButton


async def test_when_a_server_is_down_the_next_model_is_offered_and_takes_over(
    paths, theme, qtbot, world, lm_studio, ollama, claude
):
    ollama.reply = ["from Ollama"]
    environment = world(lm_studio=lm_studio, ollama=ollama, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, LLAMA, CLAUDE)
        await choose(app, QWEN)
        lm_studio.close()
        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app))
        await until(lambda: "could answer instead" in app.window.notice.text())
        button = next(
            b for b in app.window.notice.findChildren(QPushButton) if b.text().startswith("Answer")
        )
        assert "llama3.2" in button.text()
        qtbot.mouseClick(button, LEFT)

        await until(lambda: is_answered(app) and messages(app)[-1].text == "from Ollama")
        assert messages(app)[-1].model_ref == LLAMA


async def test_an_offer_goes_when_the_chat_goes_on_without_it(
    paths, theme, qtbot, world, lm_studio, ollama
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio, ollama=ollama)) as app:
        await ready(app, QWEN, LLAMA)
        await choose(app, QWEN)
        lm_studio.close()
        ask(app, qtbot, "Anybody?")
        await until(lambda: "could answer instead" in app.window.notice.text())

        await answered(app, qtbot, LLAMA, "And you?", count=4)

        assert app.window.notice.text() == ""


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
        await ready(app, QWEN, LLAMA, CLAUDE)
        await choose(app, QWEN)
        lm_studio.close()
        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app))
        assert messages(app)[-1].text == "from Ollama"
        shown = app.pane.view.shown._display.notes(messages(app)[-1])
        assert any("answers instead" in note for note in shown)

        ollama.close()
        ask(app, qtbot, "And now?")
        await until(lambda: is_answered(app, 4))
        assert messages(app)[-1].failure is not None
        assert [r for r in claude.requests if r.method == "POST"] == []


OVERLOADED = anthropic_error(529, "overloaded_error", "Overloaded")


def prompts_to(server):
    return [request for request in server.requests if request.method == "POST"]


@pytest.mark.parametrize(
    ("confirmed", "limit", "steps_in"),
    [((), None, False), (("openai",), 1.0, False), (("openai",), None, True)],
    ids=["not agreed to", "with a limit", "agreed to for good"],
)
async def test_another_company_steps_in_by_itself_only_where_there_is_no_question(
    paths, theme, qtbot, world, claude, gpt, confirmed, limit, steps_in
):
    environment = world(
        anthropic=claude,
        openai=gpt,
        general={"fallback": "automatic"},
        privacy={"cloud_confirmed": list(confirmed)},
        cost={"monthly_limit": limit},
        environment=KEYS,
        max_retries=0,
    )
    claude.models = ANTHROPIC_MODELS[:1]
    claude.always("/v1/messages", OVERLOADED)
    async with opened(paths, theme, qtbot, **environment) as app:
        opus = "anthropic/claude-opus-5-5"
        await ready(app, opus, GPT)
        await choose(app, opus)
        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app))

        assert bool(prompts_to(gpt)) is steps_in
        if steps_in:
            assert messages(app)[-1].text == "Hello world"
            return
        assert messages(app)[-1].failure.kind == "OverloadedError"
        await until(lambda: "could answer instead" in app.window.notice.text())
        app.window.notice._button.click()
        await until(lambda: messages(app)[-1].text == "Hello world")


async def test_nothing_is_offered_when_the_user_wants_no_other_model(
    paths, theme, qtbot, world, lm_studio, ollama
):
    environment = world(lm_studio=lm_studio, ollama=ollama, general={"fallback": "never"})
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, LLAMA)
        await choose(app, QWEN)
        lm_studio.close()
        ended = []
        app.pane.running_changed.connect(lambda: ended.append(not app.pane.is_running))

        ask(app, qtbot, "Anybody?")
        await until(lambda: is_answered(app) and ended[-1:] == [True])

        assert messages(app)[-1].failure.kind == "ProviderUnreachableError"
        assert shown(app).card is not None
        assert app.window.notice.text() == ""
        assert ollama.asked("/api/chat") == []
