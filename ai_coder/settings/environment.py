"""Settings that come from environment variables; they win over every file."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_coder.errors import SettingsError
from ai_coder.llm.address import ollama_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ai_coder.settings.spellings import Document


@dataclass(frozen=True, slots=True)
class Override:
    """A value that an environment variable sets; `path` are the keys down to it."""

    path: tuple[str, ...]
    variable: str
    value: Any


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    provider: str
    field: str
    read: Callable[[str], Any]


_VARIABLES = (
    _Variable("LM_STUDIO_BASE_URL", "lm_studio", "base_url", str),
    _Variable("LM_STUDIO_TIMEOUT", "lm_studio", "timeout", float),
    _Variable("LM_STUDIO_MAX_RETRIES", "lm_studio", "max_retries", int),
    _Variable("OLLAMA_BASE_URL", "ollama", "base_url", ollama_address),
    _Variable("OLLAMA_HOST", "ollama", "base_url", ollama_address),
    _Variable("OLLAMA_TIMEOUT", "ollama", "timeout", float),
    _Variable("OPENAI_BASE_URL", "openai", "base_url", str),
    _Variable("ANTHROPIC_BASE_URL", "anthropic", "base_url", str),
)
"""The first variable that is set wins where two name the same value."""


def read_overrides(
    environment: Mapping[str, str],
) -> tuple[list[Override], list[SettingsError]]:
    """Return what the environment sets, and a sentence for each value that makes no sense."""
    overrides: list[Override] = []
    problems: list[SettingsError] = []
    for variable in _VARIABLES:
        text = environment.get(variable.name, "").strip()
        path = ("provider_configurations", variable.provider, variable.field)
        if not text or any(known.path == path for known in overrides):
            continue
        try:
            overrides.append(Override(path, variable.name, variable.read(text)))
        except (ValueError, SettingsError):
            reason = f"{variable.name} is set to “{text}”, which is not usable. It is ignored."
            problems.append(SettingsError(reason=reason))
    return overrides, problems


def apply_overrides(document: Document, overrides: list[Override]) -> Document:
    """Return a copy of *document* with the values of the environment in it."""
    document = copy.deepcopy(document)
    for override in overrides:
        entry = document
        for key in override.path[:-1]:
            entry = entry.setdefault(key, {})
        entry[override.path[-1]] = override.value
    return document
