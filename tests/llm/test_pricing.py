from datetime import UTC, date, datetime

import pytest

from ai_coder.llm.models import Locality, ModelConfig, ProviderConfig, TokenUsage
from ai_coder.llm.pricing import (
    PriceList,
    Pricing,
    UnreadablePricesError,
    load_prices,
    shipped_prices,
    would_exceed,
)

WHEN = datetime(2026, 11, 22, tzinfo=UTC)
KINDS = {"anthropic": "anthropic", "work": "openai", "lm_studio": "lm_studio", "box": "vllm"}


@pytest.fixture
def pricing():
    return Pricing(shipped_prices(), KINDS)


def test_every_shipped_price_has_a_date_and_a_source():
    prices = shipped_prices()

    entries = [entry for listed in prices.providers.values() for entry in listed]
    assert len(entries) > 30
    assert all(entry.source for entry in entries)
    assert all(date(2026, 1, 1) <= entry.looked_up <= date(2030, 1, 1) for entry in entries)
    for listed in prices.providers.values():
        assert len({entry.model for entry in listed}) == len(listed)


def test_input_and_output_are_priced_per_million(pricing):
    usage = TokenUsage(input_tokens=1_000_000, output_tokens=100_000)

    assert pricing.cost_of("anthropic/claude-opus-5-5", usage, WHEN) == pytest.approx(4 + 2)


def test_cached_and_written_tokens_are_part_of_the_prompt_with_prices_of_their_own(pricing):
    usage = TokenUsage(1000, 0, cached_tokens=600, cache_write_tokens=300)

    cost = pricing.cost_of("anthropic/claude-opus-5-5", usage, WHEN)

    assert cost == pytest.approx((100 * 4 + 600 * 0.2 + 300 * 5) / 1e6)


def test_long_prompts_cost_more(pricing):
    short = pricing.cost_of("work/gpt-5.5", TokenUsage(272_000, 1000), WHEN)
    long = pricing.cost_of("work/gpt-5.5", TokenUsage(272_001, 1000), WHEN)

    assert short == pytest.approx(0.272 * 5 + 0.03)
    assert long == pytest.approx(0.272001 * 10 + 0.045)


def test_a_promotion_ends_on_its_day(pricing):
    ref, usage = "google_gemini/gemini-3.8-flash", TokenUsage(1_000_000, 0)

    assert pricing.cost_of(ref, usage, datetime(2026, 12, 31, tzinfo=UTC)) == pytest.approx(0.75)
    assert pricing.cost_of(ref, usage, datetime(2027, 1, 1, tzinfo=UTC)) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-5.5", "gpt-5.5"),
        ("gpt-5.5-2026-04-23", "gpt-5.5"),
        ("gpt-5.4-mini", "gpt-5.4-mini"),
        ("gpt-5.4-mini-2026-01-01", "gpt-5.4-mini"),
        ("gpt-5.5-20260423", "gpt-5.5"),
        ("gpt-5.5-pro", None),
        ("gpt-5", None),
        ("gpt-5.6-2", None),
    ],
)
def test_a_dated_version_has_the_price_of_its_model_and_no_other_does(model, known):
    entry = shipped_prices().entry("openai", model)

    assert (entry and entry.model) == known


@pytest.mark.parametrize("model", ["claude-opus-5-6", "claude-sonnet-5-9"])
def test_the_price_of_a_neighbour_is_no_price(model):
    assert shipped_prices().entry("anthropic", model) is None
    assert shipped_prices().entry("anthropic", "claude-opus-5-20261101").model == "claude-opus-5"


def test_local_is_free_and_unknown_is_unknown(pricing):
    usage = TokenUsage(10, 10)

    assert pricing.cost_of("lm_studio/qwen", usage, WHEN) == 0.0
    assert pricing.cost_of("lm_studio/qwen", None, WHEN) == 0.0
    assert pricing.cost_of("box/llama", usage, WHEN) is None
    assert pricing.cost_of("anthropic/claude-77", usage, WHEN) is None
    assert pricing.cost_of("anthropic/claude-opus-5-5", None, WHEN) is None
    assert pricing.cost_of("anthropic/claude-opus-5-5", TokenUsage(), WHEN) is None
    assert pricing.cost_of("anthropic/claude-opus-5-5", TokenUsage(9), WHEN) is None


def test_what_the_user_says_per_thousand_tokens_wins():
    own = {
        "box/llama": ModelConfig(name="llama", provider="box", cost_per_1k_tokens=0.5),
        "anthropic/claude-opus-5-5": ModelConfig(
            name="claude-opus-5-5", provider="anthropic", cost_per_1k_tokens=0
        ),
    }
    pricing = Pricing(shipped_prices(), KINDS, own)

    assert pricing.cost_of("box/llama", TokenUsage(1500, 500), WHEN) == pytest.approx(1.0)
    assert pricing.cost_of("box/llama", TokenUsage(1500), WHEN) is None
    assert pricing.cost_of("anthropic/claude-opus-5-5", TokenUsage(9, 9), WHEN) == 0


def test_a_company_s_model_behind_a_local_server_has_the_price_that_the_user_says_or_none():
    near = ModelConfig(name="llama", provider="box")
    far = near.model_copy(update={"locality": Locality.CLOUD})
    gpt = ModelConfig(name="gpt-5.5", provider="work", locality=Locality.CLOUD)
    providers = {"box": ProviderConfig(type="ollama"), "work": ProviderConfig(type="openai")}
    silent = Pricing.of_configured(shipped_prices(), providers, [])
    stated = Pricing.of_configured(
        shipped_prices(), providers, [far.model_copy(update={"cost_per_1k_tokens": 0.5})]
    )

    assert [silent.is_unpriced(each) for each in (near, far, gpt)] == [False, True, False]
    assert not stated.is_unpriced(far)


@pytest.mark.parametrize(
    ("limit", "spent", "estimate", "asks"),
    [
        (None, 100, 1, False),
        (10, 9, 0.5, False),
        (10, 9, 1.5, True),
        (10, 9, None, False),
        (10, 10, None, True),
        (10, 12, 0.0, False),
    ],
)
def test_the_monthly_limit_asks_before_it_is_passed(limit, spent, estimate, asks):
    assert would_exceed(limit, spent, estimate) is asks


def test_an_unreadable_list_is_reported(tmp_path):
    broken = tmp_path / "pricing.json"
    broken.write_text('{"providers": {"openai": [{"model": "x"}]}}')

    with pytest.raises(UnreadablePricesError, match=r"pricing\.json"):
        load_prices(broken)
    with pytest.raises(UnreadablePricesError):
        load_prices(tmp_path / "none.json")


def test_an_empty_list_knows_nothing():
    assert Pricing(PriceList(), KINDS).cost_of("work/gpt-5.5", TokenUsage(1, 1), WHEN) is None
