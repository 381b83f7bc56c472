"""A few choices side by side, one of which holds."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QFrame, QSizePolicy, QToolButton, QWidget

from ai_coder.ui.widgets.flow_layout import FlowLayout

_GAP = 2


class Segmented(QFrame):
    """Shows all choices at once, in lines where there is no room for one.

    `chosen` carries the value the user picked.
    """

    chosen = pyqtSignal(object)

    def __init__(
        self, name: str, choices: list[tuple[str, object]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setProperty("look", "segments")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._values = [value for _, value in choices]
        self._group = QButtonGroup(self)
        layout = FlowLayout(self, spacing=_GAP)
        layout.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        for index, (text, _) in enumerate(choices):
            segment = QToolButton(self)
            segment.setText(text)
            segment.setCheckable(True)
            segment.setProperty("look", "segment")
            segment.setAccessibleName(f"{name}: {text}")
            segment.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(segment, index)
            layout.addWidget(segment)
        self._group.idClicked.connect(self._emit_choice)

    def sizeHint(self) -> QSize:
        """Return room for all choices on one line."""
        hints = [segment.sizeHint() for segment in self._group.buttons()]
        inside = sum(hint.width() + _GAP for hint in hints) - _GAP
        height = max((hint.height() for hint in hints), default=0)
        frame = self.contentsMargins() + _GAP
        return QSize(inside, height).grownBy(frame)

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
