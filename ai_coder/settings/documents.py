"""Settings as plain tables: laid over each other, compared, and put right."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_coder.settings.spellings import Document

_NOTHING = object()


def merge(lower: Document, upper: Document) -> Document:
    """Return *lower* with every value that *upper* has, key by key."""
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            merged[key] = merge(below, value)
        else:
            merged[key] = value
    return merged


def changed(document: Document, before: Document, after: Document) -> Document:
    """Return *document* with everything in which *after* differs from *before*, key by key."""
    result = dict(document)
    for key in [*after, *(key for key in before if key not in after)]:
        old, new = before.get(key, _NOTHING), after.get(key, _NOTHING)
        here = result.get(key)
        if old == new:
            continue
        if new is _NOTHING:
            result.pop(key, None)
        elif isinstance(old, dict) and isinstance(new, dict) and isinstance(here, dict):
            result[key] = changed(here, old, new)
        else:
            result[key] = new
    return result


def put_right(
    document: Document, locations: Iterable[tuple[int | str, ...]], shipped: Document
) -> Document:
    """Return *document* with shipped values, or none, in the place of those that are not valid.

    A value that is not valid is the innermost one that is there on the way to its location.
    """
    document = copy.deepcopy(document)
    for place in [_innermost(document, shipped, location) for location in locations]:
        if place is None:
            return copy.deepcopy(shipped)
        table, key, sound = place
        if sound is _NOTHING or table.get(key) == sound:
            table.pop(key, None)
        else:
            table[key] = copy.deepcopy(sound)
    return document


def _innermost(
    document: Document, shipped: Document, location: tuple[int | str, ...]
) -> tuple[Document, str, Any] | None:
    """Return the table and key of the innermost value, and what the shipped file has there."""
    found = None
    here: Any = document
    sound: Any = shipped
    for key in map(str, location):
        if not isinstance(here, dict) or key not in here:
            break
        sound = sound.get(key, _NOTHING) if isinstance(sound, dict) else _NOTHING
        found = here, key, sound
        here = here[key]
    return found
