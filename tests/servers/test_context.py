"""The context meter, and what happens when a prompt does not fit."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from PyQt6.QtWidgets import QPushButton

from ai_coder.llm.models import ChatMessage, Role
from ai_coder.ui.catalogue.model_row import RowAction
from tests.conftest import until
from tests.fake_lm_studio import Reply
from tests.servers.window import (
    LLAMA,
    QWEN,
    click,
    lines_under,
    loaded_at,
)
from tests.test_window import choose
from tests.window import ask, find, is_answered, messages, opened, press, refs


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


async def test_an_answer_that_went_on_is_counted_once_and_keeps_its_speed(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.level = "v0"
    first = Reply(content=["x"] * 1000, finish_reason="length", prompt_tokens=100)
    lm_studio.then(first, Reply(content=["y"] * 300, prompt_tokens=1120))
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))
        meter = app.pane.view.prompt_bar.meter
        assert meter.text() == "1.1k of 32k"

        press(app, qtbot, messages(app)[-1], "card:continue")
        await until(lambda: is_answered(app) and messages(app)[-1].usage.input_tokens == 1120)

        assert meter.text() == "1.4k of 32k"
        answer, footer = messages(app)[-1], lines_under(app)[1]
        assert answer.output_per_second == pytest.approx(
            300 / (answer.seconds - answer.first_token_seconds)
        )
        assert "1,300 tokens · prompt 1,120" in footer


async def test_a_first_answer_that_filled_the_window_says_so(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.model("qwen2.5-coder-7b-instruct").loaded[0].context_length = 4096
    lm_studio.reply = Reply(content=["x "] * 46, prompt_tokens=4050)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        ask(app, qtbot, "Hi")
        await until(lambda: is_answered(app))

        card = lines_under(app)[2].card
        assert "window of 4096 tokens is full" in card.title
        assert [offer.action for offer in card.offers] == ["continue"]


async def test_the_meter_of_another_model_is_an_estimate(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.reply = Reply(content=["a", "b"], prompt_tokens=1200)
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: {QWEN, LLAMA} <= set(refs(app)))
        choose(app, QWEN)
        ask(app, qtbot, "word " * 70)
        await until(lambda: is_answered(app))
        meter = app.pane.view.prompt_bar.meter
        assert meter.text() == "1.2k of 32k"

        choose(app, LLAMA)

        await until(lambda: meter.text() == "about 100 of 8k")


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


async def overflowed(app, qtbot, lm_studio):
    """Ask more than fits, and press "Reload"; returns what the model is called."""
    await until(lambda: QWEN in refs(app))
    choose(app, QWEN)
    ask(app, qtbot, "words and words " * 4000)
    await until(lambda: is_answered(app))
    app.pane.view.transcript.action_requested.emit(messages(app)[-1].id, "card:reload_larger")
    await until(lambda: lm_studio.asked("/api/v1/models/load"))


@pytest.fixture
def small_window(lm_studio):
    instance = lm_studio.model("qwen2.5-coder-7b-instruct").loaded[0]
    instance.context_length, instance.options = 4096, {"flash_attention": False}
    return instance


async def test_reloading_tells_how_far_it_is_and_can_be_given_up(
    paths, theme, qtbot, lm_studio, both_servers, small_window
):
    lm_studio.loading = asyncio.Event()
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await overflowed(app, qtbot, lm_studio)
        said = app.window.status._message
        await until(lambda: said.text().startswith("Loading"))
        sent = lm_studio.asked("/api/v1/models/load")[-1].json
        assert sent["flash_attention"] is False, "what it was loaded with is lost"

        click(qtbot, find(app, QPushButton, "cancelMessageButton"))

        await until(lambda: lm_studio.abandoned)
        await until(lambda: said.text() == "")
        assert not app.overflow.tasks.is_running
        assert find(app, QPushButton, "cancelMessageButton").isHidden()


async def test_what_cannot_be_reloaded_larger_is_loaded_as_before(
    paths, theme, qtbot, lm_studio, both_servers, small_window
):
    lm_studio.most_context = 4096
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await overflowed(app, qtbot, lm_studio)

        await until(lambda: "as it was before" in app.window.notice.text())

        assert loaded_at(lm_studio, "qwen2.5-coder-7b-instruct") == [4096]
        assert len(messages(app)) == 2, "it asked again although nothing changed"


async def test_a_version_that_cannot_load_does_not_offer_it(
    paths, theme, qtbot, lm_studio, both_servers, small_window
):
    lm_studio.level = "v0"
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)
        ask(app, qtbot, "words and words " * 4000)
        await until(lambda: is_answered(app))

        offers = [offer.text for offer in lines_under(app)[2].card.offers]
        assert not any("Reload" in text for text in offers)
        await until(lambda: "models" in app.window._views)
        assert app.window.view("models").table.row(QWEN).action is RowAction.NONE
        app.picker.showPopup()
        app.picker._popup._mark(QWEN)
        assert find(app, QPushButton, "modelPopupLoadButton").isHidden()


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


@pytest.mark.parametrize(("wanted", "sent"), [(None, 16384), (32768, 32768)])
async def test_a_prompt_is_measured_by_the_window_that_goes_with_it(
    paths, theme, qtbot, ollama, both_servers, wanted, sent
):
    ollama.reply = Reply(content=["ok"])
    await ollama.load(ollama.find("llama3.2:3b"), {"options": {"num_ctx": 4096}})
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: LLAMA in refs(app))
        app.chats._budget.learn(LLAMA, (ChatMessage(Role.USER, "word " * 1000),), 1250)
        choose(app, LLAMA)
        await until(lambda: app.core.catalogue.get(LLAMA).served_context == 4096)
        session = app.pane.chat.session
        await session.set_settings(replace(session.conversation.settings, context_length=wanted))

        ask(app, qtbot, "word " * 7000)
        await until(lambda: is_answered(app))

        assert messages(app)[-1].failure is None
        assert ollama.asked("/api/chat")[-1].json["options"]["num_ctx"] == sent
        assert app.pane.view.prompt_bar.meter.text().endswith(f"of {sent // 1024}k")


async def test_the_window_of_a_model_that_is_not_loaded_is_the_one_that_will_be_asked_for(
    paths, theme, qtbot, both_servers
):
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: LLAMA in refs(app))
        choose(app, LLAMA)
        meter = app.pane.view.prompt_bar.meter

        assert meter.text() == "0 of 8k"
        assert "will be asked for" in meter.toolTip()


async def test_a_prompt_that_is_too_long_says_by_how_much_and_offers_a_window_that_holds_it(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.model("qwen2.5-coder-7b-instruct").loaded[0].context_length = 4096
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        choose(app, QWEN)

        ask(app, qtbot, "word " * 9500)
        await until(lambda: is_answered(app))

        card = lines_under(app)[2].card
        assert "about 13.6k tokens" in card.cause
        assert "holds 4k" in card.cause
        assert [offer.text for offer in card.offers] == [
            "Reload with 16k",
            "Start fresh with a summary",
            "Send anyway",
        ]


async def test_a_prompt_that_only_seems_too_long_is_sent_anyway(
    paths, theme, qtbot, lm_studio, both_servers
):
    lm_studio.reply = Reply(content=["Fits"], prompt_tokens=4000)
    lm_studio.model("qwen2.5-coder-7b-instruct").loaded[0].context_length = 4096
    async with opened(paths, theme, qtbot, **both_servers) as app:
        await until(lambda: QWEN in refs(app))
        app.chats._budget.learn(QWEN, (ChatMessage(Role.USER, "9f8a7c6d" * 500),), 2200)
        choose(app, QWEN)
        ask(app, qtbot, "words " * 5000)
        await until(lambda: is_answered(app))
        assert messages(app)[-1].failure is not None

        press(app, qtbot, messages(app)[-1], "card:send_anyway")
        await until(lambda: messages(app)[-1].text == "Fits")

        assert messages(app)[-1].failure is None
        assert messages(app)[-1].notices == ()
