"""Paint the window first, then import the rest beside it."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QEventLoop, QObject, QThread, QTimer, pyqtSignal

from ai_coder.ui.short_turns import SHORT_TURNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PyQt6.QtWidgets import QWidget


class Imports(QThread):
    """Imports modules in the background; a module that fails is left for its first user."""

    def __init__(self, modules: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._modules = modules

    def run(self) -> None:
        """Import one after the other."""
        for module in self._modules:
            with suppress(ImportError):
                import_module(module)


class _FirstFrame(QObject):
    """Starts *imports* once the first frame of *window* is on the screen."""

    gone = pyqtSignal()
    """The window was closed before it was painted."""

    def __init__(self, window: QWidget, imports: Imports) -> None:
        super().__init__(window)
        self._imports = imports
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Start as soon as the frame that begins here is done."""
        if watched is not None and event is not None:
            if event.type() == QEvent.Type.Paint:
                watched.removeEventFilter(self)
                QTimer.singleShot(0, self._imports.start)
            elif event.type() == QEvent.Type.Hide:
                self.gone.emit()
        return False


def paint_then_import(window: QWidget, modules: Sequence[str]) -> None:
    """Show *window*, keep it alive, and return when *modules* are imported or it is closed."""
    imports = Imports(modules, window)
    frame = _FirstFrame(window, imports)
    waiting = QEventLoop()
    imports.finished.connect(waiting.quit)
    frame.gone.connect(waiting.quit)
    window.show()
    with SHORT_TURNS:
        waiting.exec()
        imports.wait()
