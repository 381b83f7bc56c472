"""The context budget: estimates that learn, the meter, and what a server dropped."""

from __future__ import annotations

import pytest

from ai_coder.llm.context_budget import ContextBudget, ContextMeter, next_window, window_step
from ai_coder.llm.models import ChatMessage, Image, LoadedInstance, ModelConfig, Role

REF = "ollama/qwen"
TEXT = "x = compute(y)\n" * 400
MESSAGES = (ChatMessage(Role.USER, TEXT),)


def model(served=None, trained=32768):
    instances = (LoadedInstance(id="qwen", context_length=served),) if served else ()
    return ModelConfig(name="qwen", provider="ollama", context_length=trained, instances=instances)


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


@pytest.mark.parametrize("broken", [{REF: "many"}, {REF: 0}, {REF: None}, {REF: 1e9}])
def test_broken_memories_are_ignored(broken):
    assert not ContextBudget(broken).has_learned(REF)


def test_one_odd_count_moves_the_estimate_only_in_part():
    budget = ContextBudget()
    budget.learn(REF, MESSAGES, 2000)
    before = budget.estimate(REF, MESSAGES)

    budget.learn(REF, MESSAGES, 2400)

    assert before < budget.estimate(REF, MESSAGES) < 2300


def test_short_prompts_teach_nothing():
    budget = ContextBudget()

    budget.learn(REF, (ChatMessage(Role.USER, "Hi"),), 40)

    assert not budget.has_learned(REF)


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


def test_the_served_window_is_shown_not_the_catalogues():
    meter = ContextBudget().meter(model(served=4096), MESSAGES, configured=16384)

    assert meter.window == 4096
    assert meter.is_served
    assert not meter.is_exact


def test_without_a_loaded_model_the_configured_window_counts_up_to_the_models_own():
    assert ContextBudget().meter(model(), configured=16384).window == 16384
    assert ContextBudget().meter(model(trained=2048), configured=16384).window == 2048
    assert not ContextBudget().meter(model(), configured=16384).is_served


def test_an_unknown_window_stays_unknown():
    meter = ContextBudget().meter(model(), MESSAGES)

    assert (meter.window, meter.room, meter.share) == (None, None, None)
    assert not ContextBudget().will_overflow(model(), MESSAGES)


def test_a_count_of_the_server_is_exact():
    meter = ContextBudget().meter(model(served=8192), MESSAGES, counted=6000)

    assert meter == ContextMeter(8192, 6000, is_served=True, is_exact=True)
    assert meter.room == 2192
    assert meter.share == pytest.approx(0.732, abs=0.001)


def test_an_overflow_is_seen_before_sending():
    budget = ContextBudget()
    budget.learn(REF, MESSAGES, 3000)

    assert not budget.will_overflow(model(served=4096), MESSAGES)
    assert budget.will_overflow(model(served=4096), MESSAGES, answer=2000)
    assert budget.will_overflow(model(served=2048), MESSAGES)


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
