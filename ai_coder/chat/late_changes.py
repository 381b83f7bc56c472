"""Changes of conversations, made at once or as soon as another program lets go of the file."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ai_coder.chat.store_problem import StoreFault, StoreProblem, not_yet_saved

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ai_coder.chat.conversation import Conversation
    from ai_coder.chat.store_thread import StoreThread

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_TOLD_AFTER = 5.0
"""Seconds after which it is told that a change waits: another window is done long before."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One change of one conversation; made twice, it is the same as made once."""

    conversation_id: int
    write: Callable[[sqlite3.Connection], None]
    values: Mapping[str, Any] = field(default_factory=dict)
    """The fields of the conversation as the change leaves them."""


class LateChanges:
    """Makes changes in their order; those that wait for the file are shown as made meanwhile."""

    def __init__(
        self,
        writer: StoreThread,
        *,
        changed: Callable[[], None],
        caught_up: Callable[[], None],
        failed: Callable[[StoreProblem], None],
    ) -> None:
        self._writer = writer
        self._changed = changed
        self._caught_up = caught_up
        self._failed = failed
        self._waiting: list[Change] = []
        self._timer: asyncio.TimerHandle | None = None
        self._pause = _FIRST_PAUSE
        self._waits_since: float | None = None
        self._has_told = False
        self._is_closed = False

    @property
    def is_waiting(self) -> bool:
        """Whether a change could not be made yet."""
        return self._waits_since is not None

    async def make(self, change: Change) -> None:
        """Make a change, or leave it waiting for a locked file; raises StoreProblem."""
        self._waiting.append(change)
        writing = self._write()
        writing.add_done_callback(partial(self._written, tuple(self._waiting)))
        try:
            await asyncio.shield(writing)
        except StoreProblem as problem:
            if problem.fault is not StoreFault.LOCKED:
                raise

    def shown(self, conversation: Conversation) -> Conversation:
        """Return a conversation as it is with what waits."""
        for change in self._waiting:
            if change.conversation_id == conversation.id:
                conversation = replace(conversation, **change.values)
        return conversation

    def all_shown(
        self, conversations: Iterable[Conversation], *, is_deleted: bool
    ) -> list[Conversation]:
        """Return those in the bin, or the others, in the order of the list."""
        shown = [self.shown(each) for each in conversations]
        shown = [each for each in shown if (each.deleted_at is not None) is is_deleted]
        return sorted(shown, key=lambda c: (c.is_pinned, c.updated_at, c.id), reverse=True)

    def forget_deletion(self, conversation_id: int) -> None:
        """Let a conversation stay that goes on although it was to be deleted."""
        self._waiting = [
            change
            for change in self._waiting
            if change.conversation_id != conversation_id or change.values.get("deleted_at") is None
        ]

    async def aclose(self) -> None:
        """Try a last time, with the patience of the file."""
        self._is_closed = True
        self._stop()
        if self._waiting:
            with suppress(StoreProblem):  # told already
                await self._writer.run(_write_all, tuple(self._waiting))

    def _write(self) -> asyncio.Future[None]:
        job = self._writer.submit_if_free(_write_all, tuple(self._waiting))
        return asyncio.wrap_future(job)

    def _try_again(self) -> None:
        self._timer = None
        self._write().add_done_callback(
            partial(self._written, tuple(self._waiting), is_awaited=False)
        )

    def _written(
        self,
        changes: Sequence[Change],
        writing: asyncio.Future[None],
        *,
        is_awaited: bool = True,
    ) -> None:
        problem = None if writing.cancelled() else writing.exception()
        if isinstance(problem, StoreProblem) and problem.fault is StoreFault.LOCKED:
            self._wait(problem)
        else:
            self._waiting = [change for change in self._waiting if change not in changes]
            if isinstance(problem, StoreProblem) and not is_awaited:
                self._failed(problem)
            if not self._waiting and self.is_waiting:
                self._stop()
                self._caught_up()
        if not is_awaited:
            self._changed()

    def _wait(self, problem: StoreProblem) -> None:
        if self._is_closed:
            return
        loop = asyncio.get_running_loop()
        if self._waits_since is None:
            self._waits_since = loop.time()
        if not self._has_told and loop.time() - self._waits_since >= _TOLD_AFTER:
            self._has_told = True
            self._failed(not_yet_saved(problem))
        if self._timer is None:
            self._timer = loop.call_later(self._pause, self._try_again)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._waits_since = None
        self._pause, self._has_told = _FIRST_PAUSE, False


def _write_all(db: sqlite3.Connection, changes: Sequence[Change]) -> None:
    for change in changes:
        change.write(db)
