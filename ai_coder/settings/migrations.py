"""Lift settings files of older versions to the current schema.

A migration takes the raw document of version *n* and returns that of *n + 1*.
Published migrations are never edited; append a new one instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.settings.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_coder.settings.spellings import Document


def _features_become_capabilities(document: Document) -> Document:
    """Version 1 is the bare file of the specification: no version, `supported_features`."""
    models = document.get("model_configurations")
    for model in models.values() if isinstance(models, dict) else ():
        if isinstance(model, dict) and "supported_features" in model:
            model["capabilities"] = model.pop("supported_features")
    return document


MIGRATIONS: dict[int, Callable[[Document], Document]] = {
    1: _features_become_capabilities,
}


def version_of(document: Document) -> int:
    """Return the schema version a raw document says it has; 1 when it says nothing."""
    version = document.get("schema_version", 1)
    return version if isinstance(version, int) and version >= 1 else 1


def migrate(document: Document) -> Document:
    """Return *document* in the current schema; a newer one is returned as it is."""
    for version in range(version_of(document), SCHEMA_VERSION):
        document = {**MIGRATIONS[version](document), "schema_version": version + 1}
    return document
