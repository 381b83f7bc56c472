"""The last line of the settings: what is unsaved or wrong, and the buttons that save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QGridLayout, QWidget

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.look import set_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PyQt6.QtGui import QResizeEvent

    from ai_coder.ui.theme import Theme

_NARROW_BELOW = 640


class SettingsFooter(QWidget):
    """Three wishes, and above or beside them in words why one of them is refused."""

    save_requested = pyqtSignal()
    discard_requested = pyqtSignal()
    reset_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._unsaved = label("", "muted", self, wrap=True)
        self._unsaved.setObjectName("unsavedLabel")
        self._reset = button(self.tr("Reset"), "", self)
        self._reset.setObjectName("resetSettingsButton")
        self._discard = button(self.tr("Discard"), "ghost", self)
        self._discard.setObjectName("discardSettingsButton")
        self._save = button(self.tr("Save Settings"), "primary", self)
        self._save.setObjectName("saveSettingsButton")
        self._save.clicked.connect(self.save_requested)
        self._discard.clicked.connect(self.discard_requested)
        self._reset.clicked.connect(self.reset_requested)
        self._grid = QGridLayout(self)
        self._grid.setColumnStretch(0, 1)
        for column, each in enumerate((self._discard, self._reset, self._save), 1):
            self._grid.addWidget(each, 1, column)
        theme.changed.connect(self._space)
        self._space()

    def show_state(self, *, is_unsaved: bool, problems: Sequence[str]) -> None:
        """Offer what can be done now, and say what is wrong."""
        self._save.setEnabled(is_unsaved and not problems)
        self._save.setToolTip("\n".join(problems))
        self._discard.setVisible(is_unsaved)
        words = self.tr("Unsaved changes") if is_unsaved else ""
        self._unsaved.setText(problems[0] if problems else words)
        self._unsaved.setVisible(is_unsaved)
        set_look(self._unsaved, "failed" if problems else "muted")

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Say what is unsaved on a line of its own where the buttons need the width."""
        super().resizeEvent(event)
        self._space()

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self._grid.setContentsMargins(0, px(8), 0, 0)
        self._grid.setSpacing(px(10))
        self._grid.removeWidget(self._unsaved)
        is_narrow = self.width() < px(_NARROW_BELOW)
        self._grid.addWidget(self._unsaved, *((0, 0, 1, 4) if is_narrow else (1, 0)))
