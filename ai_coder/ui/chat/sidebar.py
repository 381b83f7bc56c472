"""When the list of chats stands beside the open one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, pyqtSlot

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QWidget

    from ai_coder.ui.theme import Theme

_NARROW = 680
"""Design pixels of the pane below which the list would leave too little room for the chat."""

_SHOWN_OR_HIDDEN = (QEvent.Type.ShowToParent, QEvent.Type.HideToParent)


class Sidebar(QObject):
    """Hides the list while the pane is narrow, and brings it back.

    What the user chooses holds until the pane becomes narrow or wide the next time. *opener* is
    shown while the list is not.
    """

    def __init__(self, theme: Theme, pane: QWidget, chats: QWidget, opener: QWidget) -> None:
        super().__init__(pane)
        self._theme = theme
        self._pane = pane
        self._chats = chats
        self._opener = opener
        self._was_narrow = False
        self._is_in_the_way = False
        opener.hide()
        pane.installEventFilter(self)
        chats.installEventFilter(self)
        theme.changed.connect(self._fit)

    @pyqtSlot()
    def toggle(self) -> None:
        """Show or hide the list."""
        self._is_in_the_way = False
        self._chats.setVisible(self._chats.isHidden())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the width of the pane, and what others do with the list."""
        kind = event.type() if event is not None else None
        if watched is self._pane and kind == QEvent.Type.Resize:
            self._fit()
        elif watched is self._chats and kind in _SHOWN_OR_HIDDEN:
            self._opener.setVisible(self._chats.isHidden())
        return False

    @pyqtSlot()
    def _fit(self) -> None:
        is_narrow = self._pane.width() < self._theme.px(_NARROW)
        if is_narrow == self._was_narrow:
            return
        self._was_narrow = is_narrow
        if is_narrow and not self._chats.isHidden():
            self._is_in_the_way = True
            self._chats.hide()
        elif not is_narrow and self._is_in_the_way:
            self._is_in_the_way = False
            self._chats.show()
