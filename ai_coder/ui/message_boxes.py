"""Qt's message boxes in the margins of our own dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QGridLayout, QMessageBox, QPushButton

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


def lay_out_box(box: QMessageBox, theme: Theme) -> None:
    """Give a box without an icon one left edge for its words and its buttons."""
    _mark_default(box)
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


def _mark_default(box: QMessageBox) -> None:
    """Show which button Enter presses: the one that goes on, else the one that changes nothing.

    Qt would take the first button there is, even one that destroys something.
    """
    buttons = [button for button in box.buttons() if isinstance(button, QPushButton)]
    ranks = {QMessageBox.ButtonRole.AcceptRole: 1, QMessageBox.ButtonRole.RejectRole: 2}
    harmless = [button for button in buttons if box.buttonRole(button) in ranks]
    harmless.sort(key=lambda button: ranks[box.buttonRole(button)])
    default = next((button for button in buttons if button.isDefault()), None)
    style = box.style()
    if style is None:
        return
    for button in [default] if default else harmless[:1]:
        box.setDefaultButton(button)
        button.setProperty("look", button.property("look") or "primary")
        style.unpolish(button)
        style.polish(button)
