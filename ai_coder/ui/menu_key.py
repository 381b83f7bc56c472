"""Shift+F10, which opens the menu of what has the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPoint, Qt, pyqtSlot
from PyQt6.QtGui import QContextMenuEvent, QGuiApplication, QKeySequence, QShortcut

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QWidget


class MenuKey(QShortcut):
    """Does what the Menu key does, for keyboards without one; Qt knows it on some desktops only."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(QKeySequence("Shift+F10"), window)
        self.setContext(Qt.ShortcutContext.ApplicationShortcut)
        self.activated.connect(self._ask_for_menu)

    @pyqtSlot()
    def _ask_for_menu(self) -> None:
        """Let Qt find the widget and the place, as for the Menu key."""
        window = QGuiApplication.focusWindow()
        if window is not None:
            by_key = QContextMenuEvent.Reason.Keyboard
            QGuiApplication.sendEvent(window, QContextMenuEvent(by_key, QPoint(), QPoint()))
