"""Find in the open chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from ai_coder.ui.icons import icon
from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.search_field import show_as_search

if TYPE_CHECKING:
    from PyQt6.QtGui import QKeyEvent
    from PyQt6.QtWidgets import QWidget

    from ai_coder.ui.theme import Theme


class FindBar(QFrame):
    """A field, the number of places, and the way from one to the next."""

    text_changed = pyqtSignal(str)
    next_requested = pyqtSignal()
    previous_requested = pyqtSignal()
    closed = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("findBar")
        self.setProperty("look", "header")
        self._field = QLineEdit(self)
        self._field.setObjectName("findField")
        self._field.setPlaceholderText(self.tr("Find in this chat"))
        show_as_search(self._field, theme, self.tr("Find in this chat"))
        self._count = QLabel(self)
        self._count.setProperty("look", "muted")
        self._row = layout = QHBoxLayout(self)
        layout.addWidget(self._field, 100)
        layout.addWidget(self._count)
        for name, text, signal in (
            ("chevron-up", self.tr("Previous place (Shift+Enter)"), self.previous_requested),
            ("chevron-down", self.tr("Next place (Enter)"), self.next_requested),
        ):
            step = QToolButton(self)
            step.setIcon(icon(theme, name, "muted"))
            step.setToolTip(text)
            step.setAccessibleName(text)
            step.clicked.connect(signal)
            layout.addWidget(step)
        close = IconButton(theme, "close", self.tr("Close"), self)
        close.clicked.connect(self.close_bar)
        layout.addStretch(1)
        layout.addWidget(close)
        theme.changed.connect(self._space)
        self._space()
        self._field.textChanged.connect(self.text_changed)
        self.hide()

    def open_bar(self) -> None:
        """Show the bar with the caret in the field."""
        self.show()
        self._field.setFocus()
        self._field.selectAll()
        if self._field.text():
            self.text_changed.emit(self._field.text())

    def open_with(self, text: str) -> None:
        """Show the bar with a *text* that is looked for already, and leave the keyboard alone."""
        self._field.blockSignals(True)
        self._field.setText(text)
        self._field.blockSignals(False)
        self.show()

    def close_bar(self) -> None:
        """Hide the bar and let go of the highlights."""
        self.hide()
        self.closed.emit()

    def set_count(self, count: int, current: int = 0, *, has_more: bool = False) -> None:
        """Show how many places match and which is shown; *has_more*: these are not all."""
        if current:
            words = self.tr("{current} of {n}+") if has_more else self.tr("{current} of {n}")
        else:
            words = self.tr("1 place") if count == 1 else self.tr("{n} places")
            words = self.tr("{n}+ places") if has_more else words
        words = words.format(n=f"{count:,}", current=f"{current:,}")
        words = words if count else self.tr("Nothing found")
        self._count.setText(words if self._field.text() else "")

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Enter goes on, Shift+Enter back, Esc closes."""
        if event is None:
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            (self.previous_requested if back else self.next_requested).emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self._field.setMaximumWidth(px(360))
        self._row.setContentsMargins(px(20), px(6), px(20), px(6))
        self._row.setSpacing(px(8))
