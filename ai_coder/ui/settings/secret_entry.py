"""A field into which a key is typed once; it is handed on and never shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ai_coder.settings.secrets import SecretSource
from ai_coder.ui.widgets.buttons import IconButton, button

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class SecretEntry(QWidget):
    """Emits `entered` with the key, or with an empty text to forget it."""

    entered = pyqtSignal(str)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edit = QLineEdit(self)
        self._edit.setEchoMode(QLineEdit.EchoMode.Password)
        self._edit.setAccessibleName(name)
        self._edit.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self._save = button(self.tr("Save key"), "", self)
        self._forget = IconButton(theme, "trash", self.tr("Forget this key"), self)
        self._edit.textChanged.connect(self._refresh)
        self._edit.returnPressed.connect(self._hand_on)
        self._save.clicked.connect(self._hand_on)
        self._forget.clicked.connect(lambda: self.entered.emit(""))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._edit, 1)
        layout.addWidget(self._save)
        layout.addWidget(self._forget)
        self.setFocusProxy(self._edit)
        self._source = SecretSource.NONE
        self.set_source(SecretSource.NONE)

    @property
    def line_edit(self) -> QLineEdit:
        """The field itself."""
        return self._edit

    def set_source(self, source: SecretSource, variable: str = "") -> None:
        """Say where the present key is kept; *variable* is the one of the environment."""
        self._source = source
        self._edit.setPlaceholderText(secret_words(source, variable))
        self._edit.setAccessibleDescription(secret_words(source, variable))
        self._refresh()

    @pyqtSlot()
    def _hand_on(self) -> None:
        key = self._edit.text().strip()
        if key:
            self._edit.clear()
            self.entered.emit(key)

    @pyqtSlot()
    def _refresh(self) -> None:
        self._save.setVisible(bool(self._edit.text().strip()))
        is_ours = self._source in (SecretSource.KEYRING, SecretSource.THIS_RUN)
        self._forget.setVisible(is_ours and not self._edit.text())


def secret_words(source: SecretSource, variable: str = "") -> str:
    """Return where a key is kept, in words."""
    words = {
        SecretSource.NONE: _tr("No key entered"),
        SecretSource.KEYRING: _tr("Saved in the system keyring"),
        SecretSource.ENVIRONMENT: _tr("From {variable}").format(variable=variable),
        SecretSource.THIS_RUN: _tr("Kept for this run only: no keyring"),
    }
    return words[source]


def short_secret_words(source: SecretSource) -> str:
    """Return one or two words for a narrow place."""
    words = {
        SecretSource.NONE: _tr("None"),
        SecretSource.KEYRING: _tr("Set"),
        SecretSource.ENVIRONMENT: _tr("Set"),
        SecretSource.THIS_RUN: _tr("This run"),
    }
    return words[source]


def _tr(text: str) -> str:
    return QCoreApplication.translate("SecretEntry", text)
