"""Qt's message boxes in the margins of our own dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QGridLayout, QMessageBox

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


def lay_out_box(box: QMessageBox, theme: Theme) -> None:
    """Give a box without an icon one left edge for its words and its buttons."""
    grid, px = box.layout(), theme.px
    if not isinstance(grid, QGridLayout) or box.icon() is not QMessageBox.Icon.NoIcon:
        return
    grid.setContentsMargins(px(24), px(20), px(24), px(20))
    grid.setHorizontalSpacing(0)
    grid.setVerticalSpacing(px(8))
    grid.setColumnStretch(1, 1)
    for position in range(grid.count()):
        item = grid.itemAt(position)
        spacer = item.spacerItem() if item is not None else None
        if spacer is not None:
            spacer.changeSize(0, px(4))
