"""Which rows of the model table are shown, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QModelIndex, QSortFilterProxyModel

from ai_coder.llm.models import ModelType
from ai_coder.ui.catalogue.model_table import SORT_ROLE

if TYPE_CHECKING:
    from PyQt6.QtCore import QObject

    from ai_coder.ui.catalogue.model_table import ModelTable


class ModelFilter(QSortFilterProxyModel):
    """The rows that match the words, the server and the kind the user chose."""

    def __init__(self, table: ModelTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._words: list[str] = []
        self._provider = ""
        self._kind = ""
        self.setSourceModel(table)
        self.setSortRole(SORT_ROLE)

    def set_words(self, text: str) -> None:
        """Show models whose name, server, tags or quantization hold all words of *text*."""
        self._words = text.casefold().split()
        self.invalidateFilter()

    def set_provider(self, provider_id: str) -> None:
        """Show the models of one server; empty shows all."""
        self._provider = provider_id
        self.invalidateFilter()

    def set_kind(self, kind: str) -> None:
        """Show models of one `ModelType`, those that are `loaded`, or all when empty."""
        self._kind = kind
        self.invalidateFilter()

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex) -> bool:
        """Return whether a row is shown."""
        row = self._table.row_at(self._table.index(source_row, 0, source_parent))
        model = row.model
        if self._provider and model.provider != self._provider:
            return False
        if self._kind == "loaded" and not model.is_loaded:
            return False
        if self._kind in tuple(ModelType) and model.model_type != self._kind:
            return False
        if not self._words:
            return True
        parts = (
            model.display_name,
            model.name,
            row.server,
            model.quantization or "",
            model.architecture or "",
            model.publisher or "",
            *row.tags,
        )
        text = " ".join(parts).casefold()
        return all(word in text for word in self._words)
