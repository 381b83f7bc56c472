"""The log file: rotating, without secrets, prompts or answers."""

from __future__ import annotations

import logging
import re
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KEY_SHAPES = re.compile(
    r"sk-[A-Za-z0-9_:\-]{8,}|AIza[A-Za-z0-9_\-]{20,}|hf_[A-Za-z0-9]{16,}|(?<=Bearer )\S+"
)


def redact(text: str, secrets: list[str]) -> str:
    """Return *text* without *secrets* and without anything shaped like a key."""
    for secret in secrets:
        text = text.replace(secret, "•••")
    return _KEY_SHAPES.sub("•••", text)


class RedactingFormatter(logging.Formatter):
    """Formats records, tracebacks included, with every known key taken out."""

    def __init__(self, secrets: Callable[[], list[str]]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines of *record*."""
        return redact(super().format(record), self._secrets())


def set_log_level(level: str) -> None:
    """Write records of *level* (warning, info or debug) and above from now on."""
    logging.getLogger("ai_coder").setLevel(level.upper())


def start_logging(file: Path, level: str, secrets: Callable[[], list[str]]) -> str:
    """Send our log records to *file*; returns the reason when that is not possible."""
    formatter = RedactingFormatter(secrets)
    problem = ""
    handler: logging.Handler
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    except OSError as error:
        handler = logging.StreamHandler()
        problem = error.strerror or str(error)
    handler.setFormatter(formatter)
    ours = logging.getLogger("ai_coder")
    ours.addHandler(handler)
    set_log_level(level)
    logging.getLogger("asyncio").addHandler(handler)
    return problem
