"""Honest answers about the answer."""

from __future__ import annotations

import pytest

from tests.conftest import until
from tests.fake_lm_studio import Reply
from tests.servers.window import (
    QWEN,
    lines_under,
)
from tests.test_window import choose
from tests.window import ask, is_answered, messages, opened, refs


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
