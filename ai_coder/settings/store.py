"""The settings in force: environment over the user's file over the shipped file."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ai_coder.errors import SettingsError, UnwritableFileError
from ai_coder.settings.documents import changed, merge, put_right
from ai_coder.settings.environment import Override, apply_overrides, ignored, read_overrides
from ai_coder.settings.migrations import migrate, version_of
from ai_coder.settings.problems import (
    IgnoredSettingsError,
    NewerSettingsError,
    SettingsInTheWayError,
)
from ai_coder.settings.schema import SCHEMA_VERSION, Settings
from ai_coder.settings.spellings import in_one_spelling
from ai_coder.settings.user_file import UserFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ai_coder.settings.spellings import Document

logger = logging.getLogger(__name__)


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
    """The settings on disk, seen through the environment.

    Several instances of the application share the file: each writes what was changed in it,
    and leaves what another one changed.
    """

    def __init__(self, user_file: Path, shipped_file: Path, environment: Mapping[str, str]) -> None:
        self._file = UserFile(user_file)
        self._shipped_file = shipped_file
        self._environment = dict(environment)
        self._known: Settings | None = None

    def defaults(self) -> Settings:
        """Return the settings the application ships with."""
        return Settings.model_validate(self._shipped())

    def load(self) -> LoadedSettings:
        """Return the settings in force; what cannot be used is reported, never lost."""
        problems: list[SettingsError] = []
        try:
            document = self._file.read()
        except (OSError, ValueError) as fault:
            document = None
            try:
                problems.append(self._file.set_aside(fault))
            except SettingsInTheWayError as error:
                problems.append(error)
        return self._in_force(self._validated(document or {}, problems), problems)

    def reload(self) -> LoadedSettings | None:
        """Return what is in force since somebody else changed the file, None if nobody did.

        Raises `SettingsError` when it cannot be used; then nothing changes.
        """
        if not self._file.has_changed():
            return None
        problems: list[SettingsError] = []
        try:
            document = self._file.read()
        except (OSError, ValueError) as fault:
            raise self._file.changed_badly(fault) from fault
        if document is None:
            return None
        return self._in_force(self._validated(document, problems), problems)

    def save(self, settings: Settings) -> LoadedSettings:
        """Write what differs in *settings* from what was loaded or saved last.

        Returns what is in force afterwards. Raises `SettingsError`; then nothing is written.
        """
        try:
            document = self._file.read()
        except (OSError, ValueError) as fault:
            logger.warning("%s", self._file.set_aside(fault))
            document = None
        if document is not None:
            settings = self._with_foreign_changes(settings, document)
        try:
            self._file.write(settings.model_dump_json(indent=2) + "\n")
        except OSError as error:
            raise self._unwritable(error) from error
        return self._in_force(settings, [])

    def _shipped(self) -> Document:
        return in_one_spelling(migrate(json.loads(self._shipped_file.read_bytes())))

    def _with_foreign_changes(self, settings: Settings, document: Document) -> Settings:
        """Return what *document*, the file, becomes with what was changed here."""
        lost: list[SettingsError] = []
        theirs = self._validated(document, lost)
        if lost:
            try:
                self._file.keep_copy()
            except OSError as error:
                raise self._unwritable(error) from error
        if self._known is None:
            return settings
        before, after, now = (_dump(each) for each in (self._known, settings, theirs))
        return Settings.model_validate(changed(now, before, after))

    def _validated(self, document: Document, problems: list[SettingsError]) -> Settings:
        """Return the settings of the user's *document* without the values that are not valid."""
        shipped = self._shipped()
        if version_of(document) > SCHEMA_VERSION:
            problems.append(NewerSettingsError(name=self._file.path.name))
            document = {**document, "schema_version": SCHEMA_VERSION}
        document = merge(shipped, in_one_spelling(migrate(document)))
        faults: list[str] = []
        while True:
            try:
                settings = Settings.model_validate(document)
                break
            except ValidationError as error:
                found = error.errors(include_url=False)
                faults += [f"{_path(fault['loc'])} ({fault['msg']})" for fault in found]
                document = put_right(document, [fault["loc"] for fault in found], shipped)
        if faults:
            problems.append(
                IgnoredSettingsError(name=self._file.path.name, faults="; ".join(faults))
            )
        return settings

    def _in_force(self, saved: Settings, problems: list[SettingsError]) -> LoadedSettings:
        """Return *saved* with the environment on top, and remember what the file says."""
        self._known = saved
        document = _dump(saved)
        overrides, faults = read_overrides(self._environment)
        problems += faults
        usable: list[Override] = []
        settings = saved
        for override in overrides:
            try:
                settings = Settings.model_validate(apply_overrides(document, [*usable, override]))
                usable.append(override)
            except ValidationError as error:
                reason = error.errors(include_url=False)[0]["msg"]
                problems.append(ignored(override.variable, override.text, reason))
        return LoadedSettings(settings, saved, tuple(usable), tuple(problems))

    def _unwritable(self, error: OSError) -> UnwritableFileError:
        return UnwritableFileError(path=str(self._file.path), reason=error.strerror or str(error))


def _dump(settings: Settings) -> dict[str, Any]:
    return settings.model_dump(mode="json")


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
