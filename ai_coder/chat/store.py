"""The chats on disk."""

from __future__ import annotations

import asyncio
import itertools
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ai_coder.chat import journal, search, store_archive, store_messages, store_spending
from ai_coder.chat.answer_ends import AnswerEnds
from ai_coder.chat.conversation_store import ConversationStore
from ai_coder.chat.store_file import StoreFile
from ai_coder.chat.store_problem import StoreProblem
from ai_coder.chat.unspaced_index import UnspacedIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from ai_coder.chat.archive import ArchivedConversation
    from ai_coder.chat.branches import Branches
    from ai_coder.chat.conversation import AttachedFile, Conversation, Message
    from ai_coder.chat.search import SearchHit, SearchQuery
    from ai_coder.chat.store_spending import Spending

_TICKS_PER_RECOVERY = 10
_SECONDS_PER_PURGE = 24 * 3600.0


class ChatStore(ConversationStore):
    """Conversations and messages in one SQLite file, or in memory when there is no path.

    One thread owns the connection; every method waits for it without holding up the loop and
    raises `StoreProblem` when it cannot do its work. Methods that end in `_soon` queue a write
    and return at once.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        on_change: Callable[[], None] | None = None,
        on_problem: Callable[[StoreProblem], None] | None = None,
    ) -> None:
        super().__init__(StoreFile(path, self._report), on_change)
        self.unspaced_index = UnspacedIndex(self._file)
        self.on_problem = on_problem
        self.on_foreign_change: Callable[[], None] | None = None
        """Called, after `on_change`, when another instance wrote, or died while it did."""

        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends = AnswerEnds(
            self._file.writer,
            changed=self._changed_in_thread,
            caught_up=partial(self._in_loop, self._has_caught_up),
            failed=self._report,
        )
        self._purged_at = 0.0

    # Opening and closing

    async def open(self) -> StoreProblem | None:
        """Open the file; what is wrong is returned and the store works in memory instead."""
        self._loop = asyncio.get_running_loop()
        problem = await self._file.open()
        await self.recover()
        await self.purge()
        self._purged_at = time.time()
        return problem

    async def aclose(self) -> None:
        """Write what is queued and close the file; nobody is told of anything afterwards.

        The ends of answers are tried a few times more while another program locks the file.
        """
        await self._ends.settle()
        await self._late.aclose()
        self._ends.give_up()
        await self._file.aclose()
        self.on_change = self.on_foreign_change = self.on_problem = self.on_caught_up = None

    @property
    def path(self) -> Path | None:
        """The file of the chats."""
        return self._file.path

    @property
    def is_in_memory(self) -> bool:
        """Whether chats are lost at the end of this run."""
        return self._file.is_in_memory

    @property
    def has_only_in_memory(self) -> bool:
        """Whether something was said that is on no disk."""
        return self._file.has_only_in_memory

    @property
    def may_return_to_file(self) -> bool:
        """Whether it is worth trying to leave memory for the file."""
        return self._file.may_return

    async def return_to_file(self) -> bool:
        """Leave memory for the file with all that was said; raises StoreProblem.

        Returns whether the chats have other ids now.
        """
        has_new_ids = await self._file.return_to_file()
        self._changed()
        return has_new_ids

    @property
    def has_unfinished(self) -> bool:
        """Whether the end of an answer, or a change, waits for a file that is locked."""
        return self._ends.is_waiting or self._late.is_waiting

    async def recover(self) -> int:
        """Mark answers whose instance died as interrupted; return how many."""
        return await self._file.writer.run(journal.recover, self._file.instance.is_alive)

    async def watch(self, is_seen: asyncio.Event, interval: float = 1.0) -> None:
        """Report changes by other instances, and their end, until cancelled.

        Once a day the bin is emptied of what has been there for too long.
        Nothing is looked at while *is_seen* is clear, and everything as soon as it is set.
        """
        for tick in itertools.count(1):
            await asyncio.sleep(interval)
            await is_seen.wait()
            if time.time() - self._purged_at >= _SECONDS_PER_PURGE:
                await self._purge_again()
            if await self._file.has_foreign_changes():
                self._tell_foreign_change()
            if tick % _TICKS_PER_RECOVERY == 0 and await self._has_abandoned_answers():
                await self.recover()
                self._tell_foreign_change()

    # Messages

    async def messages(
        self, conversation_id: int, head: int | None, newest: int | None = None
    ) -> tuple[Branches, list[Message]]:
        """Return the tree of a conversation and the branch that ends at *head*, or its end."""
        return await self._file.writer.read(store_messages.path, conversation_id, head, newest)

    async def some_messages(self, conversation_id: int, ids: Sequence[int]) -> list[Message]:
        """Return these messages of a conversation, ordered by id."""
        return await self._file.writer.read(store_messages.some, conversation_id, ids)

    async def message(self, message_id: int) -> Message | None:
        """Return one message; None when it does not exist."""
        return await self._file.writer.read(store_messages.one, message_id)

    async def attachment_contents(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of attachments by digest."""
        return await self._file.writer.read(store_messages.contents, list(digests))

    def begin_soon(
        self, prompt: Message | None, answer: Message, files: Sequence[AttachedFile] = ()
    ) -> Future[tuple[Message | None, Message]]:
        """Queue a prompt and the answer that begins; both come back with their new ids."""
        self._file.words_follow()
        self._late.forget_deletion(answer.conversation_id)
        owner = self._file.instance.id
        job = self._file.writer.submit(store_messages.begin, prompt, answer, files, owner)
        job.add_done_callback(lambda _job: self._changed_in_thread())
        return job

    def add_late_soon(
        self,
        conversation: Conversation,
        messages: Sequence[Message],
        files: Mapping[int, Sequence[AttachedFile]],
        *,
        is_patient: bool,
    ) -> Future[dict[int, int]]:
        """Queue messages that were only in memory; their new ids come back by the old.

        *is_patient* waits a while for a file that another program has locked.
        """
        self._file.words_follow()
        self._late.forget_deletion(conversation.id)
        writer = self._file.writer
        submit = writer.submit if is_patient else writer.submit_if_free
        owner = self._file.instance.id
        job = submit(store_messages.add_late, conversation, messages, files, owner)
        job.add_done_callback(lambda _job: self._changed_in_thread())
        return job

    async def resume(self, answer: Message) -> None:
        """Mark a stored answer as running again."""
        owner = self._file.instance.id
        await self._file.writer.run(store_messages.update, answer, owner=owner)

    def journal_soon(self, answer_id: int, number: int, text: str, reasoning: str) -> Future[None]:
        """Queue the next piece of a running answer."""
        return self._file.writer.submit(journal.append, answer_id, number, text, reasoning)

    def finish_soon(self, answer: Message) -> Future[None]:
        """Queue the final state of an answer, which replaces its journal.

        While another program locks the file it is tried again, until the store closes.
        """
        return self._ends.write_soon(answer)

    # Search, spending, import and export

    async def search(self, query: SearchQuery) -> list[SearchHit]:
        """Find messages in all conversations that are not in the bin."""
        return await self._file.reader.read(search.find, query)

    async def models_used(self) -> list[str]:
        """Return the models that gave answers, for the filter of the search."""
        return await self._file.reader.read(search.models_used)

    async def spending(self, since: datetime, until: datetime) -> list[Spending]:
        """Return what the answers of a period cost by provider, the one just ended included."""
        return await self._file.writer.read(store_spending.spending, since, until)

    async def add_spending(self, provider: str, cost: float | None) -> None:
        """Count what was paid outside of any conversation; None is an unknown price."""
        writer = self._file.writer
        await writer.run(store_spending.add_spending, provider, cost, time.time())

    async def conversation_spending(self, conversation_id: int) -> tuple[float, int]:
        """Return the cost of all branches, and how many answers have no known price."""
        return await self._file.writer.read(store_spending.conversation_spending, conversation_id)

    async def archive(self, conversation_id: int) -> ArchivedConversation | None:
        """Return a conversation with all branches and attachments, for export."""
        return await self._file.writer.read(store_archive.archive, conversation_id)

    async def archive_all(self) -> list[ArchivedConversation]:
        """Return every conversation that is not in the bin, for export."""
        return await self._file.reader.read(store_archive.archive_all)

    async def add_archived(
        self, archived: Sequence[ArchivedConversation], *, is_told: bool = True
    ) -> list[Conversation]:
        """Store imported conversations: all of them, or none when one fails.

        Unless *is_told*, nobody hears of it yet, because more follow.
        """
        self._file.words_follow()
        made = await self._file.writer.run(store_archive.add, archived)
        return self._told(made) if is_told else made

    # Backups

    async def back_up(self) -> Path | None:
        """Make today's copy unless there is one; raises StoreProblem."""
        return await self._file.back_up()

    async def replace_file(self, backup: Path | None) -> Path | None:
        """Use a copy, or a new file, in place of the file, with what was said in memory meanwhile.

        Returns where the file is by now that was there: in its place if it works again, as when
        another window has mended it. Raises StoreProblem; then everything is as it was.
        """
        aside = await self._file.replace(backup)
        self._changed()
        return aside

    def backups(self) -> list[Path]:
        """Return the copies there are, newest first."""
        return self._file.backups.all() if self._file.backups else []

    def readable_backup(self, older_than: Path) -> Path | None:
        """Return the next copy to try where one cannot be used."""
        return self._file.backups.newest_readable(older_than) if self._file.backups else None

    async def _purge_again(self) -> None:
        self._purged_at = time.time()
        with suppress(StoreProblem):  # tomorrow is another day
            if await self.purge():
                self._changed()

    async def _has_abandoned_answers(self) -> bool:
        is_alive = self._file.instance.is_alive
        return bool(await self._file.writer.read(journal.dead, is_alive))

    # Telling

    def _changed(self) -> None:
        self.unspaced_index.wake()
        super()._changed()

    def _tell_foreign_change(self) -> None:
        self._changed()
        if self.on_foreign_change:
            self.on_foreign_change()

    def _in_loop(self, tell: Callable[[], None]) -> None:
        """Tell something from the thread of the store."""
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(tell)

    def _changed_in_thread(self) -> None:
        self._in_loop(self._changed)

    def _report(self, problem: StoreProblem) -> None:
        self._in_loop(partial(self._told_of, problem))
