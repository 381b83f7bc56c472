"""Read and write the settings: environment over the user's file over the shipped file."""

from __future__ import annotations

import copy
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ai_coder.errors import SettingsError, UnreadableSettingsError, UnwritableFileError
from ai_coder.settings.environment import Override, apply_overrides, read_overrides
from ai_coder.settings.migrations import migrate, version_of
from ai_coder.settings.schema import SCHEMA_VERSION, Settings
from ai_coder.settings.spellings import Document, in_one_spelling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)
_DOCUMENT = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """What is in force, what the files say, and where both differ.

    `saved` is what the Settings view edits; `settings` has the environment's values on top.
    """

    settings: Settings
    saved: Settings
    overrides: tuple[Override, ...]
    problems: tuple[SettingsError, ...]


class SettingsStore:
    """The settings on disk, seen through the environment."""

    def __init__(self, user_file: Path, shipped_file: Path, environment: Mapping[str, str]) -> None:
        self._user_file = user_file
        self._shipped_file = shipped_file
        self._environment = dict(environment)

    def defaults(self) -> Settings:
        """Return the settings the application ships with."""
        return Settings.model_validate(self._shipped())

    def load(self) -> LoadedSettings:
        """Return the settings in force; what cannot be used is reported, never lost."""
        problems: list[SettingsError] = []
        user = self._user_document(problems)
        saved, merged = self._validated(merge(self._shipped(), user), problems)
        return self._effective(saved, merged, problems)

    def save(self, settings: Settings) -> LoadedSettings:
        """Write *settings* so that a crash leaves either the old or the new file.

        Returns what is in force afterwards. Raises `UnwritableFileError`.
        """
        text = settings.model_dump_json(indent=2) + "\n"
        partial = self._user_file.with_name(f"{self._user_file.name}.{os.getpid()}.partial")
        try:
            self._user_file.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._user_file)
        except OSError as error:
            raise UnwritableFileError(
                path=str(self._user_file), reason=error.strerror or str(error)
            ) from error
        return self._effective(settings, _DOCUMENT.validate_json(text), [])

    def _shipped(self) -> Document:
        return in_one_spelling(migrate(_DOCUMENT.validate_json(self._shipped_file.read_bytes())))

    def _user_document(self, problems: list[SettingsError]) -> Document:
        try:
            raw = self._user_file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            reason = f"{self._user_file} cannot be read ({error.strerror})."
            problems.append(SettingsError(reason=reason))
            return {}
        try:
            document = _DOCUMENT.validate_json(raw)
            version = version_of(document)
            document = in_one_spelling(migrate(document))
        except (ValidationError, AttributeError, TypeError, UnicodeDecodeError):
            problems.append(self._set_aside("It is not a JSON document of settings.", raw))
            return {}
        if version > SCHEMA_VERSION:
            reason = "It was written by a newer version; what is unknown here is left out."
            problems.append(self._set_aside(reason, raw, keep=True))
            document["schema_version"] = SCHEMA_VERSION
        return document

    def _validated(
        self, document: Document, problems: list[SettingsError]
    ) -> tuple[Settings, Document]:
        """Return the settings of *document* without the values that are not valid."""
        document = copy.deepcopy(document)
        faults: list[str] = []
        while True:
            try:
                settings = Settings.model_validate(document)
                break
            except ValidationError as error:
                found = error.errors(include_url=False)
                faults += [_words(fault["loc"], fault["msg"]) for fault in found]
                places = [_deepest(document, fault["loc"]) for fault in found]
                for place in places:
                    if place is None:
                        document = self._shipped()
                    else:
                        place[0].pop(place[1], None)
        if faults:
            raw = self._user_file.read_bytes() if self._user_file.exists() else b""
            problems.append(self._set_aside("Ignored: " + "; ".join(faults), raw, keep=True))
        return settings, document

    def _effective(
        self, saved: Settings, document: Document, problems: list[SettingsError]
    ) -> LoadedSettings:
        overrides, faults = read_overrides(self._environment)
        problems += faults
        usable: list[Override] = []
        settings = saved
        for override in overrides:
            try:
                settings = Settings.model_validate(apply_overrides(document, [*usable, override]))
                usable.append(override)
            except ValidationError as error:
                message = error.errors(include_url=False)[0]["msg"]
                reason = f"{override.variable} is ignored: {message}."
                problems.append(SettingsError(reason=reason))
        return LoadedSettings(settings, saved, tuple(usable), tuple(problems))

    def _set_aside(self, reason: str, raw: bytes, *, keep: bool = False) -> SettingsError:
        """Save the unusable file under another name; *keep* leaves the original in place."""
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        backup = self._user_file.with_name(f"{self._user_file.stem}.invalid-{stamp}.json")
        try:
            if keep:
                backup.write_bytes(raw)
            else:
                self._user_file.replace(backup)
        except OSError as error:
            logger.warning("Could not set the settings aside: %s", error.strerror)
            return SettingsError(reason=reason)
        return UnreadableSettingsError(backup=backup.name, reason=reason)


def merge(lower: Document, upper: Document) -> Document:
    """Return *lower* with every value that *upper* has, key by key."""
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        both_are_tables = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = merge(below, value) if both_are_tables else value  # type: ignore[arg-type]  # checked
    return merged


def _words(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(str(part) for part in location) or 'the file'} ({message})"


def _deepest(document: Document, location: tuple[int | str, ...]) -> tuple[Document, str] | None:
    """Return the innermost table of *document* on the way to *location*, and its key there."""
    found: tuple[Document, str] | None = None
    entry: Any = document
    for key in location:
        if not isinstance(entry, dict) or str(key) not in entry:
            break
        found = (entry, str(key))
        entry = entry[str(key)]
    return found
