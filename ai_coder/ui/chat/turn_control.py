"""What the user asks of the open chat: send, stop, edit, regenerate, continue, branch, copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.errors import AICoderError, Remedy
from ai_coder.llm.models import Role
from ai_coder.ui.chat.clipboard import copy_answer, copy_text, quoted
from ai_coder.ui.chat.message_display import last_answer, last_prompt
from ai_coder.ui.chat.prompt_editing import PromptEditing
from ai_coder.ui.chat.prompt_sending import PromptSending
from ai_coder.ui.chat.queue_control import QueueControl
from ai_coder.ui.chat.turn_offers import REMOVE_ATTACHMENTS
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ai_coder.chat.conversation import Message
    from ai_coder.chat.turn_events import TurnEvent
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.prompt_sending import Gate, ModelChoice


class TurnControl(QObject):
    """Turns wishes of the composer and of the transcript into turns of the open chat."""

    failed = pyqtSignal(AICoderError)
    remedy_requested = pyqtSignal(str, object, int)
    """Model ref, `Remedy` and message id of an error card's button."""

    fresh_requested = pyqtSignal(int)
    """A new chat shall go on from a summary of what stands above this answer."""

    stopped = pyqtSignal()
    copied = pyqtSignal()
    told = pyqtSignal(str)
    """Why something that was asked for is not done now."""

    def __init__(self, pane: ChatPane, picker: ModelChoice, gate: Gate) -> None:
        super().__init__(pane)
        self._pane = pane
        self._bar = pane.view.prompt_bar
        self._picker = picker
        self._gate = gate
        self._tasks = TaskScope(self)
        self._tasks.failed.connect(self.failed)
        self._editing = PromptEditing(pane)
        self._editing.failed.connect(self.failed)
        self.sending = PromptSending(pane, picker, gate, self._editing)
        self.sending.failed.connect(self.failed)
        self._bar.send_requested.connect(self.send)
        self._bar.send_now_requested.connect(self.send_now)
        self._bar.stop_requested.connect(self.stop)
        self._bar.edit_last_requested.connect(self.edit_last)
        pane.view.transcript.action_requested.connect(self._act)
        pane.chat_shown.connect(self._chat_shown)
        self._queue = QueueControl(pane)
        self._queue.told.connect(self.told)

    @pyqtSlot(str)
    def send(self, prompt: str) -> None:
        """Send or queue a prompt with its attachments."""
        self.sending.begin(prompt, is_urgent=False)

    @pyqtSlot(str)
    def send_now(self, prompt: str) -> None:
        """End the running answer and send a prompt in its place."""
        self.sending.begin(prompt, is_urgent=True)

    @pyqtSlot()
    def stop(self) -> None:
        """End the running answer, keep what arrived; call off what waits for its attachments."""
        if self._pane.chat is not None:
            self.sending.call_off(self._pane.chat)
            self._pane.chat.stop()
        self.stopped.emit()

    @pyqtSlot()
    def regenerate_last(self) -> None:
        """Answer the last prompt again, with the model that is chosen now."""
        if self._pane.chat is not None:
            answer = last_answer(self._pane.chat.session.messages)
            if answer is not None:
                self._act(answer.id, "regenerate")

    @pyqtSlot()
    def edit_last(self) -> None:
        """Put the last prompt into the composer, to ask differently."""
        if self._pane.chat is not None:
            prompt = last_prompt(self._pane.chat.session.messages)
            if prompt is not None:
                self._act(prompt.id, "edit")

    @pyqtSlot()
    def copy_last_answer(self) -> None:
        """Copy the newest answer as Markdown."""
        if self._pane.chat is not None and copy_answer(self._pane.chat.session.messages):
            self.copied.emit()

    def quote(self, text: str) -> None:
        """Put *text* as a quotation behind what the prompt says already."""
        before = self._bar.text().rstrip()
        parts = [before, quoted(text), ""] if before else [quoted(text), ""]
        self._bar.set_text("\n\n".join(parts))
        self._bar.focus_prompt()

    def answer_again(self, message_id: int, ref: str) -> None:
        """Let the model *ref* answer in a new branch, after the questions of a new prompt."""
        chat, message = self._pane.chat, self._message(message_id)
        if chat is not None and message is not None:
            self._tasks.start(self._regenerate(chat, message, ref), name="answer again")

    def run(self, turn: AsyncGenerator[TurnEvent, None]) -> None:
        """Run a turn in the open chat, unless one runs already."""
        if self._pane.chat is not None and not self._pane.chat.is_running:
            self._pane.chat.run(turn)

    async def aclose(self) -> None:
        """Begin no turn any more."""
        await self.sending.aclose()
        await self._tasks.aclose()

    @pyqtSlot(int, str)
    def _act(self, message_id: int, action: str) -> None:
        """Do what was asked at one message of the transcript."""
        chat = self._pane.chat
        message = self._message(message_id)
        if chat is None or message is None:
            return
        match action:
            case "copy" if copy_text(message.text):
                self.copied.emit()
            case "quote":
                selected = self._pane.view.transcript.selected_text_in(message.id)
                self.quote(selected or message.text)
            case "edit":
                self._editing.begin(chat, message)
            case "regenerate":
                ref = self._picker.current_ref() or message.model_ref or ""
                self._tasks.start(self._regenerate(chat, message, ref), name="regenerate")
            case "continue" | "previous_branch" | "next_branch" if chat.is_running:
                self.told.emit(self.tr("Stop the answer first, or wait until it has ended."))
            case "continue":
                self._tasks.start(self._continue(chat, message), name="continue")
            case "previous_branch" | "next_branch":
                step = -1 if action == "previous_branch" else 1
                switching = self._pane.branches.switch(chat, message.id, step)
                self._tasks.start(switching, name="switch branch")
            case _ if action == f"card:{REMOVE_ATTACHMENTS}":
                self._ask_without_files(chat, message)
            case _ if action.startswith("card:"):
                self._mend(chat, message, Remedy(action.removeprefix("card:")))

    def _mend(self, chat: OpenChat, message: Message, remedy: Remedy) -> None:
        match remedy:
            case Remedy.RETRY:
                ref = message.model_ref or ""
                self._tasks.start(self._regenerate(chat, message, ref), name="retry")
            case Remedy.CONTINUE:
                self._tasks.start(self._continue(chat, message), name="continue")
            case Remedy.START_FRESH:
                self.fresh_requested.emit(message.id)
            case _:
                self.remedy_requested.emit(message.model_ref or "", remedy, message.id)

    def _message(self, message_id: int) -> Message | None:
        if self._pane.chat is None:
            return None
        session = self._pane.chat.session
        message_id = session.present_id(message_id)
        return next((m for m in session.messages if m.id == message_id), None)

    async def _regenerate(self, chat: OpenChat, message: Message, ref: str) -> None:
        """Answer again in place of what runs, after the same questions as for a new prompt."""
        async with self.sending.one_at_a_time:
            await chat.session.load_rest()
            prompt = message if message.role is Role.USER else self._message(message.parent_id or 0)
            files = tuple(await chat.session.files_of(prompt.id)) if prompt is not None else ()
            sent = await self._gate.files_for(ref, files)
            if sent is None or not await self._gate.may_send(chat, ref, "", ()):
                return
            if ref == self._picker.current_ref() != chat.session.conversation.model_ref:
                await chat.session.set_model(ref)
            await chat.turn_stopped()
            if chat.session.present_id(message.id) not in chat.session.branches.parents:
                return
            if prompt is None or sent == files:
                chat.run(chat.session.regenerate(message.id, model_ref=ref))
            elif prompt.text or sent:
                chat.run(chat.session.edit(prompt.id, prompt.text, sent, model_ref=ref))

    def _ask_without_files(self, chat: OpenChat, answer: Message) -> None:
        """Send the prompt of an answer again, in a new branch and without its attachments."""
        prompt = self._message(answer.parent_id or 0)
        if prompt is not None:
            again = self._send_again(chat, prompt, answer.model_ref or "")
            self._tasks.start(again, name="send without files")

    async def _send_again(self, chat: OpenChat, prompt: Message, ref: str) -> None:
        async with self.sending.one_at_a_time:
            may_send = await self._gate.may_send(chat, ref, prompt.text, ())
            if may_send and self._pane.chat is chat:
                self.run(chat.session.edit(prompt.id, prompt.text, (), model_ref=ref))

    async def _continue(self, chat: OpenChat, message: Message) -> None:
        async with self.sending.one_at_a_time:
            may_send = await self._gate.may_send(chat, message.model_ref or "", "", ())
            if may_send and self._pane.chat is chat:
                self.run(chat.session.continue_answer(message.id))

    @pyqtSlot(object)
    def _chat_shown(self, chat: OpenChat) -> None:
        prompts = [m.text for m in chat.session.messages if m.role == "user"]
        self._bar.set_history(prompts)
