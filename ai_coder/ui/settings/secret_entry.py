"""A field into which a key is typed once; it is handed on and never shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ai_coder.settings.secrets import SecretSource, unsendable_sign
from ai_coder.ui.widgets.buttons import IconButton, button
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.look import set_look

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
        self._problem = label("", "failed", self, wrap=True)
        self._edit.textChanged.connect(self._refresh)
        self._edit.returnPressed.connect(self.hand_on)
        self._save.clicked.connect(self.hand_on)
        self._forget.clicked.connect(lambda: self.entered.emit(""))
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self._edit, 1)
        line.addWidget(self._save)
        line.addWidget(self._forget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self._problem)
        self.setFocusProxy(self._edit)
        self._source, self._variable = SecretSource.NONE, ""
        self.set_source(SecretSource.NONE)

    @property
    def line_edit(self) -> QLineEdit:
        """The field itself."""
        return self._edit

    def set_source(self, source: SecretSource, variable: str = "") -> None:
        """Say where the present key is kept; *variable* is the one of the environment."""
        self._source, self._variable = source, variable
        self._edit.setPlaceholderText(secret_words(source, variable))
        self._edit.setAccessibleDescription(secret_words(source, variable))
        self._refresh()

    @pyqtSlot()
    def hand_on(self) -> bool:
        """Hand on what was typed, if anything; returns False for what cannot be a key."""
        key = self._edit.text().strip()
        if self.problem():
            return False
        if key:
            self._edit.clear()
            self.entered.emit(key)
        return True

    def problem(self) -> str:
        """Return why what was typed cannot be a key; empty when it can."""
        sign = unsendable_sign(self._edit.text().strip())
        if not sign:
            return ""
        words = self.tr("A key has only plain letters, digits and signs; this one holds “{sign}”.")
        return words.format(sign=sign if sign.isprintable() else f"U+{ord(sign):04X}")

    @pyqtSlot()
    def _refresh(self) -> None:
        problem = self.problem()
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        set_look(self._edit, bool(problem), name="invalid")
        self._save.setVisible(bool(self._edit.text().strip()))
        self._save.setEnabled(not problem)
        is_ours = self._source not in (SecretSource.NONE, SecretSource.ENVIRONMENT)
        is_ours = is_ours and not (self._source is SecretSource.UNUSABLE and self._variable)
        self._forget.setVisible(is_ours and not self._edit.text())


def secret_words(source: SecretSource, variable: str = "") -> str:
    """Return where a key is kept, in words."""
    unusable = _tr("The saved key is not used: it holds a sign that no key has")
    if variable:
        unusable = _tr("{variable} is not used: it holds a sign that no key has")
    words = {
        SecretSource.NONE: _tr("No key entered"),
        SecretSource.KEYRING: _tr("Saved in the system keyring"),
        SecretSource.ENVIRONMENT: _tr("From {variable}").format(variable=variable),
        SecretSource.THIS_RUN: _tr("Kept for this run only: no keyring"),
        SecretSource.NOT_SAVED: _tr("Kept for this run only: the keyring did not take it"),
        SecretSource.UNUSABLE: unusable.format(variable=variable),
    }
    return words[source]


def short_secret_words(source: SecretSource) -> str:
    """Return one or two words for a narrow place."""
    words = {
        SecretSource.NONE: _tr("None"),
        SecretSource.KEYRING: _tr("Set"),
        SecretSource.ENVIRONMENT: _tr("Set"),
        SecretSource.THIS_RUN: _tr("This run"),
        SecretSource.NOT_SAVED: _tr("This run"),
        SecretSource.UNUSABLE: _tr("Unusable"),
    }
    return words[source]


def _tr(text: str) -> str:
    return QCoreApplication.translate("SecretEntry", text)
