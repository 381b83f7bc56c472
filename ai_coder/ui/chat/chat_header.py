"""The line above a chat: its name and what can be done with the whole chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPoint, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.passing_menu import KeysOf, PassingMenu, no_keys

if TYPE_CHECKING:
    from PyQt6.QtCore import pyqtBoundSignal
    from PyQt6.QtGui import QResizeEvent

    from ai_coder.ui.theme import Theme

_NARROW = 520
"""Design pixels below which the buttons go into a menu, so that the title keeps its room."""

_TITLE = 220
"""What the title keeps beside all the buttons, margins included."""


class ChatHeader(QFrame):
    """Shows the title; emits what the user wants with the chat."""

    rename_requested = pyqtSignal()
    find_requested = pyqtSignal()
    export_requested = pyqtSignal()
    parameters_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.keys_of: KeysOf = no_keys
        self.setProperty("look", "header")
        self.sidebar_button = IconButton(theme, "sidebar", self.tr("Show the list of chats"), self)
        self.sidebar_button.setObjectName("sidebarButton")
        self._title = ElidedLabel("", "heading", self)
        self._title.setObjectName("chatTitle")
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._settings = QPushButton(self)
        self._settings.setObjectName("chatSettingsButton")
        self._settings.setProperty("look", "chip")
        self._settings.clicked.connect(self.parameters_requested)
        self._settings.hide()
        self._buttons = {
            self._button(name, text, signal): command
            for command, name, text, signal in self._wishes()
        }
        """Each with the name of the command that does the same."""

        self._more = IconButton(theme, "more", self.tr("More for this chat"), self)
        self._more.setObjectName("moreButton")
        self._more.clicked.connect(self._open_menu)
        self._more.hide()
        self._lay_out()

    def set_title(self, title: str) -> None:
        """Show the name of the chat."""
        self._title.set_text(title)

    def set_settings(self, text: str, explained: str) -> None:
        """Name what goes with every prompt of the chat; empty where nothing does."""
        self._settings.setText(text)
        self._settings.setToolTip(explained)
        self._settings.setAccessibleDescription(explained)
        self._settings.setVisible(bool(text))
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Put the buttons into the menu, or out of it."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        px = self._theme.px
        chip = 0 if self._settings.isHidden() else self._settings.sizeHint().width()
        beside = chip + sum(button.sizeHint().width() + px(4) for button in self._buttons)
        is_narrow = self.width() < px(_NARROW) or self.width() - beside < px(_TITLE)
        for button in self._buttons:
            button.setVisible(not is_narrow)
        self._more.setVisible(is_narrow)

    @pyqtSlot()
    def _open_menu(self) -> None:
        menu = PassingMenu(self)
        for button, command in self._buttons.items():
            menu.add(button.text(), button.click, self.keys_of(command))
        corner = self._more.mapToGlobal(QPoint(self._more.width(), self._more.height()))
        menu.popup(corner - QPoint(menu.sizeHint().width(), 0))

    def _wishes(self) -> list[tuple[str, str, str, pyqtBoundSignal]]:
        return [
            ("rename_chat", "renameButton", self.tr("Rename"), self.rename_requested),
            ("find_in_chat", "findButton", self.tr("Find"), self.find_requested),
            ("export_chat", "exportButton", self.tr("Export"), self.export_requested),
            ("parameters", "parametersButton", self.tr("Parameters"), self.parameters_requested),
        ]

    def _button(self, name: str, text: str, signal: pyqtBoundSignal) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setProperty("look", "ghost")
        button.clicked.connect(signal)
        return button

    def _lay_out(self) -> None:
        px = self._theme.px
        layout = QHBoxLayout(self)
        layout.setContentsMargins(px(20), px(8), px(20), px(8))
        layout.setSpacing(px(4))
        layout.addWidget(self.sidebar_button)
        layout.addWidget(self._title, 1)
        layout.addWidget(self._settings)
        for button in self._buttons:
            layout.addWidget(button)
        layout.addWidget(self._more)
