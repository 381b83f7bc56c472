"""How large a dialog opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QSize

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QDialog

    from ai_coder.ui.theme import Theme

_TITLE_BAR = 60


def open_at(dialog: QDialog, theme: Theme, width: int, height: int) -> None:
    """Give *dialog* a size in design pixels, or what the screen has for it."""
    wanted = QSize(theme.px(width), theme.px(height))
    screen = dialog.screen()
    if screen is not None:
        room = screen.availableSize()
        wanted = wanted.boundedTo(QSize(room.width() - _TITLE_BAR, room.height() - _TITLE_BAR))
    dialog.resize(wanted)
