"""How many tokens texts are, by an estimate that learns from the counts of the servers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_coder.llm.models import ChatMessage, JSONObject

_USUAL_RATIO = 3.5
"""Characters per token before anything was learned; code is nearer to 3, prose to 4."""

_PROSE_RATIO = 5.5
"""Any model may meet prose next, whatever it read until now."""

_LEAST_RATIO, _MOST_RATIO = 0.5, 8.0
_WEIGHT = 0.3
_MARGIN = 1.1
"""How far a text may go beyond the highest ratio that was seen."""

_ENOUGH_TO_LEARN = 400
"""Characters; in shorter prompts the template outweighs the text."""

_PER_MESSAGE = 6
"""Tokens the chat template adds to a message, about."""

_PER_IMAGE = 600
_LEAST_DROPPED = 256
_RUN = re.compile(r"(\W)\1{3,}")
"""Indentation, rules and padding: few tokens, however long."""

_PIECE = 32_768
"""Characters that are looked at for runs at a time."""


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Characters per token of one model: what is usual, and the highest that was seen."""

    usual: float
    highest: float

    def after(self, seen: float) -> _Ratio:
        usual = self.usual + _WEIGHT * (seen - self.usual)
        return _Ratio(usual, max(self.highest, seen))


class ContextBudget:
    """Estimates tokens, learning characters per token of each model from the server's counts.

    How much is used is told by the usual ratio. Whether something was lost, or cannot fit, is
    judged by the highest one: a paste of digits must not make prose look impossible.

    `ratios` is what `to_dict` of an earlier run gave; the owner keeps it.
    """

    def __init__(self, ratios: JSONObject | None = None) -> None:
        read = {ref: _ratio_of(saved) for ref, saved in (ratios or {}).items()}
        self._ratios = {ref: ratio for ref, ratio in read.items() if ratio is not None}
        self._doubted: set[str] = set()

    def to_dict(self) -> JSONObject:
        """Return what was learned as JSON: characters per token by model ref."""
        return {
            ref: {"usual": ratio.usual, "highest": ratio.highest}
            for ref, ratio in self._ratios.items()
        }

    def doubt(self, ref: str) -> None:
        """Let the next prompt to *ref* pass, however long it seems: the user knows better."""
        self._doubted.add(ref)

    def estimate_text(self, ref: str, text: str) -> int:
        """Return about how many tokens *text* is for the model *ref*."""
        return self.estimate_length(ref, len(text))

    def estimate_length(self, ref: str, characters: int) -> int:
        """Return about how many tokens a text of so many *characters* is for the model *ref*."""
        return round(characters / self._usual(ref))

    def estimate(self, ref: str, messages: Iterable[ChatMessage]) -> int:
        """Return about how many tokens a prompt of *messages* is for the model *ref*."""
        measured = _Measured.of(messages)
        return round(measured.characters / self._usual(ref)) + measured.extra

    def overflows(self, ref: str, messages: Iterable[ChatMessage], window: int) -> bool:
        """Tell whether *messages* cannot fit, even if they are as few tokens as they may be."""
        messages = tuple(messages)
        return ref not in self._doubted and _reaches(messages, window, self._highest(ref))

    def learn(
        self,
        ref: str,
        messages: Iterable[ChatMessage],
        counted: int,
        *,
        window: int | None = None,
    ) -> None:
        """Take over that the server *counted* so many tokens in *messages*.

        A prompt that the server cut short teaches nothing, and neither does one with pictures:
        what they count differs too much.
        """
        messages = tuple(messages)
        dropped = self.dropped(ref, messages, counted, window=window)
        self._doubted.discard(ref)
        measured = _Measured.of(messages)
        tokens = counted - measured.template
        if dropped or measured.images or measured.characters < _ENOUGH_TO_LEARN or tokens <= 0:
            return
        ratio = min(max(measured.characters / tokens, _LEAST_RATIO), _MOST_RATIO)
        known = self._ratios.get(ref)
        self._ratios[ref] = known.after(ratio) if known else _Ratio(ratio, ratio)

    def dropped(
        self,
        ref: str,
        messages: Iterable[ChatMessage],
        counted: int,
        *,
        window: int | None = None,
    ) -> int:
        """Return about how many tokens the server left out; 0 when it read what was sent.

        Where the prompt fits the *window* there was nothing to leave out, so that only a count
        that no text can have says otherwise. Pictures are not expected to count anything.
        """
        messages = tuple(messages)
        expected = round(_Measured.of(messages).characters / self._usual(ref))
        missing = expected - counted
        if missing < _LEAST_DROPPED:
            return 0
        had_reason = window is None or expected > window
        is_sure = had_reason and ref not in self._doubted
        ratio = self._highest(ref) if is_sure else _MOST_RATIO
        return missing if _reaches(messages, counted, ratio) else 0

    def _usual(self, ref: str) -> float:
        known = self._ratios.get(ref)
        return known.usual if known else _USUAL_RATIO

    def _highest(self, ref: str) -> float:
        known = self._ratios.get(ref)
        if known is None:
            return _MOST_RATIO
        return min(max(known.highest * _MARGIN, _PROSE_RATIO), _MOST_RATIO)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What can be counted of a prompt here."""

    characters: int
    template: int
    images: int

    @classmethod
    def of(cls, messages: Iterable[ChatMessage]) -> _Measured:
        characters = template = images = 0
        for message in messages:
            characters += len(message.text)
            template += _PER_MESSAGE
            images += len(message.images)
        return cls(characters, template, images)

    @property
    def extra(self) -> int:
        """The tokens that no characters stand for."""
        return self.template + _PER_IMAGE * self.images


def _reaches(messages: tuple[ChatMessage, ...], tokens: int, ratio: float) -> bool:
    """Whether *messages* are more than so many *tokens* at *ratio* characters per token."""
    left = tokens * ratio
    if _Measured.of(messages).characters <= left:
        return False
    for message in messages:
        for start in range(0, len(message.text), _PIECE):
            left -= len(_RUN.sub(r"\1", message.text[start : start + _PIECE]))
            if left < 0:
                return True
    return False


def _ratio_of(saved: object) -> _Ratio | None:
    """Read a ratio; those of earlier versions were one number."""
    pair = (saved.get("usual"), saved.get("highest")) if isinstance(saved, dict) else (saved,) * 2
    match pair:
        case (int() | float() as usual, int() | float() as highest) if (
            _LEAST_RATIO <= usual <= _MOST_RATIO and _LEAST_RATIO <= highest <= _MOST_RATIO
        ):
            return _Ratio(float(usual), float(highest))
    return None
