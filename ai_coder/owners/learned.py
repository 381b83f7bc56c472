"""What this computer learned about its models, kept from one start to the next."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from ai_coder.llm.context_budget import ContextBudget
from ai_coder.llm.measurements import Measurements

if TYPE_CHECKING:
    from pathlib import Path

    from ai_coder.llm.load_options import LoadChoices
    from ai_coder.llm.models import JSONObject

_CHOICES = TypeAdapter(dict[str, dict[str, dict[str, bool | int | float | str]]])

logger = logging.getLogger(__name__)


class Learned:
    """How long texts are in tokens, how fast models work, and how they were loaded last.

    An unreadable file is forgotten. *load_choices* are filled from it, and saved as they are.
    """

    def __init__(self, file: Path, load_choices: dict[str, dict[str, LoadChoices]]) -> None:
        self._file = file
        self._load_choices = load_choices
        known = _read_json(file)
        self.budget = ContextBudget(known.get("characters_per_token"))
        self.measurements = Measurements.from_dict(known.get("speeds") or {})
        for provider_id, choices in _read_choices(known.get("load_choices")).items():
            load_choices.setdefault(provider_id, {}).update(choices)

    def save(self) -> None:
        """Write the file; what cannot be written is lost and noted in the log."""
        known = {
            "characters_per_token": self.budget.to_dict(),
            "speeds": self.measurements.to_dict(),
            "load_choices": self._load_choices,
        }
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(known), "utf-8")
        except OSError as error:
            logger.warning("What was learned is lost: %s", error.strerror)


def _read_choices(saved: object) -> dict[str, dict[str, dict[str, bool | int | float | str]]]:
    try:
        return _CHOICES.validate_python(saved or {})
    except ValidationError:
        return {}


def _read_json(path: Path) -> JSONObject:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
