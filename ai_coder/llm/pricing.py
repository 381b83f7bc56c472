"""What answers cost: prices as data, with the date and the source of each.

Prices are US dollars per million tokens. They change, and some come from secondary sources
(cloud.md 6), so that they are shown with their date and can be replaced by the user's own.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ai_coder.errors import SettingsError
from ai_coder.llm.models import Locality, provider_of
from ai_coder.paths import find_paths
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ai_coder.llm.models import ModelConfig, ProviderConfig, TokenUsage

_LONG_ANSWER = 4096
"""Tokens; longer answers are rare, even where a model may write far more."""

_MILLION = 1_000_000
_DATE = re.compile(r"20\d\d-?\d\d-?\d\d")


class UnreadablePricesError(SettingsError):
    """A price list cannot be used."""

    message = QT_TRANSLATE_NOOP("errors", "The price list {path} cannot be read: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Costs are shown as unknown until it is mended.")


class Price(BaseModel):
    """US dollars per million tokens; *cached_input* and *cache_write* fall back to *input*."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached_input: float | None = Field(default=None, ge=0)
    cache_write: float | None = Field(default=None, ge=0)


class PromptTier(Price):
    """The price of a request whose prompt has more than *above* tokens."""

    above: int = Field(gt=0)


class Promotion(Price):
    """A price that holds up to and including the day *until*."""

    until: date


class PriceEntry(Price):
    """The price of one model, or of all models whose ids continue *model* with `-…`."""

    model: str
    tiers: tuple[PromptTier, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    context_length: int | None = Field(default=None, gt=0)
    looked_up: date = Field(alias="date")

    source: str

    def at(self, prompt_tokens: int, when: date) -> Price:
        """Return the price that holds for a prompt of that size on that day."""
        for promotion in sorted(self.promotions, key=lambda each: each.until):
            if when <= promotion.until:
                return promotion
        larger = [tier for tier in self.tiers if prompt_tokens > tier.above]
        return max(larger, key=lambda tier: tier.above, default=self)


class PriceList(BaseModel):
    """All known prices by provider id, and what the user said about single models."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = 1
    currency: str = "USD"
    unit: str = "per million tokens"
    free: tuple[str, ...] = ()
    """Kinds of provider that run on the user's own computers."""

    providers: dict[str, tuple[PriceEntry, ...]] = Field(default_factory=dict)

    def entry(self, kind: str, model: str) -> PriceEntry | None:
        """Return the entry of a model: its own, else that of the id it is a dated version of."""
        entries = self.providers.get(kind, ())
        fitting = [each for each in entries if _is_version(model, each.model)]
        return max(fitting, key=lambda each: len(each.model), default=None)

    def context_length(self, kind: str, model: str) -> int | None:
        """Return the window where the list knows it; providers that tell it are asked instead."""
        entry = self.entry(kind, model)
        return entry.context_length if entry else None


class Pricing:
    """Answers what a turn cost.

    *kinds* are the kinds of the configured providers by their id, *models* what the user says
    about models, by model ref.
    """

    def __init__(
        self,
        prices: PriceList,
        kinds: Mapping[str, str],
        models: Mapping[str, ModelConfig] | None = None,
    ) -> None:
        self._prices = prices
        self._kinds = kinds
        self._models = models or {}

    @classmethod
    def of_configured(
        cls,
        prices: PriceList,
        providers: Mapping[str, ProviderConfig],
        models: Iterable[ModelConfig],
    ) -> Pricing:
        """Return the pricing of configured *providers*, with what is configured for *models*."""
        kinds = {key: config.type or key for key, config in providers.items()}
        return cls(prices, kinds, {model.ref: model for model in models})

    def entry_of(self, ref: str) -> PriceEntry | None:
        """Return the listed price of a model ref, with its date and source."""
        provider, _, model = ref.partition("/")
        return self._prices.entry(self._kinds.get(provider, provider), model)

    def is_unpriced(self, model: ModelConfig) -> bool:
        """Whether nobody says a price: a free server, such as Ollama's, passes on to a company."""
        is_borrowed = self._is_free(model.provider) and model.locality is Locality.CLOUD
        return is_borrowed and self._stated(model.ref) is None

    def cost_of(
        self, ref: str, usage: TokenUsage | None, when: datetime | None = None
    ) -> float | None:
        """Return US dollars; 0 for models of one's own computers, None when it is not known."""
        stated = self._stated(ref)
        if stated is not None:
            return _flat_cost(stated, usage)
        if self._is_free(provider_of(ref)):
            return 0.0
        entry, counts = self.entry_of(ref), _counts(usage)
        if entry is None or usage is None or counts is None:
            return None
        return _cost(entry.at(counts[0], (when or datetime.now(UTC)).date()), usage)

    def estimate(self, ref: str, prompt_tokens: int, answer_tokens: int) -> float | None:
        """Return what a request of that size would cost now; None when it is not known."""
        from ai_coder.llm.models import TokenUsage

        usage = TokenUsage(input_tokens=prompt_tokens, output_tokens=answer_tokens)
        return self.cost_of(ref, usage)

    def _stated(self, ref: str) -> float | None:
        """Return what the user says that a thousand tokens cost."""
        own = self._models.get(ref)
        return own.cost_per_1k_tokens if own is not None else None

    def _is_free(self, provider: str) -> bool:
        return self._kinds.get(provider, provider) in self._prices.free


def long_answer(model: ModelConfig | None) -> int:
    """Return how many tokens an answer may become that nobody limits."""
    return min((model and model.max_tokens) or _LONG_ANSWER, _LONG_ANSWER)


def would_exceed(limit: float | None, spent: float, estimate: float | None) -> bool:
    """Whether a request passes the monthly *limit*; an unknown price counts once it is reached."""
    return limit is not None and spent + (estimate or 0.0) >= limit and estimate != 0.0


def load_prices(path: Path) -> PriceList:
    """Return the list in a file; raises `UnreadablePricesError`."""
    try:
        return PriceList.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UnreadablePricesError(path=path.name, reason=_reason(error)) from error


def shipped_prices() -> PriceList:
    """Return the list that the application ships with; reads one small file."""
    return load_prices(find_paths().resources / "pricing.json")


def _cost(price: Price, usage: TokenUsage) -> float:
    prompt = usage.input_tokens or 0
    cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
    fresh = max(prompt - cached - written, 0)
    cached_price = price.input if price.cached_input is None else price.cached_input
    written_price = price.input if price.cache_write is None else price.cache_write
    total = fresh * price.input + cached * cached_price + written * written_price
    return (total + (usage.output_tokens or 0) * price.output) / _MILLION


def _flat_cost(per_thousand: float, usage: TokenUsage | None) -> float | None:
    if per_thousand == 0:
        return 0.0
    counts = _counts(usage)
    return None if counts is None else sum(counts) * per_thousand / 1000


def _counts(usage: TokenUsage | None) -> tuple[int, int] | None:
    """Return what came and went; None where the server told only a part, or nothing."""
    if usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    return usage.input_tokens, usage.output_tokens


def _is_version(model: str, known: str) -> bool:
    """Whether *model* is *known* or a dated version of it: never a neighbour or another size."""
    rest = model.removeprefix(f"{known}-")
    return model == known or (rest != model and _DATE.fullmatch(rest) is not None)


def _reason(error: OSError | ValidationError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return error.strerror or str(error)
