"""The line above a chat: its name and what can be done with the whole chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ai_coder.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class ChatHeader(QFrame):
    """Shows the title; emits what the user wants with the chat."""

    rename_requested = pyqtSignal()
    find_requested = pyqtSignal()
    export_requested = pyqtSignal()
    parameters_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "header")
        self._title = ElidedLabel("", "heading", self)
        self._title.setObjectName("chatTitle")
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.px(20), theme.px(8), theme.px(20), theme.px(8))
        layout.setSpacing(theme.px(4))
        layout.addWidget(self._title, 1)
        self._settings = QPushButton(self)
        self._settings.setObjectName("chatSettingsButton")
        self._settings.setProperty("look", "chip")
        self._settings.clicked.connect(self.parameters_requested)
        self._settings.hide()
        layout.addWidget(self._settings)
        for name, text, signal in (
            ("renameButton", self.tr("Rename"), self.rename_requested),
            ("findButton", self.tr("Find"), self.find_requested),
            ("exportButton", self.tr("Export"), self.export_requested),
            ("parametersButton", self.tr("Parameters"), self.parameters_requested),
        ):
            button = QPushButton(text, self)
            button.setObjectName(name)
            button.setProperty("look", "ghost")
            button.clicked.connect(signal)
            layout.addWidget(button)

    def set_title(self, title: str) -> None:
        """Show the name of the chat."""
        self._title.set_text(title)

    def set_settings(self, text: str, explained: str) -> None:
        """Name what goes with every prompt of the chat; empty where nothing does."""
        self._settings.setText(text)
        self._settings.setToolTip(explained)
        self._settings.setAccessibleDescription(explained)
        self._settings.setVisible(bool(text))
