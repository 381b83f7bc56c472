"""The way of a prompt from the composer to its turn: its files, the questions, the queue."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.chat.conversation import AttachmentKind
from ai_coder.errors import AICoderError, NoModelError, UnknownModelError
from ai_coder.ui.chat.unsent import Edit
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_coder.chat.conversation import AttachedFile
    from ai_coder.chat.prompt_queue import QueuedPrompt
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.prompt_editing import PromptEditing
    from ai_coder.ui.chat.unsent import Draft


class Gate(Protocol):
    """Asks whatever has to be asked before words go to a model."""

    async def may_send(
        self, chat: OpenChat, ref: str, prompt: str, files: tuple[AttachedFile, ...]
    ) -> bool:
        """Return False to leave the prompt in the composer."""

    async def files_for(
        self, ref: str, files: tuple[AttachedFile, ...]
    ) -> tuple[AttachedFile, ...] | None:
        """Return the attachments that go to the model; None leaves the prompt in the composer."""


class ModelChoice(Protocol):
    """The model dropdown."""

    def current_ref(self) -> str | None:
        """Return the chosen model as provider/model."""

    def count(self) -> int:
        """Return how many rows there are to choose from."""


@dataclass(slots=True, eq=False)
class _Sent:
    """A prompt on its way; `written` is the draft or the edit that it was written as."""

    chat: OpenChat
    written: Draft
    ref: str
    asked: str
    is_urgent: bool
    called_off: asyncio.Future[None]


class PromptSending(QObject):
    """Sends prompts in the order in which they were asked, each with what its chips show.

    A prompt waits for attachments that are still read. It comes back into the composer when one
    of them cannot be read, when the user calls it off or answers a question with no.
    """

    failed = pyqtSignal(AICoderError)

    def __init__(
        self, pane: ChatPane, picker: ModelChoice, gate: Gate, editing: PromptEditing
    ) -> None:
        super().__init__(pane)
        self._pane = pane
        self._bar = pane.view.prompt_bar
        self._picker = picker
        self._gate = gate
        self._editing = editing
        self._waiting: list[_Sent] = []
        """Prompts that wait for their attachments, and those behind them, in order."""

        self.one_at_a_time = asyncio.Lock()
        """What is asked for quickly one after the other keeps its order, one turn at a time."""

        self.prepare: Callable[[OpenChat, str], Awaitable[str]] | None = None
        """Turns what was written into the prompt to send, such as a slash command."""

        self._tasks = TaskScope(self)
        self._tasks.failed.connect(self.failed)
        self._bar.waiting_cancelled.connect(self._call_off)
        self._bar.editing_cancelled.connect(self._cancel_edit)
        pane.care.deleted.connect(self._leave)
        pane.chat_shown.connect(self._chat_shown)

    def begin(self, prompt: str, *, is_urgent: bool) -> None:
        """Send or queue what the composer shows; *is_urgent* ends the running answer."""
        chat, ref = self._pane.chat, self._picker.current_ref()
        if chat is None:
            return
        if not ref:
            self._bar.set_text(prompt)
            has_models = self._picker.count() > 0
            error = UnknownModelError(model=self.tr("a model")) if has_models else NoModelError()
            self.failed.emit(error)
            return
        called_off = asyncio.get_running_loop().create_future()
        sent = _Sent(chat, chat.written, ref, prompt, is_urgent, called_off)
        sent.written.asked.append(prompt)
        if sent.written.incoming or self._is_waited_in(chat):
            self._waiting.append(sent)
            self._show_waiting()
        self._tasks.start(self._send(sent), name="send prompt")

    def call_off(self, chat: OpenChat) -> None:
        """Put the prompts of *chat* that wait for their attachments into the composer again."""
        for sent in [each for each in reversed(self._waiting) if each.chat is chat]:
            sent.called_off.set_result(None)
            self._waiting.remove(sent)
            self._give_back(sent, sent.asked)
        self._show_waiting()

    async def allowed(
        self, chat: OpenChat, ref: str, prompt: str, files: tuple[AttachedFile, ...]
    ) -> tuple[AttachedFile, ...] | None:
        """Ask what has to be asked; None when the prompt is not to be sent."""
        allowed = await self._gate.files_for(ref, files)
        if allowed is None or not (prompt or allowed):
            return None
        if not await self._gate.may_send(chat, ref, prompt, allowed):
            return None
        pictures = (f for f in allowed if f.kind is AttachmentKind.IMAGE)
        chat.pictures |= {picture.record.digest: picture.content for picture in pictures}
        return allowed

    async def aclose(self) -> None:
        """Send nothing any more."""
        await self._tasks.aclose()

    async def _send(self, sent: _Sent) -> None:
        async with sent.chat.sending:
            if await self._has_files(sent):
                async with self.one_at_a_time:
                    await self._ask_and_send(sent)

    async def _has_files(self, sent: _Sent) -> bool:
        """Wait for the attachments; False when the prompt is not to be sent now."""
        while not sent.called_off.done() and (incoming := sent.written.incoming):
            reading = [file.task for file in incoming if file.task]
            await asyncio.wait([sent.called_off, *reading], return_when=asyncio.FIRST_COMPLETED)
            if any(file.refusal for file in incoming):
                self.call_off(sent.chat)
        if sent in self._waiting:
            self._waiting.remove(sent)
            self._show_waiting()
        return not sent.called_off.done()

    async def _ask_and_send(self, sent: _Sent) -> None:
        chat, prompt, ref = sent.chat, sent.asked, sent.ref
        try:
            if self.prepare is not None:
                prompt = await self.prepare(chat, prompt)
                ref = self._picker.current_ref() or ref
            given = tuple(sent.written.files)
            files = await self.allowed(chat, ref, prompt, given)
        except AICoderError:
            self._give_back(sent, prompt)
            raise
        if files is None:
            self._give_back(sent, prompt)
            return
        self._pane.attachments.take(sent.written, given)
        edit = sent.written if isinstance(sent.written, Edit) else None
        replaced = self._editing.end(chat, edit) if edit else None
        if self._pane.chat is chat:
            self._bar.add_to_history(prompt)
        if ref != chat.session.conversation.model_ref:
            await chat.session.set_model(ref)
        if sent.is_urgent or replaced is not None:
            await chat.turn_stopped()
        if chat.is_running:
            chat.session.queue.add(prompt, files, ref)
        elif replaced is not None:
            chat.run(chat.session.edit(replaced, prompt, files, model_ref=ref))
        else:
            chat.run(chat.session.send(prompt, files, model_ref=ref))
        sent.written.asked.remove(sent.asked)
        self._pane.drafts.save_soon()

    def _give_back(self, sent: _Sent, prompt: str) -> None:
        """Put words that are not sent above what is written by now, as *prompt* has them."""
        sent.written.asked.remove(sent.asked)
        chat = sent.chat
        is_there = sent.written in (chat.draft, chat.edit)
        if prompt:
            (sent.written if is_there else chat.written).put_above(prompt)
        self._pane.drafts.refresh(chat)

    def _is_waited_in(self, chat: OpenChat) -> bool:
        return any(sent.chat is chat for sent in self._waiting)

    @pyqtSlot()
    def _call_off(self) -> None:
        if self._pane.chat is not None:
            self.call_off(self._pane.chat)

    @pyqtSlot()
    def _cancel_edit(self) -> None:
        """Forget the edit, also where it is sent and waits."""
        chat = self._pane.chat
        if chat is not None:
            if any(sent.written is chat.edit for sent in self._waiting):
                self.call_off(chat)
            self._editing.cancel(chat)

    @pyqtSlot(int)
    def _leave(self, conversation_id: int) -> None:
        """Ask nothing more in a chat that is in the bin."""
        chat = self._pane.chats.get(conversation_id)
        if chat is not None:
            self.call_off(chat)

    def _show_waiting(self) -> None:
        chat = self._pane.chat
        self._bar.set_waiting([sent.asked for sent in self._waiting if sent.chat is chat])

    @pyqtSlot(object)
    def _chat_shown(self, chat: OpenChat) -> None:
        chat.session.queue.may_go = partial(self._may_go, chat)
        self._show_waiting()

    async def _may_go(self, chat: OpenChat, waiting: QueuedPrompt) -> bool:
        """Ask again when the turn of a waiting prompt comes: what ran before it may have cost."""
        ref = waiting.model_ref or chat.session.conversation.model_ref or ""
        return await self._gate.may_send(chat, ref, waiting.text, waiting.files)
