"""What the Settings view needs to know of each kind of provider."""

from __future__ import annotations

from ai_coder.errors import AICoderError
from ai_coder.llm.providers import PROVIDERS, provider_class, provider_kinds
from ai_coder.ui.settings.server_kind import ServerKind

_ADDABLE = ("lm_studio", "ollama", "openai_compatible")
_KEY_PAGES = {
    "openai": "platform.openai.com/api-keys",
    "anthropic": "console.anthropic.com/settings/keys",
    "google_gemini": "aistudio.google.com/apikey",
}


def server_kinds() -> tuple[list[ServerKind], list[AICoderError]]:
    """Return the facts of every kind that can be loaded, and why others cannot."""
    kinds, problems = [], []
    for name in provider_kinds():
        try:
            kind = provider_class(name)
        except AICoderError as error:
            problems.append(error)
            continue
        kinds.append(
            ServerKind(
                name,
                kind.display_name,
                kind.default_url,
                is_local=kind.is_local,
                needs_key=kind.needs_key,
                uses_folder=name == "llama_cpp",
                is_addable=name in _ADDABLE or (name not in PROVIDERS and kind.is_local),
                key_variables=kind.key_variables,
                key_page=_KEY_PAGES.get(name, ""),
            )
        )
    return kinds, problems
