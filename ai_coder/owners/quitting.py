"""The question before the window closes while something of a chat is only in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PyQt6.QtWidgets import QPushButton

    from ai_coder.ui.chat.late_saving import LateSaving
    from ai_coder.ui.main_window import MainWindow


class QuitGuard(QObject):
    """Keeps the window open until the chats are saved, or the user lets them go."""

    export_requested = pyqtSignal()

    def __init__(self, saving: LateSaving, window: MainWindow) -> None:
        super().__init__(window)
        self._saving = saving
        self._window = window
        self._quit: QPushButton | None = None
        saving.saved.connect(self._go_on)
        window.guards.append(self)

    @property
    def has_unsaved_changes(self) -> bool:
        """Whether quitting would lose something that was said."""
        return self._saving.has_unsaved

    def ask_to_leave(self, proceed: Callable[[], None]) -> None:
        """Ask; *proceed* is also called when everything is saved while the question is open."""
        box = QMessageBox(self._window)
        box.setObjectName("unsavedChatsDialog")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self.tr("Unsaved chats"))
        box.setText(self.tr("Quit and lose what is not saved?"))
        box.setInformativeText(
            self.tr("The last words or changes could not be written to the file of the chats yet.")
        )
        if self._saving.can_export:
            export = box.addButton(self.tr("Export all…"), QMessageBox.ButtonRole.ActionRole)
            if export is not None:
                export.clicked.connect(self.export_requested)
        self._quit = box.addButton(self.tr("Quit anyway"), QMessageBox.ButtonRole.DestructiveRole)
        wait = box.addButton(self.tr("Wait"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(wait)
        box.setEscapeButton(wait)
        if self._quit is not None:
            self._quit.clicked.connect(proceed)
        box.finished.connect(self._forget)
        box.open()

    @pyqtSlot()
    def _go_on(self) -> None:
        if self._quit is not None and not self.has_unsaved_changes:
            self._quit.click()

    @pyqtSlot()
    def _forget(self) -> None:
        self._quit = None
