"""Buttons in the looks of the style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QSize, Qt, pyqtSlot
from PyQt6.QtWidgets import QPushButton, QToolButton, QWidget

from ai_coder.ui.icons import icon

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


def button(text: str, look: str = "", parent: QWidget | None = None) -> QPushButton:
    """Return a push button; *look* is empty, `primary`, `ghost`, `danger` or `link`."""
    made = QPushButton(text, parent)
    made.setAutoDefault(False)
    if look:
        made.setProperty("look", look)
    return made


class IconButton(QToolButton):
    """A button with an icon only; *name* is its tool tip and accessible name."""

    def __init__(
        self,
        theme: Theme,
        icon_name: str,
        name: str,
        parent: QWidget | None = None,
        *,
        role: str = "muted",
        size: int = 16,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role
        self._size = size
        self.setIcon(icon(theme, icon_name, role))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_name(name)
        theme.changed.connect(self._refresh)
        self._refresh()

    def set_name(self, name: str) -> None:
        """Change what the button is called."""
        self.setAccessibleName(name)
        self.setToolTip(name)

    @pyqtSlot()
    def _refresh(self) -> None:
        side = self._theme.px(self._size)
        self.setIconSize(QSize(side, side))
        self.update()
