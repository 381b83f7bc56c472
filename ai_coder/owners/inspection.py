"""The request inspector: off until it is switched on, shown on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSlot

if TYPE_CHECKING:
    from ai_coder.llm.inspector import Inspector
    from ai_coder.ui.chat.inspector_dialog import InspectorDialog
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme

_REFRESH_MS = 100


class InspectionOwner(QObject):
    """Connects the recorder of the network with its window."""

    def __init__(self, inspector: Inspector, theme: Theme, window: MainWindow) -> None:
        super().__init__(window)
        self._inspector = inspector
        self._theme = theme
        self._window = window
        self._dialog: InspectorDialog | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        inspector.on_change = self._news

    @pyqtSlot()
    def open(self) -> None:
        """Show what was recorded."""
        if self._dialog is None:
            from ai_coder.ui.chat.inspector_dialog import InspectorDialog

            self._dialog = InspectorDialog(self._theme, self._window)
            self._dialog.recording_changed.connect(self._record)
            self._dialog.clear_requested.connect(self._inspector.clear)
        self._dialog.set_recording(self._inspector.is_on)
        self._refresh()
        self._dialog.show()
        self._dialog.raise_()

    @pyqtSlot(bool)
    def _record(self, is_on: bool) -> None:
        self._inspector.is_on = is_on

    def _news(self) -> None:
        """Show news a moment later: a stream brings many at once."""
        if self._dialog is not None and not self._timer.isActive():
            self._timer.start()

    @pyqtSlot()
    def _refresh(self) -> None:
        if self._dialog is not None:
            self._dialog.set_exchanges(self._inspector.exchanges())
