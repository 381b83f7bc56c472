"""The branch of a conversation that is shown, and the tree around it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.branches import Branches
from ai_coder.chat.conversation import Message, MessageStatus
from ai_coder.chat.store_problem import StoreProblem
from ai_coder.chat.surrogates import repaired
from ai_coder.llm.models import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ai_coder.chat.conversation import AttachedFile, Conversation
    from ai_coder.chat.store import ChatStore
    from ai_coder.llm.models import GenerationParameters

_LOOKED_AT = 20
"""How many messages at the end of a branch may have changed in another window."""


class ShownBranch:
    """What a session knows of its conversation; messages that could not be saved included.

    Those have ids below zero until `save_late` gets them to the disk; their old ids stay valid.
    """

    def __init__(self, store: ChatStore, conversation: Conversation) -> None:
        self.conversation = conversation
        self.branches = Branches()
        self._store = store
        self._known: dict[int, Message] = {}
        self._last_unsaved_id = 0
        self._unsaved_files: dict[int, tuple[AttachedFile, ...]] = {}
        self._saved_ids: dict[int, int] = {}
        self._saving: asyncio.Future[dict[int, int]] | None = None
        self.on_saved: Callable[[dict[int, int]], None] | None = None
        """Called when messages reached the disk late, with their new ids by the old."""

    async def load(self, newest: int | None = None) -> list[Message]:
        """Read the shown branch from disk, or the newest messages of it, and return it."""
        conversation = await self._store.conversation(self.conversation.id)
        if conversation is not None:
            self.conversation = conversation
        self.branches, messages = await self._store.messages(
            self.conversation.id, self.conversation.head, newest
        )
        self._known = {message.id: message for message in messages}
        return messages

    async def load_rest(self) -> None:
        """Read what is still missing of the shown branch."""
        missing = [i for i in self.branches.path(self.conversation.head) if i not in self._known]
        if missing:
            for message in await self._store.some_messages(self.conversation.id, missing):
                self._known[message.id] = message

    async def refresh(self) -> set[int]:
        """Take over what another window wrote; return the shown messages that look different.

        The branch that is shown stays, and goes on where the other window went on with it. A
        turn that begins here meanwhile comes first: nothing is taken over then.
        """
        before, places = self.conversation, self._places()
        stored = await self._store.conversation(before.id)
        if stored is None or self.has_unsaved:
            return set()
        tree, messages = await self._store.messages(before.id, stored.head, _LOOKED_AT)
        goes_on = before.head is None or before.head in tree.path(stored.head)
        path = tree.path(stored.head if goes_on else before.head)
        wanted = {*path[-_LOOKED_AT:], *self._unknown(path)} - {m.id for m in messages}
        messages += await self._store.some_messages(before.id, sorted(wanted))
        if self.conversation is not before:
            return set()
        changed = {m.id for m in messages if m.id in path and self._known.get(m.id) != m}
        self._known |= {message.id: message for message in messages}
        self.branches = tree
        self.conversation = replace(
            before,
            head=path[-1] if path else None,
            title=stored.title,
            is_title_automatic=stored.is_title_automatic,
            is_pinned=stored.is_pinned,
        )
        moved = {i for i, place in self._places().items() if places.get(i) != place}
        return moved | changed

    def _unknown(self, path: list[int]) -> list[int]:
        """Return what was added to a branch below the messages that are known."""
        first = next((place for place, i in enumerate(path) if i in self._known), 0)
        return [i for i in path[first:] if i not in self._known]

    def _places(self) -> dict[int, tuple[int, int]]:
        """Return which of how many siblings each shown message is."""
        return {message.id: self.branches.position(message.id) for message in self.messages}

    @property
    def messages(self) -> list[Message]:
        """The messages from the first to the head."""
        return self.down_to(self.conversation.head)

    def down_to(self, message_id: int | None) -> list[Message]:
        """Return the messages from the first to this one, as far as they are loaded."""
        path = self.branches.path(message_id and self.present_id(message_id))
        return [self._known[i] for i in path if i in self._known]

    def __getitem__(self, message_id: int) -> Message:
        return self._known[self.present_id(message_id)]

    def present_id(self, message_id: int) -> int:
        """Return the id of a message, which changes once when it is saved late."""
        return self._saved_ids.get(message_id, message_id)

    async def show(self, head: int | None) -> None:
        """Show the branch that ends at *head*."""
        head = head and self.present_id(head)
        self.conversation = replace(self.conversation, head=head)
        await self.load_rest()
        try:
            await self._store.set_head(self.conversation.id, head)
        except StoreProblem:
            return  # it is shown all the same; it is only not remembered

    def add(self, message: Message) -> None:
        """Put a new message below its parent and show it."""
        message = self.placed(message)
        self.branches.add(message.id, message.parent_id)
        self._known[message.id] = message
        self.conversation = replace(self.conversation, head=message.id)

    def update(self, message: Message) -> None:
        """Take over the new state of a message."""
        number = self.present_id(message.id)
        self._known[number] = self.placed(replace(message, id=number))

    def new_prompt(
        self, text: str, parent_id: int | None, files: Sequence[AttachedFile]
    ) -> Message:
        """Return a prompt that is not stored yet."""
        return Message(
            0,
            self.conversation.id,
            parent_id,
            Role.USER,
            repaired(text),
            datetime.now(UTC),
            attachments=tuple(file.record for file in files),
        )

    def new_answer(self, ref: str, parameters: GenerationParameters | None) -> Message:
        """Return an answer that is not stored yet, below the head."""
        return Message(
            0,
            self.conversation.id,
            self.conversation.head,
            Role.ASSISTANT,
            "",
            datetime.now(UTC),
            MessageStatus.RUNNING,
            model_ref=ref,
            parameters=parameters or self.conversation.settings.parameters,
        )

    # What could not be saved

    @property
    def has_unsaved(self) -> bool:
        """Whether some messages are only in memory."""
        return any(number < 0 for number in self._known)

    def placed(self, message: Message) -> Message:
        """Return a new message below its parent, whose id may have changed meanwhile."""
        parent = message.parent_id
        return replace(message, parent_id=parent and self.present_id(parent))

    def unsaved(
        self, prompt: Message | None, answer: Message, files: Sequence[AttachedFile]
    ) -> tuple[Message | None, Message]:
        """Give messages that could not be stored ids of their own."""
        if prompt is not None:
            self._last_unsaved_id -= 1
            prompt = replace(prompt, id=self._last_unsaved_id)
            answer = replace(answer, parent_id=prompt.id)
            self._unsaved_files[prompt.id] = tuple(files)
        self._last_unsaved_id -= 1
        return prompt, replace(answer, id=self._last_unsaved_id)

    async def save_late(self, *, is_patient: bool = False) -> None:
        """Store what is only in memory; raises StoreProblem while that is not possible.

        What is under way goes on when the waiting task is cancelled, so that nothing is stored
        twice.
        """
        while self._saving is not None:
            await asyncio.shield(self._saving)
        late = [self._known[i] for i in sorted(self._known, reverse=True) if i < 0]
        if late:
            files = dict(self._unsaved_files)
            job = self._store.add_late_soon(self.conversation, late, files, is_patient=is_patient)
            self._saving = asyncio.wrap_future(job)
            self._saving.add_done_callback(partial(self._saved, late))
            await asyncio.shield(self._saving)

    def _saved(self, late: Sequence[Message], saving: asyncio.Future[dict[int, int]]) -> None:
        self._saving = None
        if saving.cancelled() or saving.exception() is not None:
            return
        ids = saving.result()
        self._take_ids(ids)
        for before in late:
            now = self[before.id]
            if now.status is not before.status:  # it ended meanwhile
                self._store.finish_soon(now)
        if self.on_saved:
            self.on_saved(ids)

    def _take_ids(self, ids: dict[int, int]) -> None:
        self._saved_ids |= ids
        self._known = {
            ids.get(number, number): self.placed(replace(message, id=ids.get(number, number)))
            for number, message in self._known.items()
        }
        self.branches.rename(ids)
        head = self.conversation.head
        self.conversation = replace(self.conversation, head=head and self.present_id(head))
        for number in ids:
            self._unsaved_files.pop(number, None)

    async def contents(
        self, messages: list[Message], given: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Return the contents of the attachments of *messages* by digest."""
        digests = {a.digest for message in messages for a in message.attachments}
        unsaved = (file for files in self._unsaved_files.values() for file in files)
        contents = {file.record.digest: file.content for file in unsaved} | dict(given)
        if missing := digests - contents.keys():
            contents |= await self._store.attachment_contents(missing)
        return contents

    async def archive(self) -> ArchivedConversation:
        """Return the conversation for export, with what could not be saved."""
        await self.load_rest()
        stored = await self._store.archive(self.conversation.id)
        if stored is not None and all(message.id > 0 for message in self.messages):
            return stored
        contents = await self.contents(self.messages, {})
        return ArchivedConversation(self.conversation, tuple(self.messages), contents)
