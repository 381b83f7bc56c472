"""The line above the composer: what the running turn does, and what can go on after it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.chat.transcript_message import Offer
    from ai_coder.ui.theme import Theme


class PhaseStrip(QWidget):
    """Hidden while there is nothing to say and nothing to offer."""

    action_requested = pyqtSignal(str)
    """The action of the offer that was taken."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers: tuple[Offer, ...] = ()
        self._buttons: list[QPushButton] = []
        self.phase = label("", "strong", self)
        self.phase.setObjectName("phaseLabel")
        self.phase.setAccessibleName(self.tr("Phase of the answer"))
        self.metrics = label("", "small", self)
        self.metrics.setAccessibleName(self.tr("Progress of the phase"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.px(10))
        self._row.addWidget(self.phase)
        self._row.addWidget(self.metrics)
        self._row.addStretch(1)

    def show_phase(self, phase: str, detail: str, offers: Sequence[Offer] = ()) -> None:
        """Show the name of the phase, what is known about it, and what can be done."""
        self.phase.setText(phase)
        self.metrics.setText(detail)
        if tuple(offers) != self._offers:
            self._rebuild(tuple(offers))
        self.setVisible(bool(phase or detail or offers))

    def _rebuild(self, offers: tuple[Offer, ...]) -> None:
        for old in self._buttons:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._offers = offers
        self._buttons = []
        for offer in offers:
            made = button(offer.text, "ghost", self)
            made.setObjectName(f"{offer.action}Button")
            made.clicked.connect(partial(self._emit, offer.action))
            self._row.addWidget(made)
            self._buttons.append(made)

    def _emit(self, action: str) -> None:
        self.action_requested.emit(action)
