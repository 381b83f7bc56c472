"""The window that shows what exactly was sent and what came back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.dialog_size import open_at
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.switch import Switch
from ai_coder.ui.widgets.tabs import Tabs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.llm.inspector import RecordedExchange
    from ai_coder.ui.theme import Theme

_NUMBER = Qt.ItemDataRole.UserRole


class InspectorDialog(QDialog):
    """Lists the exchanges of this run, the latest first; shows one of them as text.

    Questions to servers about how they are stay hidden until they are asked for.
    """

    recording_changed = pyqtSignal(bool)
    clear_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._exchanges: dict[int, RecordedExchange] = {}
        self.setObjectName("inspectorDialog")
        self.setWindowTitle(self.tr("Request inspector"))
        self._switch = Switch(theme, self.tr("Record requests"), self)
        self._all = Switch(theme, self.tr("Show status checks of servers too"), self)
        self._all.setObjectName("statusChecksSwitch")
        self._clear = button(self.tr("Clear"), "ghost", self)
        self._curl = button(self.tr("Copy as curl"), "", self)
        self._curl.setObjectName("copyCurlButton")
        self._list = QListWidget(self)
        self._list.setObjectName("exchangeList")
        self._list.setProperty("look", "menu")
        self._list.setAccessibleName(self.tr("Requests"))
        self._timing = label("", "small", self, wrap=True)
        self._timing.setObjectName("exchangeTiming")
        self._empty = label("", "muted", self, wrap=True)
        self._empty.setObjectName("inspectorHint")
        self._tabs = Tabs(theme, self)
        self._request = self._text_page(self.tr("Request"))
        self._answer = self._text_page(self.tr("Answer"))
        self._lay_out()
        self._switch.toggled.connect(self.recording_changed)
        self._all.toggled.connect(self._list_exchanges)
        self._clear.clicked.connect(self.clear_requested)
        self._curl.clicked.connect(self._copy_curl)
        self._list.currentItemChanged.connect(self._show_current)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.set_exchanges(())

    def set_recording(self, is_on: bool) -> None:
        """Show whether requests are recorded; emits nothing."""
        was_blocked = self._switch.blockSignals(True)
        self._switch.setChecked(is_on)
        self._switch.blockSignals(was_blocked)

    @pyqtSlot(tuple)
    def set_exchanges(self, exchanges: Sequence[RecordedExchange]) -> None:
        """Show *exchanges*; the one that was chosen stays chosen."""
        self._exchanges = {each.number: each for each in exchanges}
        self._list_exchanges()

    def choose(self, number: int | None) -> None:
        """Show the exchange of that number; None says that an answer was not recorded."""
        if number is None:
            self._list.setCurrentRow(-1)
            self._empty.setText(self._words_for_unrecorded())
            self._empty.show()
            return
        for row in range(self._list.count()):
            item = self._list.item(row)
            if item is not None and item.data(_NUMBER) == number:
                self._list.setCurrentRow(row)

    @pyqtSlot()
    def _list_exchanges(self) -> None:
        chosen = self._current()
        shown = [e for e in self._exchanges.values() if e.is_answer or self._all.isChecked()]
        self._list.blockSignals(True)
        self._list.clear()
        for each in shown:
            item = QListWidgetItem(self._title_of(each))
            item.setData(_NUMBER, each.number)
            item.setToolTip(each.url)
            self._list.addItem(item)
            if chosen is not None and each.number == chosen.number:
                self._list.setCurrentItem(item)
        if self._list.currentRow() < 0:
            self._list.setCurrentRow(0)
        self._list.blockSignals(False)
        self._empty.setText(self._words_for_none())
        self._empty.setVisible(not shown)
        self._show_current()

    def _current(self) -> RecordedExchange | None:
        item = self._list.currentItem()
        return self._exchanges.get(item.data(_NUMBER)) if item is not None else None

    @pyqtSlot()
    def _show_current(self) -> None:
        exchange = self._current()
        self._curl.setEnabled(exchange is not None)
        self._timing.setText(self._timing_of(exchange) if exchange else "")
        if exchange is None:
            self._request.clear()
            self._answer.clear()
            return
        head = "\n".join(f"{name}: {value}" for name, value in exchange.headers.items())
        line = f"{exchange.method} {exchange.url}"
        self._request.setPlainText(f"{line}\n{head}\n\n{exchange.pretty_body()}")
        status = str(exchange.status or exchange.error or self.tr("no answer yet"))
        head = "\n".join(f"{name}: {value}" for name, value in exchange.answer_headers.items())
        self._answer.setPlainText(f"{status}\n{head}\n\n{exchange.answer}")

    @pyqtSlot()
    def _copy_curl(self) -> None:
        exchange, clipboard = self._current(), QGuiApplication.clipboard()
        if exchange is not None and clipboard is not None:
            clipboard.setText(exchange.as_curl())

    def _title_of(self, exchange: RecordedExchange) -> str:
        when = datetime.fromtimestamp(exchange.started_at).strftime("%H:%M:%S")
        outcome = str(exchange.status) if exchange.status else "…"
        if exchange.error:
            outcome = self.tr("failed")
        return f"{when}  {exchange.purpose}  {outcome}"

    def _timing_of(self, exchange: RecordedExchange) -> str:
        parts = [
            (self.tr("headers after %1 s"), exchange.headers_after),
            (self.tr("first byte after %1 s"), exchange.first_byte_after),
            (self.tr("end after %1 s"), exchange.ended_after),
        ]
        words = [text.replace("%1", f"{value:.2f}") for text, value in parts if value is not None]
        words.append(self.tr("%1 bytes").replace("%1", f"{exchange.size:,}"))
        if exchange.is_cut:
            words.append(self.tr("shortened"))
        return " · ".join(words)

    def _words_for_none(self) -> str:
        return self.tr(
            "Switch recording on and send a prompt. Requests are kept in memory only, without keys."
        )

    def _words_for_unrecorded(self) -> str:
        return self.tr(
            "The request for this answer was not recorded. Switch recording on and regenerate it."
        )

    def _text_page(self, title: str) -> QPlainTextEdit:
        page = QPlainTextEdit(self)
        page.setReadOnly(True)
        page.setProperty("look", "code")
        page.setAccessibleName(title)
        page.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        holder = QWidget(self)
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, self._theme.px(8), 0, 0)
        inside.addWidget(page)
        self._tabs.addTab(holder, title)
        return page

    def _lay_out(self) -> None:
        px, gap = self._theme.px, self._theme.px(12)
        top = QHBoxLayout()
        top.addWidget(self._switch)
        top.addWidget(label(self.tr("Record requests"), "", self))
        top.addSpacing(gap)
        top.addWidget(self._all)
        top.addWidget(label(self.tr("Status checks too"), "", self))
        top.addStretch()
        top.addWidget(self._curl)
        top.addWidget(self._clear)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        left = QWidget(split)
        beside = QVBoxLayout(left)
        beside.setContentsMargins(0, 0, gap, 0)
        beside.addWidget(self._list)
        split.addWidget(left)
        right = QWidget(split)
        column = QVBoxLayout(right)
        column.setContentsMargins(gap, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self._tabs, 1)
        column.addWidget(self._timing)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(24), px(20), px(24), px(20))
        layout.setSpacing(gap)
        layout.addLayout(top)
        layout.addWidget(self._empty)
        layout.addWidget(split, 1)

    @pyqtSlot()
    def _restyle(self) -> None:
        open_at(self, self._theme, 900, 600)
        self._list.setMinimumWidth(self._theme.px(280))
        for page in (self._request, self._answer):
            page.setFont(self._theme.code_font(12))
