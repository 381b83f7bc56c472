"""The bottom line of the window: every server's state, the lock, how fast the last answer came."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QWidget

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.status_button import Detail, StatusButton

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PyQt6.QtGui import QResizeEvent

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.ui.catalogue.provider_status import ProviderStatus
    from ai_coder.ui.theme import Theme


_MARGINS = 8, 14
_GAP, _SERVER_GAP = 10, 6
_NEWS_WIDTH = 160
"""Design pixels; a passing remark is not cut shorter than the last."""


class StatusBar(QWidget):
    """Tells the truth about the servers; it never hides a state in a toast."""

    remedy_requested = pyqtSignal(str, object)
    local_only_toggled = pyqtSignal(bool)
    cancel_requested = pyqtSignal(object)
    """What the message is about is to be given up; carries what was given to `set_message`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: dict[str, ProviderStatus] = {}
        self._is_local_only = False
        self._said = ""
        self._cancel_key: object = None
        self.setObjectName("statusBar")
        self.setProperty("look", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Status"))
        self._servers = QHBoxLayout()
        self._message = ElidedLabel("", "small", self)
        self._message.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._cancel = button(self.tr("Cancel"), "link", self)
        self._cancel.setObjectName("cancelMessageButton")
        self._cancel.hide()
        self._cancel.clicked.connect(self._give_up)
        self._lock = StatusButton(theme, self)
        self._lock.setObjectName("localOnlyButton")
        self._lock.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._metrics = ElidedLabel("", "small", self)
        self._metrics.setObjectName("metricsLabel")
        self._metrics.hide()
        self._lock.clicked.connect(self._toggle_lock)
        theme.changed.connect(self._space)
        self._row = QHBoxLayout(self)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it gives way itself
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row.addLayout(self._servers)
        self._row.addWidget(self._message)
        self._row.addWidget(self._cancel)
        self._row.addStretch(1)
        self._row.addWidget(self._lock)
        self._row.addWidget(self._metrics)
        self._space()
        self.set_local_only(False)

    def set_states(self, states: Mapping[str, ConnectionState]) -> None:
        """Show one entry for each provider id, in this order; others go away."""
        if list(states) != list(self._entries):
            self._rebuild(list(states))
        for provider_id, state in states.items():
            self._entries[provider_id].set_state(state)
        self._fit()

    @pyqtSlot(str, str)
    def add_output(self, provider_id: str, line: str) -> None:
        """Keep what a server that was started here printed, to be read in its card."""
        if provider_id in self._entries:
            self._entries[provider_id].add_output(line)

    def entry(self, provider_id: str) -> ProviderStatus:
        """Return the entry of a provider; raises KeyError."""
        return self._entries[provider_id]

    def set_local_only(self, is_on: bool) -> None:
        """Show whether the lock is closed."""
        self._is_local_only = is_on
        if is_on:
            self._lock.set_state(self.tr("Local only"), "ok", icon_name="lock", text_role="ok")
            self._lock.setToolTip(
                self.tr("Only this computer and the hosts you allowed are contacted.")
            )
        else:
            self._lock.set_state(self.tr("Local only off"), "muted", icon_name="unlock")
            self._lock.setToolTip(self.tr("Click to contact nothing but this computer."))
        self._fit()

    def set_metrics(self, text: str) -> None:
        """Show how fast the last answer came; empty hides it."""
        self._metrics.set_text(text)
        self._fit()

    def set_message(self, text: str, *, cancel_key: object = None) -> None:
        """Show a passing remark beside the servers; empty takes it away.

        With *cancel_key* what it is about can be given up.
        """
        self._said = text
        self._cancel_key = cancel_key
        self._cancel.setVisible(cancel_key is not None)
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Leave the links out where there is no room for them."""
        super().resizeEvent(event)
        self._fit()

    @pyqtSlot()
    def _fit(self) -> None:
        """Say as much as there is room for: names before links, and the news before names."""
        metrics = self._metrics.sizeHint().width() if self._metrics.whole_text() else 0
        words = self._message.fontMetrics().horizontalAdvance(self._said)
        message = min(self._theme.px(_NEWS_WIDTH), words)
        for detail, is_bare in (
            (Detail.WHOLE, False),
            (Detail.WORDS, False),
            (Detail.NAME, False),
            (Detail.NAME, True),
            (Detail.DOT, True),
        ):
            self._lock.set_bare(is_bare)
            names = sum(entry.width_at(detail) for entry in self._entries.values())
            room = self.width() - names - self._fixed_width()
            if room >= metrics + message:
                break
        for entry in self._entries.values():
            entry.set_detail(detail)
        self._metrics.setVisible(0 < metrics <= room)
        left = room - metrics if metrics <= room else room
        self._message.setMaximumWidth(max(0, left))
        self._message.set_text(self._said if left >= message else "")

    def _fixed_width(self) -> int:
        """Return the room of what is never cut, and of the gaps."""
        px = self._theme.px
        cancel = 0 if self._cancel.isHidden() else self._cancel.sizeHint().width()
        gaps = px(_MARGINS[0]) + px(_MARGINS[1]) + px(_GAP) * 4
        gaps += px(_SERVER_GAP) * max(0, len(self._entries) - 1)
        return self._lock.sizeHint().width() + cancel + gaps

    def _rebuild(self, provider_ids: list[str]) -> None:
        for provider_id in [known for known in self._entries if known not in provider_ids]:
            entry = self._entries.pop(provider_id)
            self._servers.removeWidget(entry)
            entry.hide()
            entry.deleteLater()
        kept = self._entries
        self._entries = {}
        for provider_id in provider_ids:
            entry = kept.get(provider_id) or self._new_entry(provider_id)
            self._servers.removeWidget(entry)
            self._servers.addWidget(entry)
            self._entries[provider_id] = entry
        stops = [stop for entry in self._entries.values() for stop in entry.stops()]
        for before, after in pairwise([self._lock, *stops, self._lock]):
            self.setTabOrder(before, after)

    def _new_entry(self, provider_id: str) -> ProviderStatus:
        from ai_coder.ui.catalogue.provider_status import ProviderStatus  # after the first frame

        entry = ProviderStatus(self._theme, provider_id, self)
        entry.remedy_requested.connect(self.remedy_requested)
        return entry

    @pyqtSlot()
    def _give_up(self) -> None:
        self.cancel_requested.emit(self._cancel_key)

    @pyqtSlot()
    def _toggle_lock(self) -> None:
        self.local_only_toggled.emit(not self._is_local_only)

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self.setFixedHeight(px(28))
        left, right = _MARGINS
        self._row.setContentsMargins(px(left), 1, px(right), 0)
        self._row.setSpacing(px(_GAP))
        self._servers.setSpacing(px(_SERVER_GAP))
        QTimer.singleShot(0, self._fit)  # then every part has its new font
