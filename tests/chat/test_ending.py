from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ai_coder.chat.conversation import Message, MessageStatus
from ai_coder.chat.ending import EndingKind, explain
from ai_coder.llm.models import FinishReason, GenerationParameters, Role, TokenUsage


def answer(text="Words", reason=FinishReason.STOP, status=MessageStatus.COMPLETE, **more):
    now = datetime.now(UTC)
    return Message(1, 1, None, Role.ASSISTANT, text, now, status, finish_reason=reason, **more)


LENGTH = FinishReason.LENGTH


@pytest.mark.parametrize(
    ("message", "window", "kind", "can_continue"),
    [
        (answer(), None, None, None),
        (answer(status=MessageStatus.FAILED), None, None, None),
        (answer(status=MessageStatus.STOPPED), None, EndingKind.STOPPED, True),
        (answer("", status=MessageStatus.STOPPED), None, EndingKind.STOPPED, False),
        (answer(status=MessageStatus.INTERRUPTED), None, EndingKind.INTERRUPTED, True),
        (answer(reason=LENGTH), None, EndingKind.CUT_OFF, True),
        (
            answer(
                reason=LENGTH,
                parameters=GenerationParameters(max_tokens=50),
                usage=TokenUsage(10, 50),
            ),
            60,
            EndingKind.LIMIT_REACHED,
            True,
        ),
        (
            answer(reason=LENGTH, usage=TokenUsage(3000, 1096)),
            4096,
            EndingKind.WINDOW_FULL,
            True,
        ),
        (answer(reason=LENGTH, usage=TokenUsage(3000, 100)), 4096, EndingKind.CUT_OFF, True),
        (
            answer("", LENGTH, reasoning="Hm", usage=TokenUsage(10, 50, 50)),
            None,
            EndingKind.BUDGET_SPENT_THINKING,
            False,
        ),
        (answer("", reasoning="Hm"), None, EndingKind.ONLY_THOUGHTS, False),
        (answer("", FinishReason.TOOL_CALLS), None, EndingKind.TOOL_CALL_DROPPED, False),
        (answer("", FinishReason.CONTENT_FILTER), None, EndingKind.BLOCKED, False),
        (answer(" \n"), None, EndingKind.EMPTY, False),
    ],
)
def test_the_end_of_an_answer_is_explained(message, window, kind, can_continue):
    ending = explain(message, window)

    assert (ending and ending.kind) == kind
    assert (ending and ending.can_continue) == can_continue


def test_the_values_fill_in_the_words():
    message = answer(reason=LENGTH, usage=TokenUsage(3000, 1096))

    assert dict(explain(message, 4096).values) == {"context_length": "4096", "used": "4096"}
