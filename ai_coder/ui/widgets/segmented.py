"""A few choices side by side, one of which holds."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QWidget


class Segmented(QFrame):
    """Shows all choices at once; `chosen` carries the value the user picked."""

    chosen = pyqtSignal(object)

    def __init__(
        self, name: str, choices: list[tuple[str, object]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._values = [value for _, value in choices]
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for index, (text, _) in enumerate(choices):
            segment = QToolButton(self)
            segment.setText(text)
            segment.setCheckable(True)
            segment.setProperty("look", "segment")
            segment.setAccessibleName(f"{name}: {text}")
            segment.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(segment, index)
            layout.addWidget(segment)
        layout.addStretch()
        self._group.idClicked.connect(self._emit_choice)

    def value(self) -> object:
        """Return the value that holds, None when none does."""
        index = self._group.checkedId()
        return self._values[index] if index >= 0 else None

    def choose(self, value: object) -> None:
        """Mark the choice with this value."""
        button = self._group.button(self._values.index(value))
        if button is not None:
            button.setChecked(True)

    def _emit_choice(self, index: int) -> None:
        self.chosen.emit(self._values[index])
