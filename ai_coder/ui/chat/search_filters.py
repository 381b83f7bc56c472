"""The boxes below the search field: by which model, and since when."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ai_coder.ui.widgets.combo_box import ComboBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.theme import Theme


class SearchFilters(QWidget):
    """Narrows a search; hidden while nothing is searched."""

    changed = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = ComboBox(theme, self.tr("Only prompts and answers of this model"), self)
        self._models.setObjectName("searchModelBox")
        self._since = ComboBox(theme, self.tr("Only since"), self)
        self._since.setObjectName("searchDateBox")
        self._since.add_choices(
            [
                (self.tr("Any time"), None),
                (self.tr("Today"), 0),
                (self.tr("Last 7 days"), 6),
                (self.tr("Last 30 days"), 29),
                (self.tr("Last 12 months"), 364),
            ]
        )
        for box in (self._models, self._since):
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.setMinimumWidth(theme.px(60))
        self.set_models([])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.px(6))
        layout.addWidget(self._models, 1)
        layout.addWidget(self._since, 1)
        self._models.currentIndexChanged.connect(self.changed)
        self._since.currentIndexChanged.connect(self.changed)
        self.hide()

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """Offer (name, ref) of the models that answered in any chat."""
        chosen = self.model_ref
        self._models.blockSignals(True)
        self._models.clear()
        self._models.add_choices([(self.tr("Any model"), None), *models])
        self._models.choose(chosen)
        if self._models.currentIndex() < 0:
            self._models.setCurrentIndex(0)
        self._models.blockSignals(False)

    @property
    def model_ref(self) -> str | None:
        """The model whose prompts and answers are looked through; None for all."""
        ref = self._models.currentData()
        return ref if isinstance(ref, str) else None

    @property
    def since(self) -> datetime | None:
        """The beginning of the first day that counts; None for no limit."""
        days = self._since.currentData()
        if not isinstance(days, int):
            return None
        first = datetime.now().date() - timedelta(days=days)
        return datetime.combine(first, time()).astimezone()

    def reset(self) -> None:
        """Search everything again."""
        self._models.setCurrentIndex(0)
        self._since.setCurrentIndex(0)
