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
_FITTING = (QEvent.Type.Resize, *_SHOWN_OR_HIDDEN)


class Sidebar(QObject):
    """Hides the list while the pane is narrow, and brings it back.

    What the user chooses holds until the pane becomes narrow or wide the next time; a panel on
    its other side narrows it, too. *opener* is shown while the list is not.

    It holds no reference to the pane, its parent: Python would have to look for the circle when
    both go, and a collection in the middle of an event must not meet the event's filter.
    """

    def __init__(self, theme: Theme, pane: QWidget, chats: QWidget, opener: QWidget) -> None:
        super().__init__(pane)
        self._theme = theme
        self._chats = chats
        self._opener = opener
        self._panel: QWidget | None = None
        self._was_narrow = False
        self._is_in_the_way = False
        opener.hide()
        pane.installEventFilter(self)
        chats.installEventFilter(self)
        theme.changed.connect(self._fit)

    def give_way_to(self, panel: QWidget) -> None:
        """Leave room for a panel on the other side of the chat while it is shown."""
        self._panel = panel
        panel.installEventFilter(self)
        self._fit()

    @pyqtSlot()
    def toggle(self) -> None:
        """Show or hide the list."""
        self._is_in_the_way = False
        self._chats.setVisible(self._chats.isHidden())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the width of the pane, and what others do with the list."""
        kind = event.type() if event is not None else None
        if watched is self._chats:
            if kind in _SHOWN_OR_HIDDEN:
                self._opener.setVisible(self._chats.isHidden())
        elif kind in _FITTING:
            self._fit()
        return False

    @pyqtSlot()
    def _fit(self) -> None:
        panel = self._panel
        beside = panel.width() if panel is not None and not panel.isHidden() else 0
        pane = self._chats.parentWidget()
        whole = pane.width() if pane is not None else 0
        is_narrow = whole - beside < self._theme.px(_NARROW)
        if is_narrow == self._was_narrow:
            return
        self._was_narrow = is_narrow
        if is_narrow and not self._chats.isHidden():
            self._is_in_the_way = True
            self._chats.hide()
        elif not is_narrow and self._is_in_the_way:
            self._is_in_the_way = False
            self._chats.show()
