"""The context meter, and what happens when a prompt does not fit."""

from __future__ import annotations

import pytest

from tests.conftest import until
from tests.fake_lm_studio import Reply
from tests.servers.window import (
    QWEN,
    lines_under,
    loaded_at,
)
from tests.test_window import choose
from tests.window import ask, is_answered, messages, opened, refs


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
