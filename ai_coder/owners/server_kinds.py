"""What the Settings view needs to know of each kind of provider."""

from __future__ import annotations

from ai_coder.errors import AICoderError
from ai_coder.llm.providers import provider_class, provider_kinds
from ai_coder.ui.settings.server_kind import ServerKind


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
                uses_folder=kind.has_models_folder,
                is_addable=kind.is_local and not kind.is_built_in,
                key_variables=kind.key_variables,
                key_page=kind.key_page,
            )
        )
    return kinds, problems
