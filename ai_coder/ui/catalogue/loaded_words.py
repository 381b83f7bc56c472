"""How a server holds a model in memory, in a few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, QDateTime, QLocale

if TYPE_CHECKING:
    from ai_coder.llm.models import LoadedInstance, ModelConfig

_FOR_EVER = timedelta(days=365)
_SOON = timedelta(hours=20)
"""Within this a time of day is unambiguous."""


def loaded_text(model: ModelConfig) -> str:
    """Return until when *model* stays in memory and where it lies; empty where nobody tells."""
    if len(model.instances) != 1:
        return ""
    instance = model.instances[0]
    return " · ".join(part for part in (_until(instance), _place(instance)) if part)


def _until(instance: LoadedInstance) -> str:
    end = instance.idle_until
    if end is None:
        return ""
    left = end - datetime.now(UTC)
    if left > _FOR_EVER:
        return _tr("until unloaded")
    local = QDateTime.fromSecsSinceEpoch(int(end.timestamp()))
    short = QLocale.FormatType.ShortFormat
    when = local.time() if left < _SOON else local.date()
    return _tr("until {time}").format(time=QLocale().toString(when, short))


def _place(instance: LoadedInstance) -> str:
    whole, on_card = instance.memory_bytes, instance.gpu_bytes
    if not whole or on_card is None or on_card >= whole:
        return ""
    if on_card == 0:
        return _tr("processor only")
    return _tr("{percent} % on the GPU").format(percent=round(100 * on_card / whole))


def _tr(text: str) -> str:
    return QCoreApplication.translate("LoadedWords", text)
