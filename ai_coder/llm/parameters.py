"""Which parameters a provider and a model take, and between which limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotated_types import Ge, Gt, Le, Lt

from ai_coder.llm.models import GenerationParameters

if TYPE_CHECKING:
    from ai_coder.llm.models import ModelConfig

USUAL_EFFORTS = ("low", "medium", "high")
"""What models that think take, where the server does not list its own."""

_WITHOUT_VALUE = frozenset({"json_schema"})
"""Fields that are part of another one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The smallest and largest value, None where there is no limit."""

    low: float | None = None
    high: float | None = None
    is_whole: bool = False

    def allows(self, value: float) -> bool:
        """Whether *value* lies within the limits."""
        is_high_enough = self.low is None or value >= self.low
        return is_high_enough and (self.high is None or value <= self.high)


def limits_of(name: str) -> Limits:
    """Return the limits that `GenerationParameters` states for the field *name*."""
    field = GenerationParameters.model_fields[name]
    is_whole = field.annotation == int | None
    low: float | None = None
    high: float | None = None
    for mark in field.metadata:
        match mark:
            case Ge(ge=value) if isinstance(value, int | float):
                low = value
            case Gt(gt=value) if isinstance(value, int | float):
                low = value + 1 if is_whole else value
            case Le(le=value) if isinstance(value, int | float):
                high = value
            case Lt(lt=value) if isinstance(value, int | float):
                high = value - 1 if is_whole else value
    return Limits(low, high, is_whole)


def accepted_for(by_provider: frozenset[str], model: ModelConfig | None) -> frozenset[str]:
    """Return the names of the fields that may be set for *model*.

    *by_provider* is the provider's `accepted_parameters`. A provider that knows more about a
    model says so in `metadata["accepted_parameters"]`.
    """
    if model is None:
        return by_provider
    told = model.metadata.get("accepted_parameters")
    accepted = by_provider & frozenset(told) if isinstance(told, list | tuple) else by_provider
    thinks = bool(model.reasoning_options) or "reasoning" in model.capabilities
    return accepted if thinks else accepted - {"reasoning_effort"}


def reasoning_options_for(model: ModelConfig | None) -> tuple[str, ...]:
    """Return the efforts to choose from."""
    return (model.reasoning_options if model else ()) or USUAL_EFFORTS


def changed_fields(parameters: GenerationParameters) -> frozenset[str]:
    """Return the names of the fields that differ from the server's defaults."""
    return frozenset(parameters.model_dump(exclude_defaults=True)) - _WITHOUT_VALUE


def unused_fields(parameters: GenerationParameters, accepted: frozenset[str]) -> frozenset[str]:
    """Return what is set and will not be sent, because the model does not take it."""
    return changed_fields(parameters) - accepted
