"""The figures of an answer that was cut off and went on."""

from __future__ import annotations

import pytest

from ai_coder.chat.answer import Answer
from ai_coder.chat.conversation import MessageStatus
from ai_coder.chat.ending import EndingKind, explain
from ai_coder.chat.session import ChatSession
from ai_coder.errors import ProviderUnreachableError, StreamInterruptedError
from ai_coder.llm.models import Finished, FinishReason, TextDelta, Timings, TokenUsage
from tests.chat.conftest import MODEL, events_of, reloaded

GONE = ProviderUnreachableError(provider="LM Studio", url="http://x")
CUT = StreamInterruptedError(provider="LM Studio")


def price(message):
    """A cent for each token of a request; nothing for one that failed before the first word."""
    if message.status is MessageStatus.FAILED and not message.text:
        return 0.0
    if message.usage is None or message.usage.output_tokens is None:
        return None
    return (message.usage.input_tokens + message.usage.output_tokens) / 100


@pytest.fixture
def session(loop, store, script):
    conversation = loop.run_until_complete(store.create_conversation(model_ref=MODEL))
    return ChatSession(store, conversation, script.stream, price=price)


async def answered(session, script, *events):
    """Ask, or go on with the answer there is; returns what became of it."""
    script.events = list(events)
    if session.messages:
        await events_of(session.continue_answer(session.messages[-1].id))
    else:
        await events_of(session.send("Count"))
    return session.messages[-1]


async def test_each_request_is_paid(session, store, script):
    await answered(
        session, script, TextDelta("1"), TokenUsage(100, 50), Finished(FinishReason.LENGTH)
    )
    await answered(
        session, script, TextDelta("2"), TokenUsage(160, 20), Finished(FinishReason.LENGTH)
    )
    await answered(session, script, TextDelta("3"), TokenUsage(190, 5), Finished(FinishReason.STOP))

    answer = (await reloaded(session, store, script)).messages[-1]
    assert answer.text == "123"
    assert answer.cost == pytest.approx(1.5 + 1.8 + 1.95)
    assert answer.usage == TokenUsage(190, 5)
    assert answer.output_tokens == 75


async def test_a_part_without_a_known_price_makes_the_whole_unknown(session, script):
    await answered(session, script, TextDelta("1"), TokenUsage(100), CUT)
    answer = await answered(session, script, TextDelta("2"), TokenUsage(150, 20))

    assert answer.cost is None
    assert answer.output_tokens is None
    assert answer.usage == TokenUsage(150, 20)


async def test_going_on_without_success_leaves_the_figures_as_they_were(session, script):
    timings = Timings(output_per_second=40.0)
    before = await answered(session, script, TextDelta("1"), TokenUsage(100, 50), timings, CUT)

    after = await answered(session, script, GONE)

    assert after.status is MessageStatus.FAILED
    assert (after.usage, after.timings, after.cost) == (before.usage, timings, before.cost)
    assert (after.seconds, after.first_token_seconds) == (
        before.seconds,
        before.first_token_seconds,
    )
    assert after.output_tokens == 50


async def test_a_crash_while_an_answer_goes_on_leaves_no_figures_that_are_not_true(
    session, store, script
):
    await answered(session, script, TextDelta("1"), TokenUsage(100, 50), CUT)
    script.events = [TextDelta("2"), None]
    going_on = session.continue_answer(session.messages[-1].id)
    async for event in going_on:
        if isinstance(event, TextDelta):
            break

    stored = (await reloaded(session, store, script)).messages[-1]

    assert stored.status is MessageStatus.RUNNING
    assert (stored.usage, stored.cost, stored.earlier_tokens) == (None, None, 50)
    await going_on.aclose()


async def test_the_window_is_full_when_the_last_request_filled_it(session, script):
    cut = Finished(FinishReason.LENGTH)
    await answered(session, script, TextDelta("1"), TokenUsage(2000, 1500), cut)
    answer = await answered(session, script, TextDelta("2"), TokenUsage(3520, 100), cut)
    assert explain(answer, 4096).kind is EndingKind.CUT_OFF

    answer = await answered(session, script, TextDelta("3"), TokenUsage(3640, 455), cut)
    assert explain(answer, 4096).kind is EndingKind.WINDOW_FULL


async def test_the_speed_is_that_of_the_last_request(session, store, script):
    first = await answered(session, script, TextDelta("1"), TokenUsage(100, 500), CUT)
    ticks = iter([10.0, 11.0, 11.0, 13.0])
    answer = Answer(first, store, is_continued=True, clock=lambda: next(ticks))

    answer.add(TextDelta("2"))
    answer.add(TokenUsage(620, 40))

    assert answer.complete().output_per_second == pytest.approx(20)
