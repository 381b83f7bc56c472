"""Settings → Privacy: what may leave this computer, and what did in this run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PyQt6.QtCore import QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from ai_coder.settings.schema import PrivacySettings
from ai_coder.ui.number_text import size_text
from ai_coder.ui.settings.form import Row
from ai_coder.ui.settings.tab import FormTab
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.label import hairline, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PyQt6.QtGui import QHideEvent, QShowEvent

    from ai_coder.llm.network import ConnectionRecord
    from ai_coder.ui.theme import Theme

_SHARES = (25, 36, 16, 23)
"""How the columns share the width, in per cent."""

_COUNT_AGAIN_MS = 1000


@dataclass(slots=True)
class _Total:
    purposes: list[str]
    requests: int = 0
    received: int = 0
    sent: int = 0
    was_blocked: bool = False


class PrivacyTab(FormTab):
    """The lock, the hosts it lets through, and every connection of this run."""

    connections_wanted = pyqtSignal()
    """The tab is in view and what it counts may be out of date."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("privacyTab")
        statement = self.tr(
            "No telemetry, no update check, no account. The application talks to the servers "
            "you set up, and to nobody else. Chats and settings stay on this computer; keys are "
            "kept in the system keyring."
        )
        self.column.addWidget(label(statement, "muted", self, wrap=True))
        self.add_form(
            ("privacy",),
            PrivacySettings,
            [
                Row("local_only", self.tr("Local only")),
                Row("allowed_hosts", self.tr("Allowed hosts"), placeholder="gpu-box, 192.168.1.20"),
                Row(
                    "cloud_confirmed",
                    self.tr("Send local chats to"),
                    self.tr("Cloud providers that get a chat that was local without a question."),
                    placeholder="openai, anthropic",
                ),
            ],
        )
        self.column.addWidget(label(self.tr("Connections of this run"), "strong", self))
        self._table = QFrame(self)
        self._table.setProperty("look", "card")
        self._rows = QVBoxLayout(self._table)
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)
        self.column.addWidget(self._table)
        self.column.addStretch()
        self._records: tuple[ConnectionRecord, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(_COUNT_AGAIN_MS)
        self._timer.timeout.connect(self.connections_wanted)
        theme.changed.connect(self._rebuild)
        self._rebuild()

    def set_connections(self, records: Sequence[ConnectionRecord]) -> None:
        """Show every host that was dialled, with the purposes and amounts."""
        before = self.connections()
        self._records = tuple(records)
        if self.isVisible() and self.connections() != before:
            self._rebuild()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Count again while the tab is in view."""
        super().showEvent(event)
        self._timer.start()
        self.connections_wanted.emit()
        self._rebuild()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Count no more."""
        super().hideEvent(event)
        self._timer.stop()

    def connections(self) -> list[tuple[str, str, str, str]]:
        """Return host, purposes, requests and bytes of each line, as shown."""
        return [
            (
                host,
                _joined(total.purposes),
                self.tr("refused by the lock") if total.was_blocked else f"{total.requests:,}",
                f"↑ {size_text(total.sent)}  ↓ {size_text(total.received)}",
            )
            for host, total in self._totals().items()
        ]

    def _totals(self) -> dict[str, _Total]:
        totals: dict[str, _Total] = {}
        for record in self._records:
            host = f"{record.host}:{record.port}"
            key = f"{host} " if record.was_blocked else host
            total = totals.setdefault(key, _Total([]))
            if record.purpose not in total.purposes:
                total.purposes.append(record.purpose)
            total.requests += record.requests
            total.sent += record.bytes_sent
            total.received += record.bytes_received
            total.was_blocked = record.was_blocked
        return totals

    @pyqtSlot()
    def _rebuild(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        titles = (self.tr("Host"), self.tr("Purpose"), self.tr("Requests"), self.tr("Bytes"))
        self._rows.addWidget(self._line(titles, "column"))
        for line in self.connections():
            self._rows.addWidget(hairline(self._table))
            self._rows.addWidget(self._line(line, ""))
        if not self._records:
            self._rows.addWidget(hairline(self._table))
            nothing = self.tr("Nothing was contacted in this run.")
            self._rows.addWidget(self._line((nothing, "", "", ""), "muted"))

    def _line(self, texts: tuple[str, str, str, str], look: str) -> QWidget:
        px = self._theme.px
        line = QWidget(self._table)
        grid = QGridLayout(line)
        grid.setContentsMargins(px(16), px(8), px(16), px(8))
        grid.setHorizontalSpacing(px(12))
        for column, (text, share) in enumerate(zip(texts, _SHARES, strict=True)):
            if not any(texts[1:]) and column:
                break
            cell = ElidedLabel(text, look, line)
            cell.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            grid.addWidget(cell, 0, column)
            grid.setColumnStretch(column, share)
        return line


def _joined(purposes: list[str]) -> str:
    """Return `LM Studio: status, answers · discovery` for what the records say one by one."""
    by_server: dict[str, list[str]] = {}
    for purpose in purposes:
        server, _, kind = purpose.rpartition(": ")
        by_server.setdefault(server, []).append(kind)
    parts = (f"{server}: {', '.join(kinds)}" for server, kinds in by_server.items() if server)
    return " · ".join([*parts, *by_server.get("", [])])
