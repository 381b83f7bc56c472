"""The composer: prompt, attachments, model dropdown, context meter, Send and Stop."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ai_coder.ui.chat.attachment_chips import AttachmentChips
from ai_coder.ui.chat.context_meter import ContextMeterBar
from ai_coder.ui.chat.prompt_edit import PromptEdit
from ai_coder.ui.icons import icon

if TYPE_CHECKING:
    from PyQt6.QtGui import QResizeEvent

    from ai_coder.ui.theme import Theme

_SHORT_MODEL = 170
"""Design pixels that the name of the model keeps before the meter goes."""


class PromptBar(QFrame):
    """Takes a prompt and asks for it to be sent, queued or stopped.

    The bar knows nothing of providers or conversations: it emits what the user
    wants and is told what is. The model dropdown is handed in by its owner.
    """

    send_requested = pyqtSignal(str)
    send_now_requested = pyqtSignal(str)
    """End the running answer and send this prompt instead."""

    stop_requested = pyqtSignal()
    attach_requested = pyqtSignal()
    attachment_removed = pyqtSignal(int)
    files_dropped = pyqtSignal(list)
    image_pasted = pyqtSignal(QImage)
    long_text_pasted = pyqtSignal(str)
    edit_last_requested = pyqtSignal()
    draft_changed = pyqtSignal(str)
    queued_removed = pyqtSignal(int)
    queued_edited = pyqtSignal(int)
    context_clicked = pyqtSignal()
    editing_cancelled = pyqtSignal()
    waiting_cancelled = pyqtSignal()

    def __init__(self, theme: Theme, model_picker: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_running = False
        self._has_attachments = False
        self._history: list[str] = []
        self._place = 0
        self._unsent = ""
        """What was written before earlier prompts were looked at."""

        self.setObjectName("promptBar")
        self.setProperty("look", "composer")

        self.edit = PromptEdit(theme, self)
        self._chips = AttachmentChips(theme, self)
        self._queue = AttachmentChips(theme, self, is_clickable=True)
        self._editing = AttachmentChips(theme, self)
        self._waiting = AttachmentChips(theme, self)
        self._picker = model_picker
        self._attach = QPushButton(self.tr("Attach"), self)
        self.meter = ContextMeterBar(theme, self)
        self._stop = QPushButton(self.tr("Stop"), self)
        self._send = QPushButton(self.tr("Send"), self)
        self._name_buttons()
        self._connect()
        self._lay_out()
        self._refresh()

    def text(self) -> str:
        """Return what is written and not sent yet."""
        return self.edit.toPlainText()

    def set_text(self, text: str) -> None:
        """Show a draft."""
        if text != self.text():
            self.edit.replace_text(text)

    def set_history(self, prompts: list[str]) -> None:
        """Take the earlier prompts of this chat, oldest first, for Ctrl+Up."""
        self._history = prompts
        self._place = len(prompts)

    def set_attachments(self, labels: list[str]) -> None:
        """Show one chip for each attachment, with its cost in tokens in the label."""
        self._has_attachments = bool(labels)
        self._chips.set_labels(labels)
        self._order_chips()
        self._refresh()

    def set_queue(self, prompts: list[str]) -> None:
        """Show the prompts that wait until the running answer ends."""
        self._queue.set_labels([self.tr("Next: {prompt}").format(prompt=p) for p in prompts])
        self._order_chips()

    def add_to_history(self, prompt: str) -> None:
        """Remember a prompt that was just sent."""
        if prompt:
            self.set_history([*self._history, prompt])

    @property
    def is_editing(self) -> bool:
        """Whether the next prompt replaces an earlier one."""
        return not self._editing.isHidden()

    def cancel_editing(self) -> None:
        """Give up asking differently."""
        self.editing_cancelled.emit()

    def set_editing(self, is_editing: bool) -> None:
        """Say that the next prompt replaces an earlier one in a new branch."""
        text = self.tr("Editing an earlier prompt: the answer starts a new branch")
        self._editing.set_labels([text] if is_editing else [])
        self._order_chips()
        self._refresh()

    @property
    def is_waiting(self) -> bool:
        """Whether a prompt was sent and waits for its attachments."""
        return not self._waiting.isHidden()

    def cancel_waiting(self) -> None:
        """Ask for what waits to come back."""
        self.waiting_cancelled.emit()

    def set_waiting(self, prompts: list[str]) -> None:
        """Show what was sent and waits until its attachments are read."""
        text = self.tr("Waits for its attachments: {prompt}")
        self._waiting.set_labels([text.format(prompt=prompt).strip() for prompt in prompts])
        self._order_chips()

    @pyqtSlot(bool)
    def set_running(self, is_running: bool) -> None:
        """Offer Stop while an answer runs; Send queues then."""
        self._is_running = is_running
        self.edit.set_running(is_running)
        self._refresh()

    def set_sends_with_ctrl(self, with_ctrl: bool) -> None:
        """Send with Ctrl+Enter instead of Enter."""
        self.edit.set_sends_with_ctrl(with_ctrl)

    @pyqtSlot()
    def focus_prompt(self) -> None:
        """Put the caret into the field."""
        self.edit.setFocus()

    def _order_chips(self) -> None:
        """Let Tab reach the chips, which are made anew, before the field below them."""
        rows = (self._editing, self._queue, self._waiting, self._chips)
        chips = [stop for row in rows for stop in row.stops()]
        for before, after in pairwise((self.edit, *chips, self.edit)):
            QWidget.setTabOrder(before, after)

    def _name_buttons(self) -> None:
        self._attach.setObjectName("attachButton")
        self._attach.setProperty("look", "ghost")
        self._attach.setAccessibleName(self.tr("Attach"))
        self._attach.setToolTip(self.tr("Attach text files or pictures"))
        self._stop.setObjectName("stopButton")
        self._stop.setToolTip(self.tr("Stop and keep what arrived (Esc)"))
        self._send.setObjectName("sendButton")
        self._send.setProperty("look", "primary")
        self._send.setToolTip(self.tr("Send the prompt"))
        self._restyle()
        self._theme.changed.connect(self._restyle)

    def _connect(self) -> None:
        self.edit.send_requested.connect(self._activate)
        self.edit.send_now_requested.connect(self._activate_now)
        self.edit.edit_last_requested.connect(self.edit_last_requested)
        self.edit.history_requested.connect(self._walk_history)
        self.edit.long_text_pasted.connect(self.long_text_pasted)
        self.edit.image_pasted.connect(self.image_pasted)
        self.edit.files_dropped.connect(self.files_dropped)
        self.edit.textChanged.connect(self._changed)
        for row in (self._editing, self._queue, self._waiting, self._chips):
            row.emptied.connect(self.focus_prompt)
        self._chips.removed.connect(self.attachment_removed)
        self._queue.removed.connect(self.queued_removed)
        self._queue.clicked.connect(self.queued_edited)
        self._editing.removed.connect(self.editing_cancelled)
        self._waiting.removed.connect(self.waiting_cancelled)
        self._attach.clicked.connect(self.attach_requested)
        self._stop.clicked.connect(self.stop_requested)
        self._send.clicked.connect(self._activate)
        self.meter.clicked.connect(self.context_clicked)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Share out the room anew."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent | None) -> bool:
        """Share out the room anew when a part needs more or less."""
        done = super().event(event)
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def _fit(self) -> None:
        """Let the word on Attach go where room is short, then some of the model, then the meter."""
        px, word = self._theme.px, self.tr("Attach")
        word_width = self._attach.fontMetrics().horizontalAdvance(word) + px(4)
        attach = self._attach.sizeHint().width() - (word_width if self._attach.text() else 0)
        model = self._picker.sizeHint().width()
        parts = [self._send.sizeHint().width(), model, attach]
        parts += [self._stop.sizeHint().width()] if self._is_running else []
        room = self.width() - sum(parts) - px(10) * (len(parts) + 2) - px(24)
        meter = self.meter.sizeHint().width()
        shown = word if room >= meter + word_width else ""
        if shown != self._attach.text():
            self._attach.setText(shown)
        self.meter.setVisible(room + max(0, model - px(_SHORT_MODEL)) >= meter)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(10))
        row.addWidget(self._picker)
        row.addWidget(self._attach)
        row.addStretch(1)
        row.addWidget(self.meter)
        row.addWidget(self._stop)
        row.addWidget(self._send)
        layout = QVBoxLayout(self)
        margin = self._theme.px(12)
        layout.setContentsMargins(margin, self._theme.px(8), margin, self._theme.px(10))
        layout.setSpacing(self._theme.px(6))
        layout.addWidget(self._editing)
        layout.addWidget(self._queue)
        layout.addWidget(self._waiting)
        layout.addWidget(self._chips)
        layout.addWidget(self.edit)
        layout.addLayout(row)
        stops = (self.edit, self._picker, self._attach, self.meter, self._stop, self._send)
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    @pyqtSlot()
    def _activate(self) -> None:
        prompt = self.text().strip()
        if prompt or self._has_attachments:
            self.edit.clear()
            self.send_requested.emit(prompt)

    @pyqtSlot()
    def _activate_now(self) -> None:
        prompt = self.text().strip()
        if prompt or self._has_attachments:
            self.edit.clear()
            self.send_now_requested.emit(prompt)

    @pyqtSlot()
    def _changed(self) -> None:
        self._refresh()
        self.draft_changed.emit(self.text())

    @pyqtSlot(int)
    def _walk_history(self, step: int) -> None:
        place = self._place + step
        if self._place >= len(self._history):
            self._unsent = self.text()
        if 0 <= place < len(self._history):
            self._place = place
            self.edit.replace_text(self._history[place])
        elif place >= len(self._history):
            self._place = len(self._history)
            self.edit.replace_text(self._unsent)

    @pyqtSlot()
    def _restyle(self) -> None:
        self._attach.setIcon(icon(self._theme, "attach", "muted"))

    def _refresh(self) -> None:
        has_prompt = bool(self.text().strip()) or self._has_attachments
        self._stop.setVisible(self._is_running)
        words, tip = self.tr("Send"), self.tr("Send the prompt")
        if self._is_running and self.is_editing:
            words = self.tr("Stop and send")
            tip = self.tr("The running answer ends, and stays in its branch.")
        elif self._is_running:
            words = self.tr("Queue")
            tip = self.tr("Send when the answer has ended. Ctrl+Enter ends it and sends now.")
        self._send.setText(words)
        self._send.setToolTip(tip)
        self._send.setEnabled(has_prompt)
