"""One conversation at work: sends prompts, keeps what arrives, switches branches."""

from __future__ import annotations

from contextlib import aclosing, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ai_coder.chat.answer import without_figures
from ai_coder.chat.conversation import Message, MessageStatus, attached_files
from ai_coder.chat.prompt_queue import PromptQueue
from ai_coder.chat.shown_branch import ShownBranch
from ai_coder.chat.store_problem import StoreProblem, not_yet_saved
from ai_coder.chat.titles import title_from
from ai_coder.chat.turn import Stream, Turn
from ai_coder.chat.turn_beginning import TurnBeginning
from ai_coder.chat.turn_events import (
    AnswerEnded,
    PromptAdded,
    TitleChosen,
    TurnEvent,
)
from ai_coder.errors import UnknownModelError
from ai_coder.llm.models import Role

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from ai_coder.chat.archive import ArchivedConversation
    from ai_coder.chat.branches import Branches
    from ai_coder.chat.conversation import AttachedFile, Conversation, ConversationSettings
    from ai_coder.chat.store import ChatStore
    from ai_coder.llm.models import GenerationParameters


class ChatSession:
    """Asks models in one conversation.

    `send`, `regenerate`, `edit` and `continue_answer` yield what happens until the answer is
    complete, then go on with what was queued meanwhile. Cancel the reading task to stop: what
    arrived is kept and on disk, and nothing waits for the disk. An error of a turn ends up in
    the answer's `failure`, not in an exception.
    """

    def __init__(
        self,
        store: ChatStore,
        conversation: Conversation,
        stream: Stream,
        *,
        price: Callable[[Message], float | None] | None = None,
    ) -> None:
        self.queue = PromptQueue(store, conversation.id)
        self.on_saved: Callable[[Mapping[int, int]], None] | None = None
        """Called when messages reached the disk late, with their new ids by the old."""

        self._store = store
        self._branch = ShownBranch(store, conversation)
        self._branch.on_saved = self._take_ids
        self._turn = Turn(store, self._branch, stream, price)
        self._beginning = TurnBeginning(store, self._branch, self.queue)

    async def load(self, newest: int | None = None) -> list[Message]:
        """Read the conversation from disk and return the shown branch.

        With *newest*, only that many messages from its end: a long chat can be painted before
        `load_rest` reads the others.
        """
        messages = await self._branch.load(newest)
        await self.queue.load()
        return messages

    async def load_rest(self) -> list[Message]:
        """Read the older messages that `load` left out and return the whole shown branch."""
        await self._branch.load_rest()
        return self.messages

    async def refresh(self) -> set[int]:
        """Take over what another window wrote; return the shown messages that look different."""
        return set() if self.is_running else await self._branch.refresh()

    @property
    def conversation(self) -> Conversation:
        """The conversation as it is now."""
        return self._branch.conversation

    @property
    def branches(self) -> Branches:
        """Which messages are siblings: `branches.position(message_id)`."""
        return self._branch.branches

    @property
    def messages(self) -> list[Message]:
        """The shown branch, the running answer as far as it came."""
        shown = self._branch.messages
        answer = self._turn.answer
        if answer is not None and shown and shown[-1].id == answer.message.id:
            shown[-1] = answer.message
        return shown

    @property
    def is_running(self) -> bool:
        """Whether an answer is on its way."""
        return self._turn.answer is not None

    @property
    def has_unsaved(self) -> bool:
        """Whether some of its messages or waiting prompts are only in memory."""
        return self._branch.has_unsaved or self.queue.is_unsaved

    async def save_late(self, *, is_patient: bool = False) -> None:
        """Store what is only in memory; raises StoreProblem while that is not possible.

        *is_patient* waits a while for a file that another program has locked.
        """
        await self._beginning.settled()
        await self._branch.save_late(is_patient=is_patient)
        await self.queue.save_late()

    def when_settled(self, told: Callable[[StoreProblem | None], None]) -> None:
        """Call *told* when a turn that was stopped at its very beginning is kept.

        It gets the problem because of which the turn is only in memory.
        """
        self._beginning.on_settled = told

    def present_id(self, message_id: int) -> int:
        """Return the id of a message, which changes once when it is saved late."""
        return self._branch.present_id(message_id)

    # Turns

    async def send(
        self,
        prompt: str,
        files: Sequence[AttachedFile] = (),
        *,
        model_ref: str | None = None,
        parameters: GenerationParameters | None = None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Add a prompt at the end of the shown branch and answer it."""
        await self._be_ready()
        message = self._branch.new_prompt(prompt, self.conversation.head, files)
        async with aclosing(self._turns(message, files, model_ref, parameters)) as events:
            async for event in events:
                yield event

    async def send_queued(self) -> AsyncGenerator[TurnEvent, None]:
        """Go on with the queue, which stands still after a stop or an error."""
        if queued := await self.queue.take():
            async with aclosing(
                self.send(queued.text, queued.files, model_ref=queued.model_ref)
            ) as events:
                async for event in events:
                    yield event

    async def edit(
        self,
        message_id: int,
        prompt: str,
        files: Sequence[AttachedFile] | None = None,
        *,
        model_ref: str | None = None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Ask differently in a new branch; without *files* the attachments stay as they are."""
        await self._be_ready()
        original = self._branch[message_id]
        message = self._branch.new_prompt(prompt, original.parent_id, files or ())
        if files is None:
            message = replace(message, attachments=original.attachments)
        async with aclosing(self._turns(message, files or (), model_ref)) as events:
            async for event in events:
                yield event

    async def regenerate(
        self,
        message_id: int,
        *,
        model_ref: str | None = None,
        parameters: GenerationParameters | None = None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Answer a prompt again, in a new branch; the id may be the prompt's or an answer's."""
        await self._be_ready()
        message = self._branch[message_id]
        is_answer = message.role is Role.ASSISTANT
        await self._branch.show(message.parent_id if is_answer else message.id)
        async with aclosing(self._turns(None, (), model_ref, parameters)) as events:
            async for event in events:
                yield event

    async def continue_answer(self, message_id: int) -> AsyncGenerator[TurnEvent, None]:
        """Let an answer that was cut off go on in the same message."""
        await self._be_ready()
        await self._branch.show(message_id)
        message = self._branch[message_id]
        if message.model_ref is None:
            message = replace(message, model_ref=self._chosen_model(None))
        running = replace(message, status=MessageStatus.RUNNING, failure=None, finish_reason=None)
        problem = None
        if running.id > 0:
            try:
                await self._store.resume(without_figures(running))
            except StoreProblem as error:
                problem = not_yet_saved(error)
        async with aclosing(self._turn.answered(running, problem, is_continued=True)) as events:
            async for event in events:
                yield event

    # Branches and settings

    async def switch_branch(self, message_id: int, direction: int) -> list[Message]:
        """Show the branch beside this message, if any, and return it down to its newest message."""
        message_id = self._branch.present_id(message_id)
        neighbour = self.branches.neighbour(message_id, direction)
        if neighbour != message_id:
            await self._branch.show(self.branches.newest_leaf(neighbour))
        return self.messages

    async def show_message(self, message_id: int) -> list[Message]:
        """Show a branch that this message is in, such as a hit of the search, and return it."""
        if message_id not in self.branches.path(self.conversation.head):
            await self._branch.show(self.branches.newest_leaf(message_id))
        return self.messages

    async def rename(self, title: str, *, is_automatic: bool = False) -> None:
        """Give the conversation a title; an automatic one never replaces one the user gave."""
        if is_automatic and not self.conversation.is_title_automatic:
            return
        self._branch.conversation = replace(
            self.conversation, title=title, is_title_automatic=is_automatic
        )
        await self._store.rename(self.conversation.id, title, is_automatic=is_automatic)

    async def set_settings(self, settings: ConversationSettings) -> None:
        """Use other settings from the next prompt on."""
        self._branch.conversation = replace(self.conversation, settings=settings)
        await self._store.set_settings(self.conversation.id, settings)

    async def set_model(self, model_ref: str | None) -> None:
        """Ask this model from the next prompt on; None leaves the choice to others."""
        self._branch.conversation = replace(self.conversation, model_ref=model_ref)
        with suppress(StoreProblem):  # it is asked all the same; it is only not remembered
            await self._store.set_model(self.conversation.id, model_ref)

    async def files_of(self, message_id: int) -> list[AttachedFile]:
        """Return the attachments of a message with their contents."""
        message = self._branch[message_id]
        found = await self._branch.contents([message], {})
        return attached_files(message.attachments, found)

    async def archive(self) -> ArchivedConversation:
        """Return the conversation for export, with what could not be saved."""
        return await self._branch.archive()

    # The way of a turn

    async def _turns(
        self,
        prompt: Message | None,
        files: Sequence[AttachedFile],
        model_ref: str | None,
        parameters: GenerationParameters | None = None,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Answer a prompt, or the end of the shown branch, then what is queued."""
        while True:
            ref = self._chosen_model(model_ref)
            prompt, answer, problem = await self._beginning.begun(
                prompt, files, ref, parameters, partial(self.save_late, is_patient=True)
            )
            with self._beginning.placed(prompt, answer):
                if prompt is not None:
                    yield PromptAdded(prompt)
                    if title := await self._chosen_title(prompt):
                        yield TitleChosen(title)
            status = None
            async with aclosing(self._turn.answered(answer, problem, files)) as events:
                async for event in events:
                    if isinstance(event, AnswerEnded):
                        status = event.message.status
                    yield event
            queued = await self.queue.take() if status is MessageStatus.COMPLETE else None
            if queued is None:
                return
            files, model_ref, parameters = queued.files, queued.model_ref or ref, None
            prompt = self._branch.new_prompt(queued.text, self.conversation.head, files)

    def _take_ids(self, ids: Mapping[int, int]) -> None:
        self._turn.take_ids(ids)
        if self.on_saved:
            self.on_saved(ids)
        self._beginning.note_saved()

    def _chosen_model(self, model_ref: str | None) -> str:
        ref = model_ref or self.conversation.model_ref
        if not ref:
            raise UnknownModelError(model="")
        return ref

    async def _chosen_title(self, prompt: Message) -> str:
        """Give a conversation without a title one made from its first prompt."""
        if self.conversation.title:
            return ""
        title = title_from(prompt.text) or next((a.name for a in prompt.attachments), "")
        if title:
            with suppress(StoreProblem):  # `NotSaved` of the turn says enough
                await self.rename(title, is_automatic=True)
        return title

    async def _be_ready(self) -> None:
        """Wait until the prompt of a turn that was stopped at its very beginning is kept."""
        if self.is_running:
            message = "an answer is running already"
            raise RuntimeError(message)
        await self._beginning.settled()
