"""Which model a chat asks when models come and go, in the whole window."""

from __future__ import annotations

from PyQt6.QtWidgets import QPlainTextEdit

from tests.conftest import until
from tests.server_fixtures import CLAUDE, GUIDE, KEYS, LLAMA, QWEN
from tests.window import answered, ask, choose, find, is_answered, messages, opened, ready, refs


def prompts_to(server):
    return [request for request in server.requests if request.method == "POST"]


def write(app, text):
    find(app, QPlainTextEdit, "promptEdit").setPlainText(text)


async def gone(app, server, ref):
    """Switch a server off and wait until its model is no longer offered."""
    server.close()
    app.health.ask_now()
    await until(lambda: ref not in refs(app), timeout=30)


async def new_chat(app):
    before = app.pane.chat
    app.pane.new_chat()
    await until(lambda: app.pane.chat is not before)


async def test_words_for_a_server_that_went_away_go_to_no_company(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE, GUIDE)
        assert app.picker.current_ref() == QWEN
        write(app, "my private code")

        await gone(app, lm_studio, QWEN)

        assert app.picker.current_ref() == QWEN
        assert "not available" in app.picker.placeholderText()
        ask(app, qtbot, "my private code")
        await until(lambda: is_answered(app))
        assert messages(app)[-1].failure.kind == "ProviderUnreachableError"
        assert prompts_to(claude) == []


async def test_an_empty_chat_takes_the_guide_rather_than_a_company(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE, GUIDE)
        await gone(app, lm_studio, QWEN)

        assert app.picker.current_ref() == GUIDE
        write(app, "")
        await answered(app, qtbot, CLAUDE, "chosen for this chat only")
        await new_chat(app)
        assert app.picker.current_ref() == GUIDE


async def test_a_company_is_asked_where_the_user_made_it_the_default(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(
        lm_studio=lm_studio, anthropic=claude, environment=KEYS, general={"default_model": CLAUDE}
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)

        assert app.picker.current_ref() == CLAUDE


async def test_what_is_written_keeps_its_model_in_other_chats_and_over_a_restart(
    paths, theme, qtbot, world, lm_studio, ollama
):
    environment = world(lm_studio=lm_studio, ollama=ollama)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, LLAMA)
        write(app, "half a question")
        written_in = app.pane.chat.id
        await new_chat(app)
        await gone(app, lm_studio, QWEN)
        assert app.picker.current_ref() == LLAMA

        app.pane.open(written_in)
        await until(lambda: app.pane.chat.id == written_in)
        assert app.picker.current_ref() == QWEN

    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, LLAMA)
        app.pane.open(written_in)
        await until(lambda: app.pane.view.prompt_bar.text() == "half a question")
        assert app.picker.current_ref() == QWEN


async def test_a_prompt_that_was_deleted_again_keeps_no_model(
    paths, theme, qtbot, world, lm_studio, ollama
):
    async with opened(paths, theme, qtbot, **world(lm_studio=lm_studio, ollama=ollama)) as app:
        await ready(app, QWEN, LLAMA)
        write(app, "never mind")
        write(app, "")

        await gone(app, lm_studio, QWEN)

        assert app.picker.current_ref() == LLAMA


async def test_what_is_written_to_the_guide_goes_to_a_real_model_when_there_is_one(
    paths, theme, qtbot, world, lm_studio, ollama
):
    world(lm_studio=lm_studio, ollama=None)
    async with opened(paths, theme, qtbot) as app:
        write(app, "typed at once")
        await ready(app, QWEN, GUIDE)

        assert app.picker.current_ref() == QWEN


async def test_a_chat_that_was_left_empty_is_used_again_without_its_model(
    paths, theme, qtbot, world, lm_studio, claude
):
    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)
        await choose(app, CLAUDE)
        await until(lambda: app.pane.chat.session.conversation.model_ref == CLAUDE)

    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, QWEN, CLAUDE)

        assert app.picker.current_ref() == QWEN
