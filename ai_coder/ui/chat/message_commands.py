"""What the menu of a message does, as commands that need no menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot

from ai_coder.ui.chat.message_display import last_answer, may_go_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_coder.chat.branches import Branches
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.turn_control import TurnControl


class MessageCommands(QObject):
    """Acts on the newest answer, the selection, or the message that has the keyboard."""

    def __init__(self, pane: ChatPane, turns: TurnControl, parent: QObject) -> None:
        super().__init__(parent)
        self._pane = pane
        self._transcript = pane.view.transcript
        self._turns = turns

    def by_name(self) -> dict[str, Callable[[], object]]:
        """Return what to do by the names of the commands."""
        return {
            "edit_prompt": self._turns.edit_last,
            "continue_answer": self.continue_answer,
            "previous_version": lambda: self._switch("previous_branch"),
            "next_version": lambda: self._switch("next_branch"),
            "quote_selection": self.quote_selection,
            "copy_message": self.copy_message,
        }

    @pyqtSlot()
    def continue_answer(self) -> None:
        """Let the newest answer go on where it ended."""
        newest = self._pane.chat.session.messages[-1:] if self._pane.chat is not None else []
        if newest and may_go_on(newest[0]):
            self._transcript.action_requested.emit(newest[0].id, "continue")
        else:
            self._turns.told.emit(self.tr("There is no answer that can be continued."))

    @pyqtSlot()
    def quote_selection(self) -> None:
        """Put what is selected in the chat into the prompt."""
        if selected := self._transcript.selected_text():
            self._turns.quote(selected)
        else:
            self._turns.told.emit(self.tr("Select something in the chat first."))

    @pyqtSlot()
    def copy_message(self) -> None:
        """Copy the message that has the keyboard, else the newest one."""
        message = self._transcript.meant_message()
        if message is not None:
            self._transcript.action_requested.emit(message.id, "copy")

    def _switch(self, action: str) -> None:
        chat = self._pane.chat
        answer = last_answer(chat.session.messages) if chat is not None else None
        if chat is None or answer is None or not _has_versions(chat.session.branches, answer.id):
            self._turns.told.emit(self.tr("The last answer has only one version."))
        else:
            self._transcript.action_requested.emit(answer.id, action)


def _has_versions(branches: Branches, message_id: int) -> bool:
    return message_id in branches.parents and len(branches.siblings(message_id)) > 1
