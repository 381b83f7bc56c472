"""The list of chats on disk: begun, named, pinned, drafted, deleted."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ai_coder.chat import store_conversations as conversations
from ai_coder.chat import store_drafts, store_queue
from ai_coder.chat.conversation import Conversation, ConversationSettings
from ai_coder.chat.late_changes import Change, LateChanges

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from ai_coder.chat.conversation import AttachedFile
    from ai_coder.chat.prompt_queue import QueuedPrompt
    from ai_coder.chat.store_file import StoreFile
    from ai_coder.chat.store_problem import StoreProblem

T = TypeVar("T")

BIN_DAYS = 30
"""How long a deleted conversation can be restored."""


class ConversationStore:
    """What can be done to whole conversations.

    `on_change` is called in the loop when the list of them may look different, whether this
    instance or another wrote. `on_problem` is called there when the store had to go on in memory,
    or something waits for long. What is renamed, pinned, deleted, restored or set while another
    program locks the file looks done, and is done as soon as the file is free.
    """

    def __init__(self, file: StoreFile, on_change: Callable[[], None] | None) -> None:
        self.on_change = on_change
        self.on_problem: Callable[[StoreProblem], None] | None = None
        self.on_caught_up: Callable[[], None] | None = None
        """Called when something is on disk that waited for the file."""

        self._file = file
        self._late = LateChanges(
            file.writer,
            changed=self._changed,
            caught_up=self._has_caught_up,
            failed=self._told_of,
        )

    @property
    def is_shared(self) -> bool:
        """Whether another window works with the same file; it may show any empty conversation."""
        return self._file.instance.has_others()

    async def conversations(self) -> list[Conversation]:
        """Return all conversations: pinned ones first, then the latest."""
        return await self._listed(is_deleted=False)

    async def deleted_conversations(self) -> list[Conversation]:
        """Return what is in the bin."""
        return await self._listed(is_deleted=True)

    async def conversation(self, conversation_id: int) -> Conversation | None:
        """Return one conversation; None when it does not exist."""
        found = await self._file.writer.read(conversations.one, conversation_id)
        return found and self._late.shown(found)

    async def create_conversation(
        self,
        title: str = "",
        *,
        model_ref: str | None = None,
        settings: ConversationSettings | None = None,
    ) -> Conversation:
        """Start an empty conversation."""
        now = datetime.now(UTC)
        draft = Conversation(
            0,
            title,
            now,
            now,
            is_title_automatic=not title,
            model_ref=model_ref,
            settings=settings or ConversationSettings(),
        )
        return self._told(await self._file.writer.run(conversations.insert, draft))

    async def rename(self, conversation_id: int, title: str, *, is_automatic: bool = False) -> None:
        """Give a title; an automatic one never replaces a title that the user gave."""
        write = partial(
            conversations.rename,
            conversation_id=conversation_id,
            title=title,
            is_automatic=is_automatic,
        )
        values = {} if is_automatic else {"title": title, "is_title_automatic": False}
        await self._late.make(Change(conversation_id, write, values))
        self._changed()

    async def set_pinned(self, conversation_id: int, is_pinned: bool) -> None:
        """Keep a conversation at the top of the list, or not."""
        write = partial(
            conversations.set_pinned, conversation_id=conversation_id, is_pinned=is_pinned
        )
        await self._late.make(Change(conversation_id, write, {"is_pinned": is_pinned}))
        self._changed()

    async def set_model(self, conversation_id: int, model_ref: str | None) -> None:
        """Remember the model chosen for a conversation."""
        write = partial(
            conversations.set_model, conversation_id=conversation_id, model_ref=model_ref
        )
        await self._late.make(Change(conversation_id, write, {"model_ref": model_ref}))

    async def set_settings(self, conversation_id: int, settings: ConversationSettings) -> None:
        """Remember the settings of a conversation."""
        write = partial(
            conversations.set_settings, conversation_id=conversation_id, settings=settings
        )
        await self._late.make(Change(conversation_id, write, {"settings": settings}))

    async def set_draft(self, conversation_id: int, draft: str, *, is_patient: bool = True) -> None:
        """Remember the unsent prompt.

        *is_patient* waits a while for a locked file; so it does in the methods below.
        """
        await self._write_draft(store_drafts.set_draft, conversation_id, draft, is_patient)

    async def set_draft_files(
        self, conversation_id: int, files: Sequence[AttachedFile], *, is_patient: bool = True
    ) -> None:
        """Remember the attachments of the unsent prompt."""
        await self._write_draft(store_drafts.set_draft_files, conversation_id, files, is_patient)

    async def draft_files(self, conversation_id: int) -> list[AttachedFile]:
        """Return the attachments of the unsent prompt."""
        return await self._file.writer.read(store_drafts.draft_files, conversation_id)

    async def set_edit(
        self, conversation_id: int, message_id: int | None, text: str, *, is_patient: bool = True
    ) -> None:
        """Remember how far an earlier prompt is asked differently; None forgets it."""
        write = partial(store_drafts.set_edit, message_id=message_id)
        await self._write_draft(write, conversation_id, text, is_patient)

    async def set_edit_files(
        self, conversation_id: int, files: Sequence[AttachedFile], *, is_patient: bool = True
    ) -> None:
        """Remember the attachments of the prompt that is asked differently."""
        await self._write_draft(store_drafts.set_edit_files, conversation_id, files, is_patient)

    async def edit_files(self, conversation_id: int) -> list[AttachedFile]:
        """Return the attachments of the prompt that is asked differently."""
        return await self._file.writer.read(store_drafts.edit_files, conversation_id)

    def queue_soon(self, conversation_id: int, prompts: Sequence[QueuedPrompt]) -> Future[None]:
        """Queue a write of the prompts that wait in a conversation."""
        if prompts:
            self._file.words_follow()
        owner = self._file.instance.id
        return self._file.writer.submit(store_queue.replace, conversation_id, prompts, owner)

    async def take_over_queue(self, conversation_id: int) -> list[QueuedPrompt]:
        """Return the prompts that wait in a conversation, those of other windows left out."""
        if not await self._file.writer.read(store_queue.is_any, conversation_id):
            return []
        instance = self._file.instance
        return await self._file.writer.run(
            store_queue.take_over, conversation_id, instance.id, instance.is_alive
        )

    async def set_head(self, conversation_id: int, head: int | None) -> None:
        """Show the branch that ends at *head*."""
        await self._file.writer.run(conversations.set_head, conversation_id, head)

    async def delete(self, conversation_id: int) -> None:
        """Move a conversation to the bin."""
        await self._set_deleted(conversation_id, datetime.now(UTC))

    async def restore(self, conversation_id: int) -> None:
        """Take a conversation out of the bin."""
        await self._set_deleted(conversation_id, None)

    async def erase(self, conversation_id: int) -> None:
        """Delete a conversation for good."""
        await self._file.writer.run(conversations.erase, conversation_id)
        self._changed()

    async def erase_deleted(self, conversation_ids: Sequence[int]) -> None:
        """Delete for good what is still in the bin of these conversations."""
        await self._file.writer.run(conversations.erase_deleted, conversation_ids)

    async def purge(self, days: float = BIN_DAYS) -> int:
        """Delete for good what has been in the bin for longer than *days*; return how many."""
        older_than = time.time() - days * 24 * 3600
        return await self._file.writer.run(conversations.purge, older_than)

    async def duplicate(self, conversation_id: int, title: str) -> Conversation:
        """Copy a conversation with all its branches."""
        return self._told(
            await self._file.writer.run(conversations.duplicate, conversation_id, title)
        )

    async def _write_draft(
        self,
        write: Callable[[sqlite3.Connection, int, T], None],
        conversation_id: int,
        written: T,
        is_patient: bool,
    ) -> None:
        if written:
            self._file.words_follow()
        writer = self._file.writer
        submit = writer.submit if is_patient else writer.submit_if_free
        await asyncio.wrap_future(submit(write, conversation_id, written))

    async def _listed(self, *, is_deleted: bool) -> list[Conversation]:
        late = self._late
        if not late.is_waiting:
            return await self._file.writer.read(conversations.listed, is_deleted=is_deleted)
        return late.all_shown(
            await self._file.writer.read(conversations.everything), is_deleted=is_deleted
        )

    async def _set_deleted(self, conversation_id: int, moment: datetime | None) -> None:
        def write(db: sqlite3.Connection) -> None:
            conversations.set_deleted(db, conversation_id, moment.timestamp() if moment else None)

        await self._late.make(Change(conversation_id, write, {"deleted_at": moment}))
        self._changed()

    def _told_of(self, problem: StoreProblem) -> None:
        if self.on_problem:
            self.on_problem(problem)

    def _has_caught_up(self) -> None:
        if self.on_caught_up:
            self.on_caught_up()

    def _told(self, result: T) -> T:
        self._changed()
        return result

    def _changed(self) -> None:
        if self.on_change:
            self.on_change()
