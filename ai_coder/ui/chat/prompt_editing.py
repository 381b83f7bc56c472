"""An earlier prompt in the composer, to ask differently; the draft waits meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot

if TYPE_CHECKING:
    from ai_coder.chat.conversation import Message
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat


class PromptEditing(QObject):
    """Knows which prompt the next one replaces, and gives the draft back afterwards."""

    def __init__(self, pane: ChatPane) -> None:
        super().__init__(pane)
        self._pane = pane
        self._bar = pane.view.prompt_bar
        self._message_id: int | None = None
        self._chat: OpenChat | None = None
        self._bar.editing_cancelled.connect(self._end)
        pane.chat_shown.connect(self._end)

    def begin(self, chat: OpenChat, message: Message) -> None:
        """Put a prompt of *chat*, which is shown, into the composer."""
        self._chat, self._message_id = chat, message.id
        self._bar.set_editing(True)  # first: what is written from now on is no draft
        self._bar.set_text(message.text)
        self._bar.focus_prompt()

    def take(self, chat: OpenChat) -> int | None:
        """Return the message that a prompt of *chat* replaces, if any; the draft comes back."""
        replaced = self._message_id if chat is self._chat else None
        if replaced is not None:
            written = self._bar.text()
            self._end()
            if written and chat is self._pane.chat:
                self.give_back(chat, written)
        if replaced is not None:
            replaced = chat.session.present_id(replaced)
        return replaced if replaced in chat.session.branches.parents else None

    def give_back(self, chat: OpenChat, text: str) -> None:
        """Put words that were not sent above what is written in *chat* by now."""
        if not text:
            return
        is_shown = chat is self._pane.chat
        written = self._bar.text() if is_shown else chat.draft
        whole = f"{text}\n\n{written}" if written.strip() else text
        if is_shown:
            self._bar.set_text(whole)
        else:
            chat.draft = whole

    @pyqtSlot()
    def _end(self) -> None:
        """Replace no prompt any more."""
        chat, self._chat, self._message_id = self._chat, None, None
        self._bar.set_editing(False)
        if chat is not None and chat is self._pane.chat:
            self._bar.set_text(chat.draft)
