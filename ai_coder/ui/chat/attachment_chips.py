"""Rows of small chips: attachments of a prompt, and prompts that wait."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.elided_button import ElidedButton
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.flow_layout import FlowLayout

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_LONGEST = 64


class AttachmentChips(QWidget):
    """Shows one chip per label; hidden when there is none.

    `clicked` is emitted only where *is_clickable*: the words are a link then.
    """

    removed = pyqtSignal(int)
    clicked = pyqtSignal(int)

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, is_clickable: bool = False
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_clickable = is_clickable
        self._labels: list[str] = []
        self._chips: list[QFrame] = []
        self._layout = FlowLayout(self, spacing=theme.px(6))
        self.setVisible(False)
        theme.changed.connect(self._rebuild)

    def set_labels(self, labels: list[str]) -> None:
        """Show *labels*, in order."""
        if labels != self._labels:
            self._labels = list(labels)
            self._rebuild()

    def _rebuild(self) -> None:
        for chip in self._chips:
            self._layout.removeWidget(chip)
            chip.deleteLater()
        self._chips = [self._make(index, label) for index, label in enumerate(self._labels)]
        for chip in self._chips:
            self._layout.addWidget(chip)
        self.setVisible(bool(self._chips))

    def _make(self, index: int, label: str) -> QFrame:
        chip = QFrame(self)
        chip.setProperty("look", "chip")
        short = label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
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
        return chip

    def _words(self, index: int, text: str, chip: QFrame) -> QLabel | QPushButton:
        if not self._is_clickable:
            return ElidedLabel(text, "", chip)
        words = ElidedButton(text, "link", chip)
        words.clicked.connect(partial(self._emit_clicked, index))
        return words

    def _emit_removed(self, index: int) -> None:
        self.removed.emit(index)

    def _emit_clicked(self, index: int) -> None:
        self.clicked.emit(index)
