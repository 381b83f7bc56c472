"""A field that says whether a server's token is set, and takes a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from ai_coder.settings.secrets import SecretSource
from ai_coder.ui.settings.secret_entry import SecretEntry, secret_words, short_secret_words
from ai_coder.ui.widgets.popover import Popover

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_POPOVER_WIDTH = 420


class TokenButton(QPushButton):
    """A click opens the entry; `entered` carries the token, or an empty text to forget it."""

    entered = pyqtSignal(str)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._secret = SecretEntry(theme, name)
        holder = QWidget()
        inside = QHBoxLayout(holder)
        inside.setContentsMargins(12, 12, 12, 12)
        inside.addWidget(self._secret)
        self._popover = Popover(theme, holder, self)
        self.variable = ""
        self.setAutoDefault(False)
        self.setProperty("look", "field")
        self.setAccessibleName(name)
        self.clicked.connect(self.open)
        self._secret.entered.connect(self._hand_on)
        self.set_source(SecretSource.NONE)

    @property
    def line_edit(self) -> QLineEdit:
        """The field in which the token is typed."""
        return self._secret.line_edit

    def set_source(self, source: SecretSource, variable: str = "") -> None:
        """Say where the token is kept; `variable` is then the one of the environment, or empty."""
        self.variable = variable if source is SecretSource.ENVIRONMENT else ""
        self.setText(short_secret_words(source))
        self.setToolTip(secret_words(source, variable))
        self._secret.set_source(source, variable)

    @pyqtSlot()
    def open(self) -> None:
        """Let the user enter a token."""
        self._popover.open_above(self, self._theme.px(_POPOVER_WIDTH))
        self._secret.setFocus()

    def hand_on(self) -> bool:
        """Hand on what was typed, if anything; opens the entry for what cannot be a token."""
        if self._secret.hand_on():
            return True
        self.open()
        return False

    @pyqtSlot(str)
    def _hand_on(self, token: str) -> None:
        self._popover.hide()
        self.entered.emit(token)
