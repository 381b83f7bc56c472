"""Put errors into the user's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_coder.errors import AICoderError


def error_message(error: AICoderError) -> str:
    """Return what happened, without the hint."""
    return filled(error.message, error.details)


def error_hint(error: AICoderError) -> str:
    """Return the next step; empty when there is none."""
    return filled(error.hint, error.details) if error.hint else ""


def error_text(error: AICoderError) -> str:
    """Return the message and, when there is one, the hint, on lines of their own."""
    return "\n".join(part for part in (error_message(error), error_hint(error)) if part)


def filled(template: str, details: Mapping[str, str]) -> str:
    """Return *template* translated and filled in; a reason may be one of our own words too."""
    reason = details.get("reason")
    known = {"reason": QCoreApplication.translate("errors", reason)} if reason else {}
    return QCoreApplication.translate("errors", template).format(**{**details, **known})
