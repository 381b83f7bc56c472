"""One row of the model table: what is known of a model, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.llm.models import Locality, ModelType
from ai_coder.ui.number_text import token_text

if TYPE_CHECKING:
    from ai_coder.llm.models import ModelConfig
    from ai_coder.llm.providers.base import LoadProgress


class RowAction(IntEnum):
    """What the button of a row does."""

    NONE = 0
    LOAD = 1
    UNLOAD = 2
    CANCEL = 3
    OPEN_FOLDER = 4


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model with what this machine knows about it."""

    model: ModelConfig
    server: str
    can_load: bool
    progress: LoadProgress | None = None
    speed: float | None = None

    @property
    def is_loading(self) -> bool:
        """Whether the server is loading it now."""
        return self.progress is not None or self.model.is_loading

    @property
    def problem(self) -> str:
        """Why its file cannot be used; empty for a model that is whole."""
        return str(self.model.metadata.get("problem", ""))

    @property
    def tags(self) -> list[str]:
        """Where the model runs when that is not here, and what it can do."""
        return _tags(self)

    @property
    def action(self) -> RowAction:
        """What can be done about it."""
        if self.problem:
            return RowAction.OPEN_FOLDER
        if self.progress is not None:
            return RowAction.CANCEL
        if not self.can_load or self.model.is_loading:
            return RowAction.NONE
        return RowAction.UNLOAD if self.model.is_loaded else RowAction.LOAD


def helps_only(model: ModelConfig) -> bool:
    """Return whether a model answers questions about this application and nothing else."""
    return bool(model.metadata.get("help_only"))


def _tags(row: ModelRow) -> list[str]:
    if helps_only(row.model):
        return [_tr("help only")]
    places = {Locality.CLOUD: [_tr("cloud")], Locality.LAN: [_tr("LAN")]}
    names = {
        "tools": _tr("tools"),
        "vision": _tr("vision"),
        "reasoning": _tr("thinking"),
        "insert": _tr("fill-in"),
        "embedding": _tr("embedding"),
    }
    found = list(places.get(row.model.locality, []))
    found += [names[name] for name in names if name in row.model.capabilities]
    if row.model.model_type is ModelType.EMBEDDING and names["embedding"] not in found:
        found.append(names["embedding"])
    return found


def context_text(row: ModelRow) -> str:
    """Return the served and the longest window, or how the loading goes."""
    model = row.model
    if row.problem:
        return ""
    if row.progress is not None:
        return _progress_text(row.progress)
    if model.is_loading:
        return _tr("loading")
    longest = token_text(model.context_length) if model.context_length else _tr("unknown")
    if not row.can_load and not model.is_loaded:
        return longest
    if not model.is_loaded:
        return _tr("not loaded / {longest}").format(longest=longest)
    served = token_text(model.served_context) if model.served_context else _tr("unknown")
    return _tr("{served} / {longest}").format(served=served, longest=longest)


def action_text(action: RowAction, instances: int = 1) -> str:
    """Return what the button of a row says; empty when it has none.

    Unloading names how many *instances* go: those of other programs are among them.
    """
    if action is RowAction.UNLOAD and instances > 1:
        return _tr("Unload all {n}").format(n=instances)
    return {
        RowAction.NONE: "",
        RowAction.LOAD: _tr("Load…"),
        RowAction.UNLOAD: _tr("Unload"),
        RowAction.CANCEL: _tr("Cancel"),
        RowAction.OPEN_FOLDER: _tr("Open folder"),
    }[action]


def _progress_text(progress: LoadProgress) -> str:
    share, seconds = progress.progress, round(progress.seconds)
    if share is not None:
        return _tr("loading {n} %").format(n=round(share * 100))
    if usual := progress.usual_seconds:
        return _tr("loading for {n} s, {usual} s last time").format(n=seconds, usual=round(usual))
    return _tr("loading for {n} s").format(n=seconds)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelTable", text)
