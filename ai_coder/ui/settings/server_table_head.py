"""The names of the columns above the servers in Settings → Local Models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, pyqtSlot
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
        self._name_width = 0
        self._heads: dict[str, QLabel] = {}
        for column, text in column_titles().items():
            self._heads[column] = label(text, "column", self)
            self._line.addWidget(self._heads[column], int(column == "url"))
        theme.changed.connect(self._space)
        self._space()

    def set_name_width(self, width: int) -> None:
        """Tell how wide the column of names is."""
        self._name_width = width
        self._space()

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self._line.setContentsMargins(px(14), px(8), px(14), px(8))
        self._line.setSpacing(px(12))
        for column, width in WIDTHS.items():
            self._heads[column].setFixedWidth(px(width))
        self._heads["name"].setFixedWidth(max(0, self._name_width - px(2)))


def column_titles(*, uses_folder: bool = False) -> dict[str, str]:
    """Return what the columns are called, for a server or for an engine that reads a folder."""
    return {
        "name": _tr("Server"),
        "url": _tr("Model folder") if uses_folder else _tr("Server URL"),
        "timeout": _tr("Timeout"),
        "retries": _tr("Retries"),
        "token": "" if uses_folder else _tr("Token"),
        "state": _tr("State"),
        "test": "",
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("ServerTableHead", text)
