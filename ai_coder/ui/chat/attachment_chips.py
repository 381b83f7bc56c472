"""Rows of small chips: attachments of a prompt, and prompts that wait."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from ai_coder.ui.icons import icon

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_LONGEST = 60


class AttachmentChips(QWidget):
    """Shows one chip per label; hidden when there is none."""

    removed = pyqtSignal(int)
    clicked = pyqtSignal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._labels: list[str] = []
        self._chips: list[QFrame] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(self._theme.px(4))
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
        text = QPushButton(short, chip)
        text.setProperty("look", "link")
        text.setToolTip(label if short != label else "")
        text.clicked.connect(partial(self._emit_clicked, index))
        close = QToolButton(chip)
        close.setIcon(icon(self._theme, "close", "muted"))
        close.setAccessibleName(self.tr("Remove {label}").format(label=short))
        close.setToolTip(self.tr("Remove"))
        close.clicked.connect(partial(self._emit_removed, index))
        layout = QHBoxLayout(chip)
        layout.setContentsMargins(self._theme.px(8), 0, self._theme.px(2), 0)
        layout.setSpacing(self._theme.px(2))
        layout.addWidget(text)
        layout.addWidget(close)
        layout.addStretch(1)
        return chip

    def _emit_removed(self, index: int) -> None:
        self.removed.emit(index)

    def _emit_clicked(self, index: int) -> None:
        self.clicked.emit(index)
