"""Settings → Advanced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from ai_coder.settings.schema import AdvancedSettings
from ai_coder.ui.settings.form import Row
from ai_coder.ui.settings.tab import FormTab
from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.label import hairline, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.theme import Theme


class AdvancedTab(FormTab):
    """Log, engine, and the folders of the application."""

    folder_requested = pyqtSignal(str)
    """The path of a folder to show in the desktop's file manager."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.add_form(
            ("advanced",),
            AdvancedSettings,
            [
                Row("log_level", self.tr("Log file")),
                Row(
                    "engine_threads",
                    self.tr("Threads of the built-in engine"),
                    placeholder=self.tr("Half of the processors"),
                ),
                Row(
                    "engine_idle_minutes",
                    self.tr("Free the memory of an unused model"),
                    self.tr("Minutes without a question to the built-in engine."),
                    suffix=self.tr(" min"),
                ),
            ],
        )
        self.column.addWidget(label(self.tr("Folders"), "strong", self))
        self._folders = QFrame(self)
        self._folders.setProperty("look", "card")
        self._rows = QVBoxLayout(self._folders)
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)
        self.column.addWidget(self._folders)
        self.column.addStretch()

    def set_folders(self, folders: Sequence[tuple[str, str]]) -> None:
        """Show (name, path) pairs, each with a button that opens it."""
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for position, (name, path) in enumerate(folders):
            if position:
                self._rows.addWidget(hairline(self._folders))
            self._rows.addWidget(self._folder_row(name, path))

    def _folder_row(self, name: str, path: str) -> QFrame:
        px = self._theme.px
        row = QFrame(self._folders)
        title = label(name, "", row)
        title.setMinimumWidth(px(130))
        shown = ElidedLabel(path, "muted", row, mode=Qt.TextElideMode.ElideMiddle)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        open_button = button(self.tr("Open"), "", row)
        open_button.setAccessibleName(self.tr("Open {name}").format(name=name))
        open_button.clicked.connect(lambda: self.folder_requested.emit(path))
        layout = QHBoxLayout(row)
        layout.setContentsMargins(px(16), px(8), px(16), px(8))
        layout.setSpacing(px(16))
        layout.addWidget(title)
        layout.addWidget(shown, 1)
        layout.addWidget(open_button)
        return row
