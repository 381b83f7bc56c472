"""How much of the context window is used, by counts of the server or an estimate that learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_coder.llm.context_window import next_window, window_step
from ai_coder.llm.models import Locality

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_coder.llm.models import ChatMessage, JSONObject, ModelConfig

__all__ = [
    "ContextBudget",
    "ContextMeter",
    "next_window",
    "window_step",
]

_USUAL_RATIO = 3.5
"""Characters per token before anything was learned; code is nearer to 3, prose to 4."""

_LEAST_RATIO, _MOST_RATIO = 0.5, 8.0
_WEIGHT = 0.3
_ENOUGH_TO_LEARN = 400
"""Characters; in shorter prompts the template outweighs the text."""

_PER_MESSAGE = 6
"""Tokens the chat template adds to a message, about."""

_PER_IMAGE = 600
_CLEARLY_FEWER = 0.7
"""A server that read less than this share of the estimate dropped something."""

_LEAST_DROPPED = 256


@dataclass(frozen=True, slots=True)
class ContextMeter:
    """What the meter shows: `window` is None when nobody said how large it is.

    `is_served` tells a window that is really served from one that is only configured;
    `is_exact` tells a count of the server from an estimate.
    """

    window: int | None
    used: int
    is_served: bool
    is_exact: bool

    @property
    def room(self) -> int | None:
        """Tokens left for the answer."""
        return None if self.window is None else max(self.window - self.used, 0)

    @property
    def share(self) -> float | None:
        """The used part, 0..1."""
        return None if not self.window else min(self.used / self.window, 1.0)


class ContextBudget:
    """Estimates tokens, learning characters per token of each model from the server's counts.

    `ratios` is what `to_dict` of an earlier run gave; the owner keeps it.
    """

    def __init__(self, ratios: JSONObject | None = None) -> None:
        self._ratios = {
            ref: float(ratio)
            for ref, ratio in (ratios or {}).items()
            if isinstance(ratio, int | float) and _LEAST_RATIO <= ratio <= _MOST_RATIO
        }

    def to_dict(self) -> JSONObject:
        """Return what was learned as JSON: characters per token by model ref."""
        return dict(self._ratios)

    def has_learned(self, ref: str) -> bool:
        """Tell whether the estimates of *ref* rest on counts of its server."""
        return ref in self._ratios

    def estimate_text(self, ref: str, text: str) -> int:
        """Return about how many tokens *text* is for the model *ref*."""
        return round(len(text) / self._ratios.get(ref, _USUAL_RATIO))

    def estimate(self, ref: str, messages: Iterable[ChatMessage]) -> int:
        """Return about how many tokens a prompt of *messages* is for the model *ref*."""
        characters, extra = _measure(messages)
        return round(characters / self._ratios.get(ref, _USUAL_RATIO)) + extra

    def least(self, messages: Iterable[ChatMessage]) -> int:
        """Return how many tokens a prompt of *messages* is at the very least, for any model."""
        characters, _ = _measure(messages)
        return int(characters / _MOST_RATIO)

    def learn(self, ref: str, messages: Iterable[ChatMessage], counted: int) -> None:
        """Take over that the server *counted* so many tokens in *messages*.

        A prompt that the server cut short teaches nothing.
        """
        messages = tuple(messages)
        characters, extra = _measure(messages)
        if characters < _ENOUGH_TO_LEARN or counted <= extra:
            return
        if self.dropped(ref, messages, counted):
            return
        ratio = min(max(characters / (counted - extra), _LEAST_RATIO), _MOST_RATIO)
        known = self._ratios.get(ref)
        self._ratios[ref] = ratio if known is None else known + _WEIGHT * (ratio - known)

    def dropped(self, ref: str, messages: Iterable[ChatMessage], counted: int) -> int:
        """Return about how many tokens the server left out; 0 when it read what was sent.

        Before anything was learned only a gross loss counts, for languages differ.
        """
        expected = self.estimate(ref, messages)
        share = _CLEARLY_FEWER if self.has_learned(ref) else _CLEARLY_FEWER / 2
        missing = expected - counted
        return missing if counted < expected * share and missing >= _LEAST_DROPPED else 0

    def meter(
        self,
        model: ModelConfig | None,
        messages: Iterable[ChatMessage] = (),
        *,
        configured: int | None = None,
        counted: int | None = None,
    ) -> ContextMeter:
        """Return the meter for the next prompt.

        *counted* is what the server counted for exactly this conversation; *configured* the
        window that will be asked for when the model is not loaded.
        """
        served = model.served_context if model else None
        if model is not None and model.locality is Locality.CLOUD:
            served = served or model.context_length  # a company serves the whole window
        window = served or configured
        if window and model and model.context_length:
            window = min(window, model.context_length)
        if counted is not None:
            return ContextMeter(window, counted, is_served=served is not None, is_exact=True)
        used = self.estimate(model.ref if model else "", messages)
        return ContextMeter(window, used, is_served=served is not None, is_exact=False)

    def will_overflow(
        self,
        model: ModelConfig,
        messages: Iterable[ChatMessage],
        *,
        configured: int | None = None,
        answer: int = 0,
    ) -> bool:
        """Tell whether *messages* and an *answer* of that many tokens exceed the window.

        An unknown window never overflows; the server will say.
        """
        meter = self.meter(model, messages, configured=configured)
        return meter.window is not None and meter.used + answer > meter.window


def _measure(messages: Iterable[ChatMessage]) -> tuple[int, int]:
    """Return the characters, and the tokens that no characters stand for."""
    characters = extra = 0
    for message in messages:
        characters += len(message.text)
        extra += _PER_MESSAGE + _PER_IMAGE * len(message.images)
    return characters, extra
