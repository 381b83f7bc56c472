"""Put errors into the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from ai_coder.errors import AICoderError


def error_message(error: AICoderError) -> str:
    """Return what happened, without the hint."""
    return _filled(error.message, error)


def error_hint(error: AICoderError) -> str:
    """Return the next step; empty when there is none."""
    return _filled(error.hint, error) if error.hint else ""


def error_text(error: AICoderError) -> str:
    """Return the message and, when there is one, the hint, on lines of their own."""
    return "\n".join(part for part in (error_message(error), error_hint(error)) if part)


def _filled(template: str, error: AICoderError) -> str:
    return QCoreApplication.translate("errors", template).format(**error.details)
