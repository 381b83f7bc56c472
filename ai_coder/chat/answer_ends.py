"""The ends of answers, written at once or as soon as another program lets go of the file."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ai_coder.chat import store_messages
from ai_coder.chat.store_problem import StoreFault, StoreProblem, not_yet_saved

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ai_coder.chat.conversation import Message
    from ai_coder.chat.store_thread import StoreThread

_TRIES_AT_THE_END = 3
"""How often a locked file is tried, five seconds each, before the chats are closed without it."""

_TOLD_AFTER = 12
"""How often a locked file is tried again, five seconds each, before that is told."""


class AnswerEnds:
    """Writes final states of answers until they are on disk; tells of it in the writing thread."""

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
        self._tries: dict[Future[None], int] = {}
        """What is under way, and which try of the same it is."""

        self._is_given_up = False

    @property
    def is_waiting(self) -> bool:
        """Whether an end waits for a file that is locked."""
        return any(number > 1 for number in tuple(self._tries.values()))

    def write_soon(self, answer: Message) -> Future[None]:
        """Queue the final state of an answer."""
        return self._write(answer, 1)

    async def settle(self) -> None:
        """Wait for what is under way, and for a few tries more while the file is locked."""
        for _try in range(_TRIES_AT_THE_END):
            jobs = map(asyncio.wrap_future, tuple(self._tries))
            await asyncio.shield(asyncio.gather(*jobs, return_exceptions=True))

    def give_up(self) -> None:
        """Begin no further try."""
        self._is_given_up = True

    def _write(self, answer: Message, number: int) -> Future[None]:
        job = self._writer.submit(store_messages.update, answer)
        self._tries[job] = number
        job.add_done_callback(partial(self._written, answer))
        return job

    def _written(self, answer: Message, job: Future[None]) -> None:
        """Look at a try, in the writing thread."""
        error = None if job.cancelled() else job.exception()
        problem = error if isinstance(error, StoreProblem) else None
        is_locked = problem is not None and problem.fault is StoreFault.LOCKED
        goes_on = is_locked and not self._is_given_up
        number = self._tries[job]
        if goes_on:
            self._write(answer, number + 1)
        del self._tries[job]  # now that another try of the same is among them
        if problem is None:
            self._changed()
            if number > 1:
                self._caught_up()
        elif not goes_on:
            self._failed(problem)
        elif number == _TOLD_AFTER:
            self._failed(not_yet_saved(problem))
