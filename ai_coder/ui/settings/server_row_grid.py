"""Where the parts of a server's row stand: on one line, or on several in a narrow window."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ai_coder.ui.theme import Theme

WIDTHS = {"timeout": 84, "retries": 80, "token": 92, "state": 176, "test": 66}
"""Design pixels of the columns; the name takes what the longest needs, the address the rest."""

_LOWEST_URL = 150
_GAP, _SLIM_GAP = 12, 8
_MARGINS = 12, 14
_NO_LIMIT = 16_777_215
_SLIM_BELOW = 520
"""Design pixels, but for the widest there can be."""


class Breadth(IntEnum):
    """How much room a row has, and so on how many lines its parts stand."""

    SLIM = 0
    NARROW = 1
    WIDE = 2


def breadth_of(theme: Theme, width: int, name_width: int) -> Breadth:
    """Return how a row of *width* pixels is laid out."""
    fixed = sum(WIDTHS.values()) + _LOWEST_URL + _GAP * (len(WIDTHS) + 1) + sum(_MARGINS)
    if width >= name_width + theme.px(fixed):
        return Breadth.WIDE
    return Breadth.NARROW if width >= theme.px(_SLIM_BELOW) else Breadth.SLIM


class RowCells(NamedTuple):
    """What stands in the columns, from left to right."""

    name: QWidget
    url: QWidget
    timeout: QWidget
    retries: QWidget
    token: QWidget
    state: QWidget
    test: QWidget


_PLACES = {
    Breadth.WIDE: [(0, column, 1, 1) for column in range(7)],
    Breadth.NARROW: [
        (0, 0, 1, 1), (2, 0, 1, 1), (2, 1, 1, 1), (2, 2, 1, 1), (2, 3, 1, 1), (0, 1, 1, 2),
        (0, 3, 1, 1),
    ],
    Breadth.SLIM: [
        (0, 0, 1, 4), (3, 0, 1, 4), (5, 0, 1, 1), (5, 1, 1, 1), (5, 2, 1, 1), (1, 0, 1, 2),
        (1, 2, 1, 1),
    ],
}  # fmt: skip
"""Row, column, rows and columns of each cell; a title stands above its cell."""

_STRETCHED = {Breadth.WIDE: 1, Breadth.NARROW: 0, Breadth.SLIM: 3}
_COLUMNS = {Breadth.WIDE: 7, Breadth.NARROW: 4, Breadth.SLIM: 4}
_BELOW = 6


class ServerRowGrid(QGridLayout):
    """Lays out one row; `below` are lines of words under the address.

    `titles` name the cells by column where the head of the table does not.
    """

    def __init__(
        self,
        theme: Theme,
        cells: RowCells,
        titles: Mapping[str, QLabel],
        below: Sequence[QWidget],
        row: QWidget,
    ) -> None:
        super().__init__(row)
        self._theme = theme
        self._cells = cells
        self._titles = titles
        self._below = below
        self.arrange(Breadth.WIDE, theme.px(_LOWEST_URL))
        self.space()

    def arrange(self, breadth: Breadth, name_width: int) -> None:
        """Use as many lines as it takes; *name_width* is that of the column of names."""
        is_wide = breadth is Breadth.WIDE
        for cell, place in zip(self._cells, _PLACES[breadth], strict=True):
            self.removeWidget(cell)
            self.addWidget(cell, *place)
        for column, title in self._titles.items():
            row, first, rows, columns = _PLACES[breadth][RowCells._fields.index(column)]
            self.removeWidget(title)
            title.setVisible(not is_wide)
            if not is_wide:
                self.addWidget(title, row - 1, first, rows, columns, Qt.AlignmentFlag.AlignLeft)
        for line, words in enumerate(self._below, _BELOW):
            first = 1 if is_wide else 0  # below the field it is about
            self.removeWidget(words)
            self.addWidget(words, line, first, 1, _COLUMNS[breadth] - first)
        for each in range(max(_COLUMNS.values())):
            self.setColumnStretch(each, int(each == _STRETCHED[breadth]))
        px = self._theme.px
        self._cells.state.setMinimumWidth(px(WIDTHS["state"]) if is_wide else 0)
        self._cells.state.setMaximumWidth(px(WIDTHS["state"]) if is_wide else _NO_LIMIT)
        self._cells.name.setMinimumWidth(0 if not is_wide else name_width)
        self._cells.name.setMaximumWidth(_NO_LIMIT if not is_wide else name_width)
        self.setHorizontalSpacing(px(_GAP if breadth is not Breadth.SLIM else _SLIM_GAP))
        test = WIDTHS["test" if is_wide else "token"]
        self._cells.test.setFixedWidth(px(test))  # ends where the column below it ends

    def space(self) -> None:
        """Take the sizes from the theme."""
        px = self._theme.px
        left, right = _MARGINS
        self.setContentsMargins(px(left), px(12), px(right), px(12))
        self.setVerticalSpacing(px(6))
        for column in ("timeout", "retries", "token"):
            getattr(self._cells, column).setFixedWidth(px(WIDTHS[column]))
        self._cells.url.setMinimumWidth(px(_LOWEST_URL))


def side_by_side(parent: QWidget, *widgets: QWidget, stretched: QWidget) -> QWidget:
    """Return a cell that holds *widgets*, one of which takes the room that is left."""
    cell = QWidget(parent)
    line = QHBoxLayout(cell)
    line.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        line.addWidget(widget, 1 if widget is stretched else 0)
    return cell
