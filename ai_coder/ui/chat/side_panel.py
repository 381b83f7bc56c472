"""A panel beside the chat, or in its place where both have no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, pyqtSlot
from PyQt6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QWidget

    from ai_coder.ui.theme import Theme

WIDTH = 300
_LEAST_CHAT = 340
"""Design pixels without which a chat cannot be read and written in."""

_WIDEST = (1 << 24) - 1
"""Qt's own limit."""

_FITTING = (QEvent.Type.Resize, QEvent.Type.ShowToParent, QEvent.Type.HideToParent)


class SidePanel(QObject):
    """Gives *panel* its width beside *chat*, or all of it while that would be too narrow.

    Both are children of *view*, to which it holds no reference, as in `Sidebar`.
    """

    def __init__(self, theme: Theme, view: QWidget, chat: QWidget, panel: QWidget) -> None:
        super().__init__(view)
        self._theme = theme
        self._chat = chat
        self._panel = panel
        for watched in (view, panel):
            watched.installEventFilter(self)
        theme.changed.connect(self._fit)
        self._fit()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the width of the view, and whether the panel is shown."""
        if event is not None and event.type() in _FITTING:
            self._fit()
        return False

    @pyqtSlot()
    def _fit(self) -> None:
        width = self._theme.px(WIDTH)
        view = self._chat.parentWidget()
        whole = view.width() if view is not None else 0
        covers = whole - width < self._theme.px(_LEAST_CHAT) and not self._panel.isHidden()
        if covers and self._has_keyboard(self._chat):
            self._panel.setFocus()
        self._chat.setVisible(not covers)
        self._panel.setMinimumWidth(0 if covers else width)
        self._panel.setMaximumWidth(_WIDEST if covers else width)

    @staticmethod
    def _has_keyboard(widget: QWidget) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and widget.isAncestorOf(focused)
