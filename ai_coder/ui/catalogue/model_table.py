"""The models of all servers as rows and columns."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PyQt6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, Qt

from ai_coder.llm.models import Locality
from ai_coder.ui.catalogue.loaded_words import loaded_text
from ai_coder.ui.catalogue.model_row import ModelRow, action_text, context_text, helps_only
from ai_coder.ui.catalogue.model_rows import dot_of
from ai_coder.ui.lifecycle_words import retirement_text
from ai_coder.ui.number_text import size_text, speed_number

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
FAVOURITE_ROLE = Qt.ItemDataRole.UserRole + 5
CLOUD_ROLE = Qt.ItemDataRole.UserRole + 6
DETAIL_ROLE = Qt.ItemDataRole.UserRole + 7
"""A second, smaller line."""


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


class ModelTable(QAbstractTableModel):
    """The rows; every setter changes only the cells it is about."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ModelRow] = []
        self._positions: dict[str, int] = {}
        self._progress: dict[str, LoadProgress] = {}
        self._speeds: dict[str, float] = {}
        self._loadable: frozenset[str] = frozenset()
        self._favourites: frozenset[str] = frozenset()

    def set_models(
        self, models: Sequence[ModelConfig], states: Mapping[str, ConnectionState]
    ) -> None:
        """Replace all rows; when only values changed the view keeps its place.

        Servers follow each other as in *states*; what only helps stands last.
        """
        places = {provider: place for place, provider in enumerate(states)}
        ordered = sorted(models, key=lambda m: (helps_only(m), places.get(m.provider, len(places))))
        rows = [self._row(model, states) for model in ordered]
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

    def set_favourites(self, refs: Collection[str]) -> None:
        """Mark the models that the user wants at hand."""
        changed = self._favourites ^ frozenset(refs)
        self._favourites = frozenset(refs)
        for ref in changed & self._positions.keys():
            self._tell(self._positions[ref])

    def is_favourite(self, ref: str) -> bool:
        """Return whether the user wants a model at hand."""
        return ref in self._favourites

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
                words = ", ".join(row.tags) if column is Column.ABILITIES else ""
                told = (words or self._text(row, column), self._detail(row, column))
                return ", ".join(part for part in told if part)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tool_tip(row, column)
            case _:
                return self._extra(row, column, role)

    def _tool_tip(self, row: ModelRow, column: Column) -> str | None:
        match column:
            case Column.NAME:
                words = (row.model.name, retirement_text(row.model), row.problem)
                return " · ".join(part for part in words if part)
            case Column.ABILITIES:
                return ", ".join(row.tags)
            case Column.CONTEXT:
                told = (context_text(row), self._detail(row, column))
                return " · ".join(part for part in told if part)
            case _:
                return None

    def _detail(self, row: ModelRow, column: Column) -> str:
        if column is Column.NAME:
            words = QCoreApplication.translate("errors", row.problem) if row.problem else ""
            return words[:1].upper() + words[1:]
        is_told = column is Column.CONTEXT and not row.is_loading
        return loaded_text(row.model) if is_told else ""

    def _extra(self, row: ModelRow, column: Column, role: int) -> object:
        match role:
            case _ if role == REF_ROLE:
                return row.model.ref
            case _ if role == SORT_ROLE:
                return self._sort_key(row, column)
            case _ if role == DOT_ROLE:
                usual = "waiting" if row.is_loading else dot_of(row.model)
                return "failed" if row.problem else usual
            case _ if role == TAGS_ROLE:
                return row.tags
            case _ if role == DETAIL_ROLE:
                return self._detail(row, column)
            case _ if role == FAVOURITE_ROLE:
                return row.model.ref in self._favourites
            case _ if role == CLOUD_ROLE:
                return row.model.locality is Locality.CLOUD
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
                return context_text(row)
            case Column.SPEED:
                if row.problem:
                    return ""
                if row.speed is None:
                    return self.tr("no measurements yet")
                return self.tr("{n} tok/s").format(n=speed_number(row.speed))
            case Column.ACTION:
                return action_text(row.action, len(row.model.instances))
            case Column.ABILITIES:
                return ""

    def _sort_key(self, row: ModelRow, column: Column) -> object:
        match column:
            case Column.SIZE:
                return float(row.model.size_bytes or 0)
            case Column.CONTEXT:
                return (row.model.served_context or 0) * 2 or (row.model.context_length or 0)
            case Column.SPEED:
                return row.speed or 0.0
            case Column.ABILITIES:
                return len(row.tags)
            case _:
                return self._text(row, column).casefold()

    def _row(self, model: ModelConfig, states: Mapping[str, ConnectionState]) -> ModelRow:
        state = states.get(model.provider)
        server = state.provider if state is not None else model.provider
        return ModelRow(
            model,
            server,
            model.provider in self._loadable and model.runs_at is None,
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
