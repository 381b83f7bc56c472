"""The context budget: estimates that learn, what cannot fit, and what a server dropped."""

from __future__ import annotations

import pytest

from ai_coder.llm.context_budget import ContextBudget
from ai_coder.llm.context_window import next_window, window_step
from ai_coder.llm.models import ChatMessage, Image, Role

REF = "ollama/qwen"
TEXT = "x = compute(y)\n" * 400
MESSAGES = (ChatMessage(Role.USER, TEXT),)


def prompt(text, images=()):
    return (ChatMessage(Role.USER, text, images=images),)


PROSE = prompt("The quick brown fox jumps over the lazy dog. " * 100)
DIGITS = prompt("9f8a7c6d" * 500)
PICTURE = Image("image/png", b"")


def test_an_estimate_comes_near_the_servers_count_after_one_turn():
    budget = ContextBudget()
    first_guess = budget.estimate(REF, MESSAGES)

    budget.learn(REF, MESSAGES, 2400)

    assert first_guess != pytest.approx(2400, rel=0.1)
    assert budget.estimate(REF, MESSAGES) == pytest.approx(2400, rel=0.01)
    assert budget.estimate("ollama/other", MESSAGES) == first_guess


def test_what_was_learned_survives_a_restart():
    budget = ContextBudget()
    budget.learn(REF, MESSAGES, 2400)

    again = ContextBudget(budget.to_dict())

    assert again.estimate(REF, MESSAGES) == budget.estimate(REF, MESSAGES)


@pytest.mark.parametrize("broken", ["many", 0, None, 1e9, {"usual": 3}, {"usual": 3, "highest": 0}])
def test_broken_memories_are_ignored(broken):
    assert ContextBudget({REF: broken}).to_dict() == {}


def test_what_an_earlier_version_learned_is_read():
    assert ContextBudget({REF: 2.5}).estimate(REF, MESSAGES) == pytest.approx(2400, rel=0.01)


def test_one_odd_count_moves_the_estimate_only_in_part():
    budget = ContextBudget()
    budget.learn(REF, MESSAGES, 2000)
    before = budget.estimate(REF, MESSAGES)

    budget.learn(REF, MESSAGES, 2400)

    assert before < budget.estimate(REF, MESSAGES) < 2300


def test_short_prompts_teach_nothing():
    budget = ContextBudget()

    budget.learn(REF, (ChatMessage(Role.USER, "Hi"),), 40)

    assert budget.to_dict() == {}


def test_images_count():
    picture = ChatMessage(Role.USER, "Look", images=(Image("image/png", b""),))

    budget = ContextBudget()

    assert budget.estimate(REF, [picture]) > budget.estimate(REF, [ChatMessage(Role.USER, "Look")])


def test_tokens_that_the_server_left_out_are_noticed():
    budget = ContextBudget()
    budget.learn(REF, MESSAGES, 2400)

    assert budget.dropped(REF, MESSAGES, 1000) == pytest.approx(1400, rel=0.02)
    assert budget.dropped(REF, MESSAGES, 2300) == 0


def test_a_cut_prompt_does_not_spoil_the_estimate():
    budget = ContextBudget()
    budget.learn(REF, MESSAGES, 2400)

    budget.learn(REF, MESSAGES, 130)

    assert budget.estimate(REF, MESSAGES) == pytest.approx(2400, rel=0.01)


def test_before_anything_was_learned_only_a_gross_loss_is_told():
    budget = ContextBudget()
    expected = budget.estimate(REF, MESSAGES)

    assert budget.dropped(REF, MESSAGES, round(expected * 0.5)) == 0
    assert budget.dropped(REF, MESSAGES, round(expected * 0.1)) > 0


@pytest.mark.parametrize(
    ("first", "counted"), [(DIGITS, 2206), (prompt("这是一个很长的问题。" * 200), 1506)]
)
def test_prose_after_denser_texts_is_neither_lost_nor_too_long(first, counted):
    budget = ContextBudget()
    budget.learn(REF, first, counted)

    assert not budget.overflows(REF, PROSE * 5, 8192)
    assert budget.dropped(REF, PROSE * 5, 5600, window=8192) == 0
    assert budget.dropped(REF, PROSE, 1006, window=32_768) == 0


def test_an_estimate_that_was_far_off_comes_nearer_with_every_count():
    budget = ContextBudget()
    budget.learn(REF, DIGITS, 2206)

    for _ in range(8):
        budget.learn(REF, PROSE, 1006, window=32_768)

    assert budget.estimate(REF, PROSE) == pytest.approx(1006, rel=0.05)


def test_where_the_prompt_fits_the_window_only_an_impossible_count_is_a_loss():
    budget = ContextBudget()
    budget.learn(REF, MESSAGES, 2400)

    assert budget.dropped(REF, MESSAGES, 900, window=2048) == pytest.approx(1500, rel=0.02)
    assert budget.dropped(REF, MESSAGES, 900, window=32_768) == 0
    assert budget.dropped(REF, MESSAGES, 300, window=32_768) == pytest.approx(2100, rel=0.02)


@pytest.mark.parametrize("counted", [90, 276])
def test_pictures_may_count_little_and_teach_nothing(counted):
    budget = ContextBudget()
    budget.learn(REF, PROSE, 1006)
    before = budget.to_dict()
    look = prompt("What is this?", (PICTURE,))

    assert budget.dropped(REF, look, counted) == 0
    budget.learn(REF, (*PROSE, *look), 1006 + counted)
    assert budget.to_dict() == before


def test_a_prompt_is_too_long_only_if_no_text_of_that_length_fits():
    budget = ContextBudget()
    assert not budget.overflows(REF, prompt("word " * 6000), 4096)
    assert budget.overflows(REF, prompt("word " * 7000), 4096)

    budget.learn(REF, PROSE, 1006)

    assert not budget.overflows(REF, prompt("word " * 4000), 4096)
    assert budget.overflows(REF, prompt("word " * 5000), 4096)


def test_rules_and_indentation_are_few_tokens():
    table = prompt(("-" * 78 + "\n" + " " * 40 + "x\n") * 500)

    assert not ContextBudget().overflows(REF, table, 4096)
    assert ContextBudget().dropped(REF, table, 1500) == 0


def test_a_prompt_that_the_user_sends_anyway_passes_and_teaches():
    budget = ContextBudget()
    budget.learn(REF, DIGITS, 2206)
    odd = prompt("word " * 8000)
    assert budget.overflows(REF, odd, 4096)

    budget.doubt(REF)
    assert not budget.overflows(REF, odd, 4096)
    assert budget.dropped(REF, odd, 6500, window=4096) == 0
    budget.learn(REF, odd, 6500, window=4096)

    assert not budget.overflows(REF, odd, 6600)
    assert budget.overflows(REF, odd, 4096)


@pytest.mark.parametrize(
    ("tokens", "most", "step"),
    [
        (0, None, 8192),
        (8192, None, 8192),
        (8193, None, 16384),
        (50_000, None, 65536),
        (50_000, 40_960, 40_960),
        (100, 2048, 2048),
    ],
)
def test_windows_come_in_steps(tokens, most, step):
    assert window_step(tokens, most=most) == step


def test_the_step_above():
    assert next_window(8192) == 16384
    assert next_window(8192, most=10_000) == 10_000
    assert next_window(32768, most=32768) is None
