"""The prompts that wait until the running answer ends: shown, taken back, sent when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.ui.chat.turn_offers import SEND_QUEUED

if TYPE_CHECKING:
    from ai_coder.ui.chat.chat_pane import ChatPane


class QueueControl(QObject):
    """Keeps the chips above the prompt true to the queue of the open chat."""

    told = pyqtSignal(str)
    """Why a prompt is not taken back now."""

    def __init__(self, pane: ChatPane) -> None:
        super().__init__(pane)
        self._pane = pane
        self._bar = pane.view.prompt_bar
        self._bar.queued_removed.connect(self._remove)
        self._bar.queued_edited.connect(self._edit)
        pane.view.strip.action_requested.connect(self._take_offer)
        pane.chat_shown.connect(self._show)
        pane.queue_changed.connect(self._show)

    @pyqtSlot()
    def _show(self) -> None:
        chat = self._pane.chat
        self._bar.set_queue([p.text for p in chat.session.queue.prompts] if chat else [])
        self._pane.view.show_offers()

    @pyqtSlot(str)
    def _take_offer(self, action: str) -> None:
        """Go on with what waits, after a stop or an error."""
        chat = self._pane.chat
        if chat is not None and action == SEND_QUEUED and not chat.is_running:
            chat.run(chat.session.send_queued())

    @pyqtSlot(int)
    def _remove(self, number: int) -> None:
        if self._pane.chat is not None:
            queue = self._pane.chat.session.queue
            queue.remove(queue.prompts[number].id)

    @pyqtSlot(int)
    def _edit(self, number: int) -> None:
        """Take a waiting prompt back into the composer, above what is written there."""
        chat = self._pane.chat
        if chat is not None:
            if chat.edit is not None:
                self.told.emit(self.tr("Send or cancel the edit first."))
                return
            prompt = chat.session.queue.prompts[number]
            chat.session.queue.remove(prompt.id)
            chat.draft.attachments.extend(prompt.files)
            chat.draft.put_above(prompt.text)
            self._pane.drafts.refresh(chat)
            self._pane.drafts.save_now()  # it is in the queue on disk no more
            self._bar.focus_prompt()
