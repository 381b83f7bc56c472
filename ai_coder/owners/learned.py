"""What this computer learned about its models, kept from one start to the next."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from ai_coder.llm.context_budget import ContextBudget
from ai_coder.llm.measurements import Measurements

if TYPE_CHECKING:
    from pathlib import Path

    from ai_coder.llm.models import JSONObject

logger = logging.getLogger(__name__)


class Learned:
    """How long texts are in tokens and how fast models work; an unreadable file is forgotten."""

    def __init__(self, file: Path) -> None:
        self._file = file
        known = _read_json(file)
        self.budget = ContextBudget(known.get("characters_per_token"))
        self.measurements = Measurements.from_dict(known.get("speeds") or {})

    def save(self) -> None:
        """Write the file; what cannot be written is lost and noted in the log."""
        known = {
            "characters_per_token": self.budget.to_dict(),
            "speeds": self.measurements.to_dict(),
        }
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(known), "utf-8")
        except OSError as error:
            logger.warning("What was learned is lost: %s", error.strerror)


def _read_json(path: Path) -> JSONObject:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
