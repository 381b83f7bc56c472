"""Rows of small chips: attachments of a prompt, and prompts that wait."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QWidget

from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.elided_button import ElidedButton
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.flow_layout import FlowLayout

if TYPE_CHECKING:
    from PyQt6.QtGui import QResizeEvent

    from ai_coder.ui.theme import Theme

_LONGEST = 80
_MOST_ROWS = 3


class AttachmentChips(QScrollArea):
    """Shows one chip per label; hidden when there is none, and scrolling when there are many.

    `clicked` is emitted only where *is_clickable*: the words are a link then. Long labels are cut
    in the middle: a name ends in its type, and the cost stands behind it.
    """

    removed = pyqtSignal(int)
    clicked = pyqtSignal(int)
    emptied = pyqtSignal()
    """The last chip went away while it had the keyboard."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, is_clickable: bool = False
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_clickable = is_clickable
        self._labels: list[str] = []
        self._chips: list[QFrame] = []
        self._stops: list[QWidget] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        inner = QWidget(self)
        inner.setProperty("look", "page")
        self._layout = FlowLayout(inner)
        self.setWidget(inner)
        self.setVisible(False)
        theme.changed.connect(self._rebuild)

    def set_labels(self, labels: list[str]) -> None:
        """Show *labels*, in order."""
        if labels != self._labels:
            self._labels = list(labels)
            self._rebuild()

    def stops(self) -> list[QWidget]:
        """Return what Tab reaches here, in order."""
        return self._stops

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Take as many rows as are needed at this width, up to three."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._chips:
            row, gap = self._chips[0].sizeHint().height(), self._layout.spacing()
            needed = self._layout.heightForWidth(self.width())
            self.setFixedHeight(min(needed, _MOST_ROWS * (row + gap) - gap))

    @pyqtSlot()
    def _rebuild(self) -> None:
        window = self.window()
        used = window.focusWidget() if window is not None else None
        place = self._stops.index(used) if used in self._stops else None
        for chip in self._chips:
            self._layout.removeWidget(chip)
            chip.deleteLater()
        self._stops = []
        self._layout.setSpacing(self._theme.px(6))
        self._chips = [self._make(index, label) for index, label in enumerate(self._labels)]
        for chip in self._chips:
            self._layout.addWidget(chip)
            chip.show()
        self.setVisible(bool(self._chips))
        self._fit()
        if place is not None:
            self._give_keyboard(place)

    def _give_keyboard(self, place: int) -> None:
        """Let the stop that is at *place* now have the keyboard, or say that there is none."""
        if self._stops:
            self._stops[min(place, len(self._stops) - 1)].setFocus()
        else:
            self.emptied.emit()

    def _make(self, index: int, label: str) -> QFrame:
        chip = QFrame(self.widget())
        chip.setProperty("look", "chip")
        short = label if len(label) <= _LONGEST else _cut(label)
        text = self._words(index, short, chip)
        text.setToolTip(label if short != label else "")
        name = self.tr("Remove {label}").format(label=short)
        close = IconButton(self._theme, "close", name, chip, size=12)
        close.setToolTip(self.tr("Remove"))
        close.clicked.connect(partial(self._emit_removed, index))
        layout = QHBoxLayout(chip)
        left = self._theme.px(4 if self._is_clickable else 10)
        layout.setContentsMargins(left, self._theme.px(2), self._theme.px(3), self._theme.px(2))
        layout.setSpacing(self._theme.px(4))
        layout.addWidget(text)
        layout.addWidget(close)
        self._stops += [text, close] if self._is_clickable else [close]
        return chip

    def _words(self, index: int, text: str, chip: QFrame) -> QLabel | QPushButton:
        if not self._is_clickable:
            return ElidedLabel(text, "", chip, mode=Qt.TextElideMode.ElideMiddle)
        words = ElidedButton(text, "link", chip)
        words.clicked.connect(partial(self._emit_clicked, index))
        return words

    def _emit_removed(self, index: int) -> None:
        self.removed.emit(index)

    def _emit_clicked(self, index: int) -> None:
        self.clicked.emit(index)


def _cut(label: str) -> str:
    half = _LONGEST // 2
    return f"{label[: half - 1]}…{label[-half:]}"
