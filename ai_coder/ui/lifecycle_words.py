"""Words for models that their company is about to switch off."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, QLocale

if TYPE_CHECKING:
    from ai_coder.llm.models import ModelConfig


def _tr(text: str) -> str:
    return QCoreApplication.translate("LifecycleWords", text)


def retirement_text(model: ModelConfig) -> str:
    """Return until when the model can be asked; empty where no end was announced."""
    if model.metadata.get("lifecycle") != "deprecated":
        return ""
    try:
        day = datetime.fromisoformat(str(model.metadata.get("retires_at"))).date()
    except ValueError:
        return _tr("will be retired")
    shown = QLocale().toString(day, QLocale.FormatType.ShortFormat)
    return _tr("retired from {day}").format(day=shown)
