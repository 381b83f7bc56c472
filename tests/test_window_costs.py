"""What answers cost, in the whole window."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from PyQt6.QtWidgets import QLabel, QPushButton

from tests.conftest import until
from tests.fake_cloud import ANTHROPIC_MODELS, anthropic_error, event, stream
from tests.fake_ollama import OllamaModel
from tests.server_fixtures import CLAUDE, KEYS, LLAMA, QWEN
from tests.window import (
    answered,
    ask,
    choose,
    find,
    is_answered,
    messages,
    opened,
    press,
    question,
    ready,
    reply,
    shown,
)


async def test_costs_stand_under_answers_in_the_panel_and_in_the_settings(
    paths, theme, qtbot, world, claude, lm_studio
):
    claude.models = [
        {**model, "id": name}
        for model, name in zip(
            ANTHROPIC_MODELS[:2],
            ("claude-unheard-of", "claude-haiku-4-5"),
            strict=True,
        )
    ]
    environment = world(
        anthropic=claude,
        lm_studio=lm_studio,
        privacy={"cloud_confirmed": ["anthropic"]},
        environment=KEYS,
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE, QWEN)
        app.commands.run("parameters")
        await answered(app, qtbot, CLAUDE, "one")
        expected = app.costs._prices().cost_of(CLAUDE, messages(app)[-1].usage)
        assert expected > 0
        assert messages(app)[-1].cost == pytest.approx(expected)
        assert "$" in shown(app).footer
        await until(lambda: "$" in find(app, QLabel, "chatCostLabel").text())
        await until(lambda: "Anthropic" in find(app, QLabel, "spendingLabel").text())

        await answered(app, qtbot, "anthropic/claude-unheard-of", "two", count=4)
        assert messages(app)[-1].cost is None
        assert "price unknown" in shown(app).footer
        await until(lambda: "1 answer" in find(app, QLabel, "chatCostLabel").text())

        await answered(app, qtbot, QWEN, "three", count=6)
        assert messages(app)[-1].cost == 0
        assert "price" not in shown(app).footer
        assert "free" not in shown(app).footer


async def test_the_price_the_user_states_wins(paths, theme, qtbot, world, claude):
    models = {"claude-haiku-4-5": {"provider": "anthropic", "cost_per_1k_tokens": 1.0}}
    environment = world(anthropic=claude, model_configurations=models, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await answered(app, qtbot, CLAUDE, "one")

        usage = messages(app)[-1].usage
        tokens = usage.input_tokens + usage.output_tokens
        assert messages(app)[-1].cost == pytest.approx(tokens / 1000)


async def test_the_monthly_limit_asks_before_it_is_passed(paths, theme, qtbot, world, claude):
    environment = world(anthropic=claude, cost={"monthly_limit": 0.000001}, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await choose(app, CLAUDE)
        ask(app, qtbot, "expensive")
        await until(lambda: question(app, "costQuestion") is not None)
        assert "limit" in question(app, "costQuestion").informativeText()
        await reply(app, "costQuestion", "Cancel")
        await until(lambda: app.pane.view.prompt_bar.text() == "expensive")
        assert messages(app) == []

        ask(app, qtbot, "expensive")
        await reply(app, "costQuestion", "Send anyway")
        await until(lambda: is_answered(app))


async def test_the_limit_asks_before_the_first_answer_of_a_chat_which_may_be_long(
    paths, theme, qtbot, world, claude
):
    environment = world(anthropic=claude, cost={"monthly_limit": 1}, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await app.store.add_spending("anthropic", 0.9999)
        await choose(app, CLAUDE)
        ask(app, qtbot, "Write a book")

        await until(lambda: question(app, "costQuestion") is not None)
        assert "may add about $0.02" in question(app, "costQuestion").informativeText()
        await reply(app, "costQuestion", "Cancel")
        assert messages(app) == []

        chat = app.pane.chat.session
        limited = chat.conversation.settings.parameters.model_copy(update={"max_tokens": 5})
        await chat.set_settings(replace(chat.conversation.settings, parameters=limited))
        await answered(app, qtbot, CLAUDE, "Write a word")


async def test_an_answer_that_went_on_costs_both_requests(paths, theme, qtbot, world, claude):
    async with opened(paths, theme, qtbot, **world(anthropic=claude, environment=KEYS)) as app:
        await ready(app, CLAUDE)
        claude.next("/v1/messages", counted("max_tokens", 100_000, 500))
        first = await answered(app, qtbot, CLAUDE, "one")
        assert first.cost == pytest.approx((100_000 * 1 + 500 * 5) / 1e6)
        claude.next("/v1/messages", counted("end_turn", 100_500, 300))

        press(app, qtbot, first, "card:continue")
        await until(lambda: is_answered(app) and messages(app)[-1].text == "part part ")

        cost = first.cost + (100_500 * 1 + 300 * 5) / 1e6
        assert messages(app)[-1].cost == pytest.approx(cost)
        assert "800 tokens · prompt 100,500" in shown(app).footer
        await until(lambda: not app.costs.tasks.is_running)
        assert await spent(app) == pytest.approx(cost)


async def test_the_cost_of_an_answer_that_broke_off_is_unknown(paths, theme, qtbot, world, claude):
    async with opened(paths, theme, qtbot, **world(anthropic=claude, environment=KEYS)) as app:
        await ready(app, CLAUDE)
        claude.next("/v1/messages", stream(counted_events("end_turn", 10_000, 500)[:2]))

        answer = await answered(app, qtbot, CLAUDE, "one")

        assert answer.cost is None
        footer = shown(app).footer
        assert "speed unknown" in footer
        assert "tokens unknown · prompt 10,000 · price unknown" in footer


def counted_events(reason, read, written):
    """Return the events of an answer of Claude that counts its tokens."""
    usage = {"input_tokens": read, "output_tokens": 1}
    events = [
        {"type": "message_start", "message": {"model": "claude-haiku-4-5", "usage": usage}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "part "}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason},
            "usage": {"output_tokens": written},
        },
        {"type": "message_stop"},
    ]
    return [event(each, name=each["type"]) for each in events]


def counted(reason, read, written):
    return stream(counted_events(reason, read, written))


async def test_the_limit_asks_before_an_answer_goes_on(paths, theme, qtbot, world, claude):
    environment = world(anthropic=claude, cost={"monthly_limit": 1}, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        first = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hel"}}
        claude.next("/v1/messages", stream([event(first)]))
        await answered(app, qtbot, CLAUDE, "one")
        assert messages(app)[-1].text == "Hel"
        await app.store.add_spending("anthropic", 1.0)
        asked = len(claude.asked("/v1/messages"))

        press(app, qtbot, messages(app)[-1], "card:continue")
        await reply(app, "costQuestion", "Cancel")
        assert len(claude.asked("/v1/messages")) == asked

        press(app, qtbot, messages(app)[-1], "card:continue")
        await reply(app, "costQuestion", "Send anyway")
        await until(lambda: is_answered(app) and messages(app)[-1].text == "HelHello world")


async def test_the_limit_asks_again_when_the_turn_of_a_waiting_prompt_comes(
    paths, theme, qtbot, world, claude
):
    environment = world(anthropic=claude, cost={"monthly_limit": 1}, environment=KEYS)
    go_on = asyncio.Event()
    first, *rest = claude._events({"model": "claude-haiku-4-5"})
    claude.next("/v1/messages", stream([first, go_on, *rest]))
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await choose(app, CLAUDE)
        ask(app, qtbot, "first")
        await until(lambda: len(claude.asked("/v1/messages")) == 1)
        ask(app, qtbot, "second")
        waiting = app.pane.chat.session.queue
        await until(lambda: len(waiting.prompts) == 1)

        await app.store.add_spending("anthropic", 1.0)
        go_on.set()
        await reply(app, "costQuestion", "Cancel")

        await until(lambda: is_answered(app, 2))
        assert [prompt.text for prompt in waiting.prompts] == ["second"]
        assert len(claude.asked("/v1/messages")) == 1

        find(app, QPushButton, "send_queuedButton").click()
        await reply(app, "costQuestion", "Send anyway")
        await until(lambda: is_answered(app, 4))
        assert waiting.prompts == ()


async def test_the_summary_for_a_fresh_chat_is_counted_too(paths, theme, qtbot, world, claude):
    async with opened(
        paths, theme, qtbot, **world(anthropic=claude, environment=KEYS, max_retries=0)
    ) as app:
        await ready(app, CLAUDE)
        await answered(app, qtbot, CLAUDE, "one")
        paid = messages(app)[-1].cost
        claude.next("/v1/messages", anthropic_error(400, "invalid_request_error", TOO_LONG))
        await answered(app, qtbot, CLAUDE, "two", count=4)
        before = app.pane.chat.id

        app.overflow.start_fresh(messages(app)[-1].id)
        await until(lambda: app.pane.chat.id != before and not app.overflow.tasks.is_running)

        assert "Summary of our conversation" in messages(app)[0].text
        await until(lambda: not app.costs.tasks.is_running)
        assert await spent(app) > paid


TOO_LONG = "prompt is too long: 210000 tokens > 200000 maximum"


async def spent(app):
    """Return what this month cost, in US dollars."""
    return sum(each.cost for each in await app.costs._this_month())


@pytest.fixture
def borrowed(ollama):
    """A model of a company that stands in Ollama's list."""
    ollama.models.append(OllamaModel("gpt-oss:120b-cloud", remote_host="https://ollama.com:443"))
    return "ollama/gpt-oss:120b-cloud"


async def test_the_price_of_a_cloud_model_of_ollama_is_unknown_and_said_to_be(
    paths, theme, qtbot, world, ollama, borrowed
):
    environment = world(ollama=ollama, privacy={"cloud_confirmed": ["ollama"]})
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, borrowed, LLAMA)
        app.commands.run("parameters")
        await answered(app, qtbot, borrowed, "one")

        assert messages(app)[-1].cost is None
        assert "price unknown" in shown(app).footer
        await until(lambda: "1 answer" in find(app, QLabel, "chatCostLabel").text())
        await until(lambda: "1 answer" in find(app, QLabel, "spendingLabel").text())

        await answered(app, qtbot, LLAMA, "two", count=4)
        assert messages(app)[-1].cost == 0
        assert "price" not in shown(app).footer


async def test_a_reached_limit_asks_before_a_model_whose_price_is_unknown(
    paths, theme, qtbot, world, ollama, borrowed
):
    environment = world(
        ollama=ollama, cost={"monthly_limit": 1}, privacy={"cloud_confirmed": ["ollama"]}
    )
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, borrowed)
        await app.store.add_spending("ollama", 1.0)
        await choose(app, borrowed)
        ask(app, qtbot, "expensive")

        await until(lambda: question(app, "costQuestion") is not None)
        assert "price of this model is not known" in question(app, "costQuestion").informativeText()
        await reply(app, "costQuestion", "Cancel")
        assert messages(app) == []
