"""The names of the columns above the servers in Settings → Local Models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSlot
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from ai_coder.ui.settings.server_row_grid import WIDTHS
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class ServerTableHead(QWidget):
    """One line of small words, as wide as the columns of the rows below."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._line = QHBoxLayout(self)
        self._heads: dict[str, QLabel] = {}
        for column, text in (
            ("name", self.tr("Server")),
            ("url", self.tr("Server URL")),
            ("timeout", self.tr("Timeout")),
            ("retries", self.tr("Retries")),
            ("token", self.tr("Token")),
            ("state", self.tr("State")),
            ("test", ""),
        ):
            self._heads[column] = label(text, "column", self)
            self._line.addWidget(self._heads[column], 0 if column in WIDTHS else 1)
        theme.changed.connect(self._space)
        self._space()

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self._line.setContentsMargins(px(14), px(8), px(14), px(8))
        self._line.setSpacing(px(12))
        for column, width in WIDTHS.items():
            self._heads[column].setFixedWidth(px(width) - (px(2) if column == "name" else 0))
