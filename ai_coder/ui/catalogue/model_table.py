"""The models of all servers as rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, Qt

from ai_coder.llm.models import Locality, ModelType
from ai_coder.ui.number_text import size_text, speed_number, token_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from PyQt6.QtCore import QObject

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.models import ModelConfig
    from ai_coder.llm.providers.base import LoadProgress

REF_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
DOT_ROLE = Qt.ItemDataRole.UserRole + 2
TAGS_ROLE = Qt.ItemDataRole.UserRole + 3
FAINT_ROLE = Qt.ItemDataRole.UserRole + 4


class Column(IntEnum):
    """What stands where."""

    NAME = 0
    SERVER = 1
    SIZE = 2
    QUANTIZATION = 3
    CONTEXT = 4
    ABILITIES = 5
    SPEED = 6
    ACTION = 7


class RowAction(IntEnum):
    """What the button of a row does."""

    NONE = 0
    LOAD = 1
    UNLOAD = 2
    CANCEL = 3


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
    def action(self) -> RowAction:
        """What can be done about it."""
        if self.progress is not None:
            return RowAction.CANCEL
        if not self.can_load or self.model.is_loading:
            return RowAction.NONE
        return RowAction.UNLOAD if self.model.is_loaded else RowAction.LOAD


class ModelTable(QAbstractTableModel):
    """The rows; every setter changes only the cells it is about."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ModelRow] = []
        self._positions: dict[str, int] = {}
        self._progress: dict[str, LoadProgress] = {}
        self._speeds: dict[str, float] = {}
        self._loadable: frozenset[str] = frozenset()

    def set_models(
        self, models: Sequence[ModelConfig], states: Mapping[str, ConnectionState]
    ) -> None:
        """Replace all rows; when only values changed the view keeps its place."""
        rows = [self._row(model, states) for model in models]
        positions = {row.model.ref: position for position, row in enumerate(rows)}
        if list(positions) == list(self._positions) and len(rows) == len(self._rows):
            for position, row in enumerate(rows):
                if row != self._rows[position]:
                    self._rows[position] = row
                    self._tell(position)
            return
        self.beginResetModel()
        self._rows, self._positions = rows, positions
        self.endResetModel()

    def set_loadable(self, provider_ids: Collection[str]) -> None:
        """Tell which servers load and unload models on request; counts from the next list."""
        self._loadable = frozenset(provider_ids)

    def set_load_progress(self, ref: str, progress: LoadProgress | None) -> None:
        """Show how far the loading of a model is; None when it ended."""
        if progress is None:
            self._progress.pop(ref, None)
        else:
            self._progress[ref] = progress
        self._update(ref)

    def set_measured_speed(self, ref: str, tokens_per_second: float) -> None:
        """Show the speed that was measured on this machine."""
        self._speeds[ref] = tokens_per_second
        self._update(ref)

    def row(self, ref: str) -> ModelRow | None:
        """Return the row of a model, None when it is not listed."""
        position = self._positions.get(ref)
        return None if position is None else self._rows[position]

    def row_at(self, index: QModelIndex) -> ModelRow:
        """Return the row of an index of this table."""
        return self._rows[index.row()]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Return the number of models."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008  # Qt's signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the title of a column."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return {
            Column.NAME: self.tr("Model"),
            Column.SERVER: self.tr("Server"),
            Column.SIZE: self.tr("Size"),
            Column.QUANTIZATION: self.tr("Quantization"),
            Column.CONTEXT: self.tr("Context served / max"),
            Column.ABILITIES: self.tr("Abilities"),
            Column.SPEED: self.tr("Speed here"),
            Column.ACTION: "",
        }[Column(section)]

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        row, column = self._rows[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                tags = ", ".join(self.tags(row)) if column is Column.ABILITIES else ""
                return tags or self._text(row, column)
            case Qt.ItemDataRole.ToolTipRole if column is Column.NAME:
                return row.model.name
            case _:
                return self._extra(row, column, role)

    def tags(self, row: ModelRow) -> list[str]:
        """Return the abilities of a model, and where it runs when that is not here."""
        names = {
            "tools": self.tr("tools"),
            "vision": self.tr("vision"),
            "reasoning": self.tr("thinking"),
            "insert": self.tr("fill-in"),
            "embedding": self.tr("embedding"),
        }
        found = [names[name] for name in names if name in row.model.capabilities]
        if row.model.model_type is ModelType.EMBEDDING and names["embedding"] not in found:
            found.append(names["embedding"])
        if row.model.locality is Locality.CLOUD:
            found.append(self.tr("cloud"))
        elif row.model.locality is Locality.LAN:
            found.append(self.tr("LAN"))
        return found

    def _extra(self, row: ModelRow, column: Column, role: int) -> object:
        match role:
            case _ if role == REF_ROLE:
                return row.model.ref
            case _ if role == SORT_ROLE:
                return self._sort_key(row, column)
            case _ if role == DOT_ROLE:
                return "waiting" if row.is_loading else "ok" if row.model.is_loaded else "off"
            case _ if role == TAGS_ROLE:
                return self.tags(row)
            case _ if role == FAINT_ROLE:
                return column is Column.SPEED and row.speed is None
            case _:
                return None

    def _text(self, row: ModelRow, column: Column) -> str:
        model = row.model
        match column:
            case Column.NAME:
                return model.display_name
            case Column.SERVER:
                return row.server
            case Column.SIZE:
                return size_text(model.size_bytes) if model.size_bytes else ""
            case Column.QUANTIZATION:
                return model.quantization or ""
            case Column.CONTEXT:
                return self._context(row)
            case Column.SPEED:
                if row.speed is None:
                    return self.tr("no measurements yet")
                return self.tr("{n} tok/s").format(n=speed_number(row.speed))
            case Column.ACTION:
                return self._action_text(row.action)
            case Column.ABILITIES:
                return ""

    def _context(self, row: ModelRow) -> str:
        model = row.model
        if row.progress is not None:
            share, seconds = row.progress.progress, row.progress.seconds
            if share is not None:
                return self.tr("loading {n} %").format(n=round(share * 100))
            if usual := row.progress.usual_seconds:
                words = self.tr("loading for {n} s, {usual} s last time")
                return words.format(n=round(seconds), usual=round(usual))
            return self.tr("loading for {n} s").format(n=round(seconds))
        if model.is_loading:
            return self.tr("loading")
        longest = token_text(model.context_length) if model.context_length else self.tr("unknown")
        if not row.can_load and not model.is_loaded:
            return longest
        if not model.is_loaded:
            return self.tr("not loaded / {longest}").format(longest=longest)
        served = token_text(model.served_context) if model.served_context else self.tr("unknown")
        return self.tr("{served} / {longest}").format(served=served, longest=longest)

    def _action_text(self, action: RowAction) -> str:
        return {
            RowAction.NONE: "",
            RowAction.LOAD: self.tr("Load…"),
            RowAction.UNLOAD: self.tr("Unload"),
            RowAction.CANCEL: self.tr("Cancel"),
        }[action]

    def _sort_key(self, row: ModelRow, column: Column) -> object:
        match column:
            case Column.SIZE:
                return float(row.model.size_bytes or 0)
            case Column.CONTEXT:
                return (row.model.served_context or 0) * 2 or (row.model.context_length or 0)
            case Column.SPEED:
                return row.speed or 0.0
            case Column.ABILITIES:
                return len(self.tags(row))
            case _:
                return self._text(row, column).casefold()

    def _row(self, model: ModelConfig, states: Mapping[str, ConnectionState]) -> ModelRow:
        state = states.get(model.provider)
        server = state.provider if state is not None else model.provider
        return ModelRow(
            model,
            server,
            model.provider in self._loadable,
            self._progress.get(model.ref),
            self._speeds.get(model.ref),
        )

    def _update(self, ref: str) -> None:
        position = self._positions.get(ref)
        if position is None:
            return
        old = self._rows[position]
        self._rows[position] = ModelRow(
            old.model, old.server, old.can_load, self._progress.get(ref), self._speeds.get(ref)
        )
        self._tell(position)

    def _tell(self, position: int) -> None:
        self.dataChanged.emit(self.index(position, 0), self.index(position, len(Column) - 1))
