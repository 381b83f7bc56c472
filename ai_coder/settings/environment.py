"""Settings that come from environment variables; they win over every file."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_coder.llm.address import AddressError, normalize_address, ollama_address
from ai_coder.settings.problems import IgnoredVariableError
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ai_coder.errors import SettingsError
    from ai_coder.settings.spellings import Document


_NO_NUMBER = QT_TRANSLATE_NOOP("errors", "it is not a number.")


@dataclass(frozen=True, slots=True)
class Override:
    """A value that an environment variable sets; `path` are the keys down to it."""

    path: tuple[str, ...]
    variable: str
    text: str
    value: Any


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    provider: str
    field: str
    read: Callable[[str], Any]


def _address(text: str) -> str:
    normalize_address(text)
    return text


_VARIABLES = (
    _Variable("LM_STUDIO_BASE_URL", "lm_studio", "base_url", _address),
    _Variable("LM_STUDIO_TIMEOUT", "lm_studio", "timeout", float),
    _Variable("LM_STUDIO_MAX_RETRIES", "lm_studio", "max_retries", int),
    _Variable("OLLAMA_BASE_URL", "ollama", "base_url", ollama_address),
    _Variable("OLLAMA_HOST", "ollama", "base_url", ollama_address),
    _Variable("OLLAMA_TIMEOUT", "ollama", "timeout", float),
    _Variable("OPENAI_BASE_URL", "openai", "base_url", _address),
    _Variable("ANTHROPIC_BASE_URL", "anthropic", "base_url", _address),
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
            overrides.append(Override(path, variable.name, text, variable.read(text)))
        except ValueError:
            problems.append(ignored(variable.name, text, _NO_NUMBER))
        except AddressError as error:
            problems.append(ignored(variable.name, text, error.details["reason"]))
    return overrides, problems


def ignored(variable: str, text: str, reason: str) -> IgnoredVariableError:
    """Say why *variable* is not used; what may be a password is left out."""
    value = "…" if "@" in text else text
    return IgnoredVariableError(variable=variable, value=value, reason=reason)


def apply_overrides(document: Document, overrides: list[Override]) -> Document:
    """Return a copy of *document* with the values of the environment in it."""
    document = copy.deepcopy(document)
    for override in overrides:
        entry = document
        for key in override.path[:-1]:
            entry = entry.setdefault(key, {})
        entry[override.path[-1]] = override.value
    return document
