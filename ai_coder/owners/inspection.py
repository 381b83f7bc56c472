"""The request inspector: off until it is switched on, shown on demand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSlot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.conversation import Message
    from ai_coder.llm.inspector import Inspector, RecordedExchange
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.inspector_dialog import InspectorDialog
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme

_REFRESH_MS = 100


class InspectionOwner(QObject):
    """Connects the recorder of the network with its window."""

    def __init__(
        self, inspector: Inspector, theme: Theme, window: MainWindow, pane: ChatPane
    ) -> None:
        super().__init__(window)
        self._inspector = inspector
        self._theme = theme
        self._window = window
        self._pane = pane
        self._dialog: InspectorDialog | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        inspector.on_change = self._news
        pane.view.transcript.action_requested.connect(self._act)

    @pyqtSlot()
    def open(self) -> None:
        """Show what was recorded."""
        if self._dialog is None:
            from ai_coder.ui.chat.inspector_dialog import InspectorDialog

            self._dialog = InspectorDialog(self._theme, self._window)
            self._dialog.recording_changed.connect(self._record)
            self._dialog.clear_requested.connect(self._inspector.clear)
        self._dialog.set_recording(self._inspector.is_on)
        self._refresh()
        self._dialog.show()
        self._dialog.raise_()

    @pyqtSlot(int, str)
    def _act(self, message_id: int, action: str) -> None:
        """Show the request of one answer."""
        chat = self._pane.chat
        if action != "inspect" or chat is None:
            return
        messages = chat.session.messages
        answer = next((m for m in messages if m.id == message_id), None)
        if answer is not None:
            self.open()
            if self._dialog is not None:
                exchange = self._exchange_of(answer, messages)
                self._dialog.choose(exchange.number if exchange else None)

    def _exchange_of(self, answer: Message, messages: Sequence[Message]) -> RecordedExchange | None:
        """Return the last request that was sent for *answer*, before the next message."""
        begun = answer.created_at.timestamp()
        times = [message.created_at.timestamp() for message in messages]
        next_begun = min((time for time in times if time > begun), default=math.inf)
        models = {(ref or "").partition("/")[2] for ref in (answer.model_ref, answer.answered_by)}
        sent = [
            each
            for each in self._inspector.exchanges()
            if each.is_answer
            and begun <= each.started_at < next_begun
            and any(model in each.body + each.url for model in models if model)
        ]
        in_time = [each for each in sent if each.started_at <= begun + (answer.seconds or 0)]
        return next(iter(in_time or sent[-1:]), None)

    @pyqtSlot(bool)
    def _record(self, is_on: bool) -> None:
        self._inspector.is_on = is_on

    def _news(self) -> None:
        """Show news a moment later: a stream brings many at once."""
        if self._dialog is not None and not self._timer.isActive():
            self._timer.start()

    @pyqtSlot()
    def _refresh(self) -> None:
        if self._dialog is not None:
            self._dialog.set_exchanges(self._inspector.exchanges())
