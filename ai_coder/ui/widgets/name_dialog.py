"""A small window that asks for a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

LONGEST_NAME = 120


def shortened_name(name: str) -> str:
    """Return *name* for a sentence; one that came from elsewhere may be of any length."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


class NameDialog(QDialog):
    """Carries what was typed, without blanks around it, in `named`; an empty name is not taken."""

    named = pyqtSignal(str)

    def __init__(
        self, theme: Theme, title: str, verb: str, name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        px = theme.px
        self._edit = QLineEdit(self)
        self._edit.setMaxLength(LONGEST_NAME)
        self._edit.setText(name)
        self._edit.setAccessibleName(title)
        self._edit.setFixedWidth(px(320))
        self._edit.selectAll()
        cancel = button(self.tr("Cancel"), "", self)
        self._take = button(verb, "primary", self)
        self._take.setDefault(True)
        self._edit.textChanged.connect(self._refresh)
        cancel.clicked.connect(self.reject)
        self._take.clicked.connect(self._hand_on)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(label(title, "heading", self))
        column.addWidget(self._edit)
        column.addLayout(buttons)
        self._edit.setFocus()
        self._refresh()

    @pyqtSlot()
    def _refresh(self) -> None:
        self._take.setEnabled(bool(self._edit.text().strip()))

    @pyqtSlot()
    def _hand_on(self) -> None:
        name = self._edit.text().strip()
        self.accept()
        self.named.emit(name)
