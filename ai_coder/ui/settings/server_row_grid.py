"""Where the parts of a server's row stand: on one line, or on two in a narrow window."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

WIDTHS = {"name": 200, "timeout": 84, "retries": 64, "token": 92, "state": 156, "test": 66}
"""Design pixels of the columns; the address takes what is left."""

_NO_LIMIT = 16_777_215
_WIDE = [(0, column) for column in range(7)]
_NARROW = [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3), (0, 1, 1, 2), (0, 3)]


class RowCells(NamedTuple):
    """What stands in the columns, from left to right."""

    name: QWidget
    url: QWidget
    timeout: QWidget
    retries: QWidget
    token: QWidget
    state: QWidget
    test: QWidget


class ServerRowGrid(QGridLayout):
    """Lays out one row; `below` are lines of words under the address."""

    def __init__(self, theme: Theme, cells: RowCells, below: list[QWidget], row: QWidget) -> None:
        super().__init__(row)
        self._theme = theme
        self._cells = cells
        self._below = below
        self.set_narrow(False)
        self.space()

    def set_narrow(self, is_narrow: bool) -> None:
        """Use two lines where there is no room for one."""
        for cell, place in zip(self._cells, _NARROW if is_narrow else _WIDE, strict=True):
            self.removeWidget(cell)
            self.addWidget(cell, *place)
        for line, words in enumerate(self._below, 2):
            self.removeWidget(words)
            first = 0 if is_narrow else 1  # below the field it is about
            self.addWidget(words, line, first, 1, 4 if is_narrow else 6)
        width = self._theme.px(WIDTHS["name"])
        self._cells.name.setMinimumWidth(self._theme.px(150) if is_narrow else width)
        self._cells.name.setMaximumWidth(_NO_LIMIT if is_narrow else width)
        self.setColumnStretch(0, 1 if is_narrow else 0)
        self.setColumnStretch(1, 0 if is_narrow else 1)

    def space(self) -> None:
        """Take the sizes from the theme."""
        px = self._theme.px
        self.setContentsMargins(px(12), px(12), px(14), px(12))
        self.setHorizontalSpacing(px(12))
        self.setVerticalSpacing(px(6))
        for column in ("timeout", "retries", "token", "state", "test"):
            getattr(self._cells, column).setFixedWidth(px(WIDTHS[column]))
        self._cells.url.setMinimumWidth(px(150))


def side_by_side(parent: QWidget, *widgets: QWidget, stretched: QWidget) -> QWidget:
    """Return a cell that holds *widgets*, one of which takes the room that is left."""
    cell = QWidget(parent)
    line = QHBoxLayout(cell)
    line.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        line.addWidget(widget, 1 if widget is stretched else 0)
    return cell
