"""A small dialog that adds a server on this or another computer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ai_coder.errors import SettingsError
from ai_coder.llm.address import normalize_address
from ai_coder.llm.models import ProviderConfig
from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ai_coder.ui.settings.server_kind import ServerKind
    from ai_coder.ui.theme import Theme


class AddServerDialog(QDialog):
    """Asks for kind, name and address; `server_added` carries the provider id and the rest."""

    server_added = pyqtSignal(str, object)

    def __init__(
        self,
        theme: Theme,
        kinds: Sequence[ServerKind],
        used_ids: Collection[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kinds = {kind.type: kind for kind in kinds}
        self._used_ids = set(used_ids)
        self.setObjectName("addServerDialog")
        self.setWindowTitle(self.tr("Add a server"))
        self._kind = ComboBox(theme, self.tr("Kind of server"), self)
        self._kind.setObjectName("newServerKind")
        self._kind.add_choices([(kind.name, kind.type) for kind in kinds])
        self._name = QLineEdit(self)
        self._name.setObjectName("newServerName")
        self._name.setAccessibleName(self.tr("Name"))
        self._name.setPlaceholderText("gpu-box")
        self._url = QLineEdit(self)
        self._url.setObjectName("newServerUrl")
        self._url.setAccessibleName(self.tr("Server URL"))
        self._problem = label("", "failed", self, wrap=True)
        self._cancel = button(self.tr("Cancel"), "", self)
        self._add = button(self.tr("Add server"), "primary", self)
        self._add.setObjectName("addServerButton")
        self._add.setDefault(True)
        self._kind.currentIndexChanged.connect(self._suggest)
        self._cancel.clicked.connect(self.reject)
        self._add.clicked.connect(self._finish)
        self._lay_out()
        self._suggest()

    @pyqtSlot()
    def _suggest(self) -> None:
        kind = self._kinds[str(self._kind.currentData())]
        self._url.setPlaceholderText(kind.default_url or "http://192.168.1.20:8000/v1")

    @pyqtSlot()
    def _finish(self) -> None:
        name, url = self._name.text().strip(), self._url.text().strip()
        problem = self._problem_of(name, url)
        self._problem.setText(problem)
        if problem:
            return
        config = ProviderConfig(type=str(self._kind.currentData()), name=name, base_url=url)
        self.server_added.emit(unused_id(name, self._used_ids), config)
        self.accept()

    def _problem_of(self, name: str, url: str) -> str:
        if not name:
            return self.tr("Give the server a name.")
        if not url:
            return self.tr("Enter the address of the server.")
        try:
            normalize_address(url)
        except SettingsError as error:
            reason = error.details["reason"]
            return reason[:1].upper() + reason[1:]
        return ""

    def _lay_out(self) -> None:
        px = self._theme.px
        self.setMinimumWidth(px(460))
        fields = QGridLayout()
        fields.setHorizontalSpacing(px(16))
        fields.setVerticalSpacing(px(10))
        for row, (text, field) in enumerate(
            (
                (self.tr("Kind"), self._kind),
                (self.tr("Name"), self._name),
                (self.tr("Server URL"), self._url),
            )
        ):
            fields.addWidget(label(text, "muted", self), row, 0)
            fields.addWidget(field, row, 1)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._add)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(label(self.tr("Add a server"), "heading", self))
        column.addLayout(fields)
        column.addWidget(self._problem)
        column.addLayout(buttons)


def unused_id(name: str, used: Collection[str]) -> str:
    """Return a provider id made from *name* that is not in *used*."""
    base = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or "server"
    candidate, number = base, 2
    while candidate in used:
        candidate, number = f"{base}_{number}", number + 1
    return candidate
