"""A button that takes the next keys pressed as a shortcut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QPushButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODIFIERS = frozenset(
    {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr}
)


class KeyRecorder(QPushButton):
    """Click, press the keys; Escape keeps the old ones. `recorded` carries portable text."""

    recorded = pyqtSignal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._keys: tuple[str, ...] = ()
        self._is_recording = False
        self.setAutoDefault(False)
        self.clicked.connect(self._start)
        self._refresh()

    def set_keys(self, keys: Sequence[str]) -> None:
        """Show the present shortcuts."""
        self._keys = tuple(keys)
        self._is_recording = False
        self._refresh()

    def event(self, event: QEvent | None) -> bool:  # noqa: D102  # Qt's own contract
        if (
            self._is_recording
            and event is not None
            and event.type() == QEvent.Type.ShortcutOverride
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Take the keys while recording."""
        if event is None or not self._is_recording:
            super().keyPressEvent(event)
            return
        if event.key() in _MODIFIERS:
            return
        self._is_recording = False
        self._refresh()
        if event.key() != Qt.Key.Key_Escape:
            sequence = QKeySequence(event.keyCombination())
            self.recorded.emit(sequence.toString(QKeySequence.SequenceFormat.PortableText))

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Stop recording."""
        super().focusOutEvent(event)
        self._is_recording = False
        self._refresh()

    @pyqtSlot()
    def _start(self) -> None:
        self._is_recording = True
        self._refresh()

    def _refresh(self) -> None:
        shown = [
            QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            for keys in self._keys
        ]
        text = ", ".join(shown) or self.tr("None")
        self.setText(self.tr("Press keys…") if self._is_recording else text)
        words = self.tr("Shortcut of {command}: {keys}")
        self.setAccessibleName(words.format(command=self._name, keys=text))
