"""Which other models may answer when the chosen one cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_coder.errors import (
    ConnectionLostError,
    HostNameRefusedError,
    LeftWhileLoadingError,
    ModelLoadFailedError,
    ModelNotFoundError,
    ModelNotLoadedError,
    NotAnApiError,
    OverloadedError,
    ProviderError,
    ProviderUnreachableError,
    ProxyDownError,
    ProxyRefusedError,
    ProxyTimeoutError,
    QuotaExceededError,
    RateLimitedError,
    ServerFailedError,
    ServerLeftError,
    ServerSilentError,
    UnknownModelError,
    WrongAddressError,
)
from ai_coder.llm.models import Locality, ModelConfig, ModelType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_DISTANCE = {Locality.LOCAL: 0, Locality.LAN: 1, Locality.CLOUD: 2}

_ANOTHER_CAN_HELP = (
    ConnectionLostError,
    HostNameRefusedError,
    LeftWhileLoadingError,
    ModelLoadFailedError,
    ModelNotFoundError,
    ModelNotLoadedError,
    NotAnApiError,
    OverloadedError,
    ProviderUnreachableError,
    ProxyDownError,
    ProxyRefusedError,
    ProxyTimeoutError,
    QuotaExceededError,
    RateLimitedError,
    ServerFailedError,
    ServerLeftError,
    ServerSilentError,
    UnknownModelError,
    WrongAddressError,
)
"""Failures that another model does not share; a refused or blocked request is not among them."""


def is_near(model: ModelConfig) -> bool:
    """Tell whether a model runs on a computer of the user's."""
    return model.locality is not Locality.CLOUD


@dataclass(frozen=True, slots=True)
class FallbackPolicy:
    """Whether and where another model may step in before the first word.

    It is never farther away than the chosen one, and `may_use` allows it: without a question
    no company gets what it did not get before, and nothing is spent.
    """

    is_enabled: bool = False
    may_use: Callable[[ModelConfig], bool] = is_near
    most: int = 2
    """How many other models to try."""


def another_can_help(error: ProviderError) -> bool:
    """Tell whether a different model is worth trying after *error*."""
    return isinstance(error, _ANOTHER_CAN_HELP)


def another_can_help_after(kind: str) -> bool:
    """Tell the same of an error of which only the name of its class is kept."""
    return any(kind == each.__name__ for each in _ANOTHER_CAN_HELP)


def rank_alternatives(
    ref: str, known: Iterable[ModelConfig], priority: Callable[[str], int]
) -> list[ModelConfig]:
    """Return the models that could stand in for *ref*, best first; none is farther away.

    The same model on another server comes first, then what is nearer, then by the priority of
    the servers, and of one server's models what is in memory.
    """
    models = list(known)
    _, _, wanted = ref.partition("/")
    origin = next((model.locality for model in models if model.ref == ref), Locality.LOCAL)
    candidates = [
        model
        for model in models
        if model.ref != ref
        and model.is_enabled
        and not model.metadata.get("help_only")
        and model.model_type is not ModelType.EMBEDDING
        and _DISTANCE[model.locality] <= _DISTANCE[origin]
    ]
    return sorted(
        candidates,
        key=lambda model: (
            model.name != wanted,
            _DISTANCE[model.locality],
            priority(model.provider),
            not model.is_loaded,
        ),
    )
