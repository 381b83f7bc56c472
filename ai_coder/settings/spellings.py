"""One spelling for what a settings file may spell in two ways.

The specification's own words are accepted in a file of every version; what is merged, validated
and written has one spelling, so that two files can be laid over each other.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from ai_coder.llm.models import ProviderType

Document: TypeAlias = dict[str, Any]


def canonical_provider(name: str) -> str:
    """Return the one spelling of a provider id (`claude` is anthropic, `google` google_gemini)."""
    try:
        return str(ProviderType(name))
    except ValueError:
        return name


def in_one_spelling(document: Document) -> Document:
    """Return *document* with its providers and models spelled as we write them."""
    document = dict(document)
    providers = document.get("provider_configurations")
    if isinstance(providers, dict):
        document["provider_configurations"] = {
            canonical_provider(key): value for key, value in providers.items()
        }
    models = document.get("model_configurations")
    if isinstance(models, dict):
        document["model_configurations"] = {key: _model(entry) for key, entry in models.items()}
    return document


def _model(entry: object) -> object:
    if not isinstance(entry, dict):
        return entry
    entry = dict(entry)
    if "supported_features" in entry:
        features = entry.pop("supported_features")
        entry.setdefault("capabilities", features)
    if isinstance(entry.get("provider"), str):
        entry["provider"] = canonical_provider(entry["provider"])
    return entry
