"""Asking differently in the real window: drafts wait, what runs gives way, nothing is lost."""

from __future__ import annotations

import asyncio

import pytest
from PyQt6.QtCore import Qt

from tests.conftest import until
from tests.fake_lm_studio import LMModel, Reply
from tests.window import (
    ask,
    asked,
    choose,
    is_answered,
    messages,
    opened,
    press,
    prompt,
)

CTRL = Qt.KeyboardModifier.ControlModifier


def texts(app):
    return [message.text for message in messages(app)]


async def test_a_draft_waits_while_an_earlier_prompt_is_edited(
    paths, theme, qtbot, lm_studio, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        prompt(app).setPlainText("half a thought")

        press(app, qtbot, messages(app)[0], "edit")
        assert prompt(app).toPlainText() == "one"
        app.pane.view.prompt_bar.cancel_editing()
        assert prompt(app).toPlainText() == "half a thought"

        press(app, qtbot, messages(app)[0], "edit")
        ask(app, qtbot, "one, differently")
        await until(lambda: texts(app)[:1] == ["one, differently"] and is_answered(app))
        assert prompt(app).toPlainText() == "half a thought"
        assert not app.pane.view.prompt_bar.is_editing


@pytest.mark.parametrize("action", ["edit", "regenerate"])
async def test_asking_differently_ends_the_running_answer_and_keeps_it_beside(
    paths, theme, qtbot, lm_studio, servers, action
):
    lm_studio.then(Reply(content=["half ", "x"], stall_after=1), ["whole"])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "one")
        await until(lambda: texts(app)[-1:] == ["half "])

        if action == "edit":
            press(app, qtbot, messages(app)[0], "edit")
            ask(app, qtbot, "two")
        else:
            app.turns.regenerate_last()

        await until(lambda: texts(app)[-1] == "whole" and is_answered(app))
        place = 0 if action == "edit" else 1
        assert app.pane.chat.session.branches.position(messages(app)[place].id) == (2, 2)
        press(app, qtbot, messages(app)[place], "previous_branch")
        await until(lambda: texts(app) == ["one", "half "])


async def test_one_answer_runs_at_a_time_however_often_it_is_asked_again(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = Reply(content=["half ", "x"], stall_after=1)
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "one")
        await until(lambda: texts(app)[-1:] == ["half "])
        most = 0

        def count():
            nonlocal most
            most = max(most, sum(1 for t in asyncio.all_tasks() if t.get_name() == turn))

        turn = f"turn of chat {app.pane.chat.id}"
        app.pane.running_changed.connect(count)
        for _press in range(3):
            app.turns.regenerate_last()

        await until(lambda: not app.turns._tasks.is_running)
        await until(lambda: app.pane.chat.session.is_running and texts(app)[-1] == "half ")
        assert most == 1
        app.turns.stop()
        await until(lambda: not app.pane.chat.is_running)
        assert not app.pane.chat.session.is_running


async def test_what_has_to_wait_says_so(paths, theme, qtbot, lm_studio, servers):
    lm_studio.then(["first"], Reply(content=["half ", "x"], stall_after=1))
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        ask(app, qtbot, "two")
        await until(lambda: texts(app)[-1:] == ["half "])

        app.pane.view.transcript.action_requested.emit(messages(app)[1].id, "next_branch")

        assert "Stop the answer first" in app.window.status._message.whole_text()
        assert app.pane.chat.is_running


async def test_walking_through_earlier_prompts_ends_at_what_was_written(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        prompt(app).setPlainText("half a thought")

        qtbot.keyClick(prompt(app), Qt.Key.Key_Up, CTRL)
        assert prompt(app).toPlainText() == "one"
        qtbot.keyClick(prompt(app), Qt.Key.Key_Down, CTRL)

        assert prompt(app).toPlainText() == "half a thought"


async def test_retrying_with_the_model_of_then_leaves_the_chosen_one(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.models.append(LMModel("qwen3-4b"))
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await choose(app, "lm_studio/qwen3-4b")

        app.pane.view.transcript.action_requested.emit(messages(app)[1].id, "card:retry")

        await until(
            lambda: (
                not app.pane.chat.is_running and len(app.pane.chat.session.branches.parents) == 3
            )
        )
        assert messages(app)[-1].model_ref == "lm_studio/qwen2.5-coder-7b-instruct"
        assert app.pane.chat.session.conversation.model_ref == app.picker.current_ref()
