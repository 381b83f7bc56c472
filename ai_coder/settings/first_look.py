"""The look of the first frame, known before the settings are validated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class FirstLook(NamedTuple):
    """What the first frame depends on: colour scheme, size in per cent, the lock."""

    theme: str = "system"
    zoom: int = 100
    has_reduced_motion: bool = False
    is_local_only: bool = False


def first_look(settings_file: Path) -> FirstLook:
    """Return what the user's file says; anything odd is left to the validation that follows.

    Validating a whole settings file takes longer than painting the window.
    """
    try:
        document = json.loads(settings_file.read_bytes())
        appearance, privacy = document.get("appearance", {}), document.get("privacy", {})
        return FirstLook(
            str(appearance.get("theme", "system")),
            int(appearance.get("zoom", 100)),
            appearance.get("reduced_motion") is True,
            privacy.get("local_only") is True,
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return FirstLook()
