"""What the user asks of the open chat: send, stop, edit, regenerate, continue, branch, copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QGuiApplication

from ai_coder.errors import AICoderError, Remedy, UnknownModelError
from ai_coder.ui.chat.message_display import code_blocks, last_answer, last_prompt
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ai_coder.chat.conversation import AttachedFile, Message
    from ai_coder.chat.turn_events import TurnEvent
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat


class Gate(Protocol):
    """Asks whatever has to be asked before words go to a model."""

    async def may_send(
        self, chat: OpenChat, ref: str, prompt: str, files: tuple[AttachedFile, ...]
    ) -> bool:
        """Return False to leave the prompt in the composer."""


class ModelChoice(Protocol):
    """The model dropdown."""

    def current_ref(self) -> str | None:
        """Return the chosen model as provider/model."""


class TurnControl(QObject):
    """Turns wishes of the composer and of the transcript into turns of the open chat."""

    failed = pyqtSignal(AICoderError)
    remedy_requested = pyqtSignal(str, object, int)
    """Model ref, `Remedy` and message id of an error card's button."""

    copied = pyqtSignal()

    def __init__(self, pane: ChatPane, picker: ModelChoice, gate: Gate) -> None:
        super().__init__(pane)
        self._pane = pane
        self._bar = pane.view.prompt_bar
        self._picker = picker
        self._gate = gate
        self._editing: int | None = None
        self._tasks = TaskScope(self)
        self._tasks.failed.connect(self.failed)
        self._bar.send_requested.connect(self.send)
        self._bar.stop_requested.connect(self.stop)
        self._bar.edit_last_requested.connect(self.edit_last)
        self._bar.queued_removed.connect(self._unqueue)
        self._bar.queued_edited.connect(self._edit_queued)
        self._bar.editing_cancelled.connect(self._cancel_edit)
        pane.view.transcript.action_requested.connect(self._act)
        pane.chat_shown.connect(self._chat_shown)
        pane.queue_changed.connect(self._show_queue)

    @pyqtSlot(str)
    def send(self, prompt: str) -> None:
        """Send or queue a prompt with its attachments."""
        chat, ref = self._pane.chat, self._picker.current_ref()
        if chat is None:
            return
        if not ref:
            self._bar.set_text(prompt)
            self.failed.emit(UnknownModelError(model=self.tr("a model")))
            return
        self._tasks.start(self._send(chat, ref, prompt), name="send prompt")

    @pyqtSlot()
    def stop(self) -> None:
        """End the running answer; what arrived is kept."""
        if self._pane.chat is not None:
            self._pane.chat.stop()

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
        chat = self._pane.chat
        answer = last_answer(chat.session.messages) if chat else None
        if answer is not None:
            self._copy(answer.text)

    @pyqtSlot()
    def copy_last_code(self) -> None:
        """Copy the last code block of the newest answer."""
        chat = self._pane.chat
        answer = last_answer(chat.session.messages) if chat else None
        blocks = code_blocks(answer.text) if answer else []
        if blocks:
            self._copy(blocks[-1])

    def run(self, turn: AsyncGenerator[TurnEvent, None]) -> None:
        """Run a turn in the open chat, unless one runs already."""
        if self._pane.chat is not None and not self._pane.chat.is_running:
            self._pane.chat.run(turn)

    async def _send(self, chat: OpenChat, ref: str, prompt: str) -> None:
        files = tuple(chat.files)
        if not await self._gate.may_send(chat, ref, prompt, files):
            if self._pane.chat is chat:
                self._bar.set_text(prompt)
            return
        if self._pane.chat is chat:
            self._pane.attachments.take()
        editing, self._editing = self._editing, None
        self._bar.set_editing(False)
        self._bar.add_to_history(prompt)
        if ref != chat.session.conversation.model_ref:
            await chat.session.set_model(ref)
        if chat.is_running:
            chat.session.queue.add(prompt, files, ref)
        elif editing is not None and editing in chat.session.branches.parents:
            kept = files or None
            chat.run(chat.session.edit(editing, prompt, kept, model_ref=ref))
        else:
            chat.run(chat.session.send(prompt, files, model_ref=ref))

    @pyqtSlot(int, str)
    def _act(self, message_id: int, action: str) -> None:
        """Do what was asked at one message of the transcript."""
        chat = self._pane.chat
        message = self._message(message_id)
        if chat is None or message is None:
            return
        match action:
            case "copy":
                self._copy(message.text)
            case "quote":
                self._quote(message.text)
            case "edit" if not chat.is_running:
                self._editing = message.id
                self._bar.set_text(message.text)
                self._bar.set_editing(True)
                self._bar.focus_prompt()
            case "regenerate":
                self.run(chat.session.regenerate(message.id, model_ref=self._picker.current_ref()))
            case "continue":
                self.run(chat.session.continue_answer(message.id))
            case "previous_branch" | "next_branch" if not chat.is_running:
                step = -1 if action == "previous_branch" else 1
                self._tasks.start(self._switch(chat, message.id, step), name="switch branch")
            case _ if action.startswith("card:"):
                self._mend(chat, message, Remedy(action.removeprefix("card:")))

    def _mend(self, chat: OpenChat, message: Message, remedy: Remedy) -> None:
        match remedy:
            case Remedy.RETRY:
                self.run(chat.session.regenerate(message.id, model_ref=message.model_ref))
            case Remedy.CONTINUE:
                self.run(chat.session.continue_answer(message.id))
            case Remedy.START_FRESH:
                self._pane.new_chat()
            case _:
                self.remedy_requested.emit(message.model_ref or "", remedy, message.id)

    async def _switch(self, chat: OpenChat, message_id: int, step: int) -> None:
        await chat.session.switch_branch(message_id, step)
        self._pane.show_branch()

    def _message(self, message_id: int) -> Message | None:
        messages = self._pane.chat.session.messages if self._pane.chat else []
        return next((m for m in messages if m.id == message_id), None)

    def _quote(self, text: str) -> None:
        quoted = "\n".join(f"> {line}" for line in text.strip().split("\n"))
        before = self._bar.text()
        self._bar.set_text(f"{before}\n{quoted}\n\n" if before else f"{quoted}\n\n")
        self._bar.focus_prompt()

    def _copy(self, text: str) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(text)
            self.copied.emit()

    @pyqtSlot(object)
    def _chat_shown(self, chat: OpenChat) -> None:
        self._cancel_edit()
        prompts = [m.text for m in chat.session.messages if m.role == "user"]
        self._bar.set_history(prompts)
        self._show_queue()

    @pyqtSlot()
    def _show_queue(self) -> None:
        chat = self._pane.chat
        self._bar.set_queue([p.text for p in chat.session.queue.prompts] if chat else [])

    @pyqtSlot(int)
    def _unqueue(self, number: int) -> None:
        if self._pane.chat is not None:
            queue = self._pane.chat.session.queue
            queue.remove(queue.prompts[number].id)

    @pyqtSlot(int)
    def _edit_queued(self, number: int) -> None:
        """Take a waiting prompt back into the composer."""
        if self._pane.chat is not None:
            prompt = self._pane.chat.session.queue.prompts[number]
            self._pane.chat.session.queue.remove(prompt.id)
            self._pane.chat.files.extend(prompt.files)
            self._pane.attachments.set_chat(self._pane.chat)
            self._bar.set_text(prompt.text)
            self._bar.focus_prompt()

    @pyqtSlot()
    def _cancel_edit(self) -> None:
        self._editing = None
        self._bar.set_editing(False)
