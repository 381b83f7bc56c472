"""The user's settings file on disk: read, replaced as a whole, set aside when it is unusable."""

from __future__ import annotations

import itertools
import json
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from ai_coder.settings.problems import (
    BrokenSettingsError,
    ChangedSettingsError,
    SettingsInTheWayError,
    UnreadableSettingsError,
)
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from pathlib import Path

    from ai_coder.settings.spellings import Document

_DOCUMENT = TypeAdapter(dict[str, Any])
_NO_SETTINGS = QT_TRANSLATE_NOOP("errors", "it holds no settings by name")
_NO_TEXT = QT_TRANSLATE_NOOP("errors", "it is not text in UTF-8")


class UserFile:
    """One file of JSON, of which no byte is lost: what is replaced unread is kept beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, ...] | None = None

    def read(self) -> Document | None:
        """Return what the file says, None without a file; raises OSError or ValueError."""
        self._stamp = self._stamp_now()
        try:
            raw = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return _DOCUMENT.validate_python(json.loads(raw))
        except RecursionError as error:
            raise ValueError(_NO_SETTINGS) from error

    def has_changed(self) -> bool:
        """Whether somebody else replaced the file since it was read or written here."""
        return self._stamp_now() != self._stamp

    def set_aside(self, fault: OSError | ValueError) -> UnreadableSettingsError:
        """Move the file that cannot be used out of the way, and say how to get it back.

        Raises `SettingsInTheWayError` where it cannot be moved.
        """
        try:
            backup = self._backup()
            self.path.replace(backup)
        except OSError as error:
            raise SettingsInTheWayError(path=str(self.path), reason=_reason(error)) from error
        kind = UnreadableSettingsError if isinstance(fault, OSError) else BrokenSettingsError
        return kind(backup=backup.name, name=self.path.name, reason=_reason(fault))

    def changed_badly(self, fault: OSError | ValueError) -> ChangedSettingsError:
        """Say that what somebody else wrote cannot be used."""
        return ChangedSettingsError(name=self.path.name, reason=_reason(fault))

    def keep_copy(self) -> None:
        """Keep what the file holds now under another name; raises OSError."""
        raw = self.path.read_bytes()
        kept = self.path.parent.glob(f"{self.path.stem}.invalid-*.json")
        if not any(copy.read_bytes() == raw for copy in kept if copy.is_file()):
            self._backup().write_bytes(raw)

    def write(self, text: str) -> None:
        """Replace the file so that a crash leaves either the old or the new one; raises OSError."""
        partial = self.path.with_name(f"{self.path.name}.{os.getpid()}.partial")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)
        self._stamp = self._stamp_now()

    def _backup(self) -> Path:
        """Return a name beside the file that is not in use."""
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        for number in itertools.count(1):
            ending = "" if number == 1 else f"-{number}"
            backup = self.path.with_name(f"{self.path.stem}.invalid-{stamp}{ending}.json")
            if not backup.exists():
                break
        return backup

    def _stamp_now(self) -> tuple[int, ...] | None:
        """Return what changes when the file is replaced; None where it cannot be seen."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _reason(fault: OSError | ValueError) -> str:
    """Say what is wrong with the file, and where."""
    if isinstance(fault, OSError):
        return fault.strerror or str(fault)
    if isinstance(fault, json.JSONDecodeError):
        return f"line {fault.lineno}, column {fault.colno}: {fault.msg}"
    return _NO_TEXT if isinstance(fault, UnicodeError) else _NO_SETTINGS
