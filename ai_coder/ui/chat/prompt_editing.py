"""An earlier prompt in the composer, to ask differently; the draft waits meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from ai_coder.errors import AICoderError
from ai_coder.ui.chat.unsent import edit_of
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.conversation import AttachedFile, Message
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.unsent import Edit


class PromptEditing(QObject):
    """Begins and ends edits; each stays with its chat until it is sent or cancelled."""

    failed = pyqtSignal(AICoderError)

    def __init__(self, pane: ChatPane) -> None:
        super().__init__(pane)
        self._pane = pane
        self._bar = pane.view.prompt_bar
        self._tasks = TaskScope(self)
        self._tasks.failed.connect(self.failed)

    def begin(self, chat: OpenChat, message: Message) -> None:
        """Put a prompt of *chat*, which is shown, into the composer."""
        if self._is_begun(chat, message):
            self._bar.focus_prompt()
        elif message.attachments:
            self._tasks.start(self._begin_with_files(chat, message), name="edit prompt")
        else:
            self._begin(chat, message, [])

    def end(self, chat: OpenChat, edit: Edit) -> int | None:
        """Return the message that the words of *edit* replace, if any; the draft comes back."""
        if edit is chat.edit:
            chat.edit = None
            if edit.text.strip():  # written since it was sent
                chat.draft.put_above(edit.text)
            chat.draft.attachments += edit.attachments
            self._pane.drafts.refresh(chat)
        replaced = chat.session.present_id(edit.message_id)
        return replaced if replaced in chat.session.branches.parents else None

    def cancel(self, chat: OpenChat) -> None:
        """Forget the edit of *chat*; the draft comes back."""
        if chat.edit is not None:
            chat.edit = None
            self._pane.drafts.refresh(chat)

    def _is_begun(self, chat: OpenChat, message: Message) -> bool:
        edit = chat.edit
        is_same = edit is not None and chat.session.present_id(edit.message_id) == message.id
        return is_same and bool(edit and edit.text.strip())

    async def _begin_with_files(self, chat: OpenChat, message: Message) -> None:
        files = await chat.session.files_of(message.id)
        if not self._is_begun(chat, message):
            self._begin(chat, message, files)

    def _begin(self, chat: OpenChat, message: Message, files: list[AttachedFile]) -> None:
        before = chat.edit
        if before is not None and not before.asked:
            if before.is_changed:
                chat.draft.put_below(before.text)
            chat.draft.attachments += before.added
        chat.edit = edit_of(message, files)
        self._pane.drafts.refresh(chat)
        if chat is self._pane.chat:
            self._bar.focus_prompt()
