from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ai_coder.chat.context_use import ContextUse, context_use
from ai_coder.chat.conversation import Attachment, AttachmentKind, Message
from ai_coder.llm.context_budget import ContextBudget
from ai_coder.llm.models import Role, TokenUsage

REF = "lm_studio/qwen"
BUDGET = ContextBudget({REF: 4.0})


def prompt(text="x" * 400, **more):
    return Message(1, 1, None, Role.USER, text, datetime.now(UTC), **more)


def answer(text="y" * 400, ref=REF, **more):
    return Message(2, 1, 1, Role.ASSISTANT, text, datetime.now(UTC), model_ref=ref, **more)


def used(*messages, system_prompt=""):
    return context_use(BUDGET, REF, messages, system_prompt)


@pytest.mark.parametrize(
    ("counted", "reasoning", "use"),
    [
        (TokenUsage(120, 80), "", ContextUse(200, True)),
        (TokenUsage(120, 3080, reasoning_tokens=3000), "h" * 9000, ContextUse(200, True)),
        (TokenUsage(120, 3080), "h" * 12_000, ContextUse(200, False)),
        (TokenUsage(120, 80, reasoning_tokens=90), "", ContextUse(120, True)),
    ],
)
def test_thoughts_are_counted_in_the_answer_but_are_not_sent_again(counted, reasoning, use):
    assert used(prompt(), answer(usage=counted, reasoning=reasoning)) == use


def test_what_came_after_the_last_count_is_estimated():
    counted = answer(usage=TokenUsage(120, 80))

    assert used(prompt(), counted, prompt("z" * 40)) == ContextUse(210, False)
    assert used(prompt(), counted, prompt("z" * 40), answer("half")) == ContextUse(211, False)


def test_the_count_of_another_model_is_not_taken_over():
    other = answer(ref="ollama/llama", usage=TokenUsage(5000, 80))

    assert used(prompt(), other) == ContextUse(200, False)


def test_a_model_that_its_server_calls_by_another_name_is_the_same_one():
    named = answer(usage=TokenUsage(120, 80), answered_by="lm_studio/qwen-7b@q4")
    stand_in = answer(usage=TokenUsage(120, 80), answered_by="ollama/llama")

    assert used(prompt(), named) == ContextUse(200, True)
    assert used(prompt(), stand_in) == ContextUse(200, False)


def test_attached_texts_and_the_system_prompt_are_sent_too():
    file = Attachment("a.py", AttachmentKind.TEXT, "text/x-python", 4000, "d")

    assert used() == ContextUse(0, True)
    assert used(system_prompt="s" * 40) == ContextUse(10, False)
    assert used(prompt(attachments=(file,)), system_prompt="s" * 40) == ContextUse(1110, False)
