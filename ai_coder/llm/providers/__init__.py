"""The providers the application knows, one line each.

A class is imported when a server of its kind is first used, so that no heavy package is
loaded at start-up. Outside packages add kinds through the entry-point group
`ai_coder.providers`: the name is the kind, the object a subclass of `BaseProvider`.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from ai_coder.errors import AICoderError, SettingsError
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_coder.llm.models import ProviderConfig
    from ai_coder.llm.providers.base import BaseProvider, ProviderServices

ENTRY_POINTS = "ai_coder.providers"

PROVIDERS: dict[str, str] = {
    "lm_studio": "ai_coder.llm.providers.lm_studio:LMStudioProvider",
    "ollama": "ai_coder.llm.providers.ollama:OllamaProvider",
    "llama_cpp": "ai_coder.llm.providers.llama_cpp:LlamaCppProvider",
    "openai_compatible": "ai_coder.llm.providers.openai_compatible:OpenAICompatibleProvider",
    "openai": "ai_coder.llm.providers.openai_cloud:OpenAIProvider",
    "anthropic": "ai_coder.llm.providers.anthropic:AnthropicProvider",
    "google_gemini": "ai_coder.llm.providers.gemini:GeminiProvider",
}

SPELLINGS = {"claude": "anthropic", "google": "google_gemini"}
"""Other names the specification allows for a kind."""


class UnknownProviderTypeError(SettingsError):
    """The settings name a kind of server that neither we nor an outside package know."""

    message = QT_TRANSLATE_NOOP("errors", "There is no kind of server named {type}.")
    hint = QT_TRANSLATE_NOOP("errors", "Choose another kind in Settings, or remove this server.")


class BrokenProviderError(SettingsError):
    """The code of a kind of server cannot be loaded."""

    message = QT_TRANSLATE_NOOP("errors", "Servers of the kind {type} cannot be used: {reason}")
    hint = QT_TRANSLATE_NOOP("errors", "Update or remove the package that adds it.")


def provider_class(kind: str) -> type[BaseProvider]:
    """Return the class for servers of *kind*, importing it now.

    Raises `UnknownProviderTypeError` and `BrokenProviderError`.
    """
    kind = _our_name(kind)
    if kind in PROVIDERS:
        module, _, name = PROVIDERS[kind].partition(":")
        try:
            found: type[BaseProvider] = getattr(import_module(module), name)
        except ImportError as error:
            raise BrokenProviderError(type=kind, reason=str(error)) from error
        return found
    return _outside_class(kind)


def new_provider(
    kind: str, provider_id: str, config: ProviderConfig, services: ProviderServices
) -> BaseProvider:
    """Return a server of *kind*; raises what `provider_class` raises, and `AddressError`."""
    made = provider_class(kind)
    if _our_name(kind) in PROVIDERS:
        return made(provider_id, config, services)
    with _foreign_code(kind):
        return made(provider_id, config, services)


def provider_kinds() -> list[str]:
    """Return the names of all kinds, our own first, without importing any of them."""
    outside = {point.name for point in entry_points(group=ENTRY_POINTS)}
    return [*PROVIDERS, *sorted(outside - set(PROVIDERS))]


def _our_name(kind: str) -> str:
    return SPELLINGS.get(kind.lower(), kind.lower())


@contextmanager
def _foreign_code(kind: str) -> Iterator[None]:
    """Let code of another package fail in any way, even by `sys.exit`, and explain it."""
    try:
        yield
    except (AICoderError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise BrokenProviderError(type=kind, reason=f"{type(error).__name__}: {error}") from error


def _outside_class(kind: str) -> type[BaseProvider]:
    from ai_coder.llm.providers.base import BaseProvider

    points = entry_points(group=ENTRY_POINTS, name=kind)
    if not points:
        raise UnknownProviderTypeError(type=kind)
    with _foreign_code(kind):
        found = next(iter(points)).load()
    if not (isinstance(found, type) and issubclass(found, BaseProvider)):
        raise BrokenProviderError(type=kind, reason=f"{points[kind].value} is not a provider")
    return found
