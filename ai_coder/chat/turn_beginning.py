"""How a turn begins: its prompt gets to the disk, or is kept in memory until it can."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ai_coder.chat.conversation import Message, MessageStatus
from ai_coder.chat.store_problem import StoreProblem, not_yet_saved

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from concurrent.futures import Future

    from ai_coder.chat.conversation import AttachedFile
    from ai_coder.chat.prompt_queue import PromptQueue
    from ai_coder.chat.shown_branch import ShownBranch
    from ai_coder.chat.store import ChatStore
    from ai_coder.llm.models import GenerationParameters

Begun: TypeAlias = "tuple[Message | None, Message]"
"""A prompt, if the turn has a new one, and the answer that begins."""


class TurnBeginning:
    """Begins turns, and keeps the prompt of one that is stopped while it begins.

    Stopping does not wait for the disk: `settled` does, and `on_settled` is called then, with the
    problem because of which the prompt is only in memory.
    """

    def __init__(self, store: ChatStore, branch: ShownBranch, queue: PromptQueue) -> None:
        self.on_settled: Callable[[StoreProblem | None], None] | None = None
        self._store = store
        self._branch = branch
        self._queue = queue
        self._settling: asyncio.Future[None] | None = None
        self._is_unsaved = False
        """Whether the last prompt is only in memory, and in the queue on disk if it waited."""

    async def begun(
        self,
        prompt: Message | None,
        files: Sequence[AttachedFile],
        ref: str,
        parameters: GenerationParameters | None,
        save_late: Callable[[], Awaitable[None]],
    ) -> tuple[Message | None, Message, StoreProblem | None]:
        """Store a prompt and its answer; a problem says why they are in memory only.

        What was not stored before goes first, by *save_late*, because the prompt may stand
        below it.
        """
        answer = self._branch.new_answer(ref, parameters)
        job: Future[Begun] | None = None
        try:
            await save_late()
            prompt = prompt and self._branch.placed(prompt)
            answer = self._branch.placed(answer)
            job = self._store.begin_soon(prompt, answer, files)
            begun = await asyncio.shield(asyncio.wrap_future(job))
        except StoreProblem as error:
            return *self._unsaved(prompt, answer, files), not_yet_saved(error)
        except asyncio.CancelledError:
            if job is not None:
                self._settle_later(job, prompt, answer, files)
            elif prompt is not None:
                self._keep(self._unsaved(prompt, answer, files))
            raise
        self._queue.let_go()
        return *begun, None

    @contextmanager
    def placed(self, prompt: Message | None, answer: Message) -> Iterator[None]:
        """Put a turn that has begun into the shown branch: the answer last, even after a stop."""
        if prompt is not None:
            self._branch.add(prompt)
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            final = _stopped(answer)
            self._branch.add(final)
            if final.id > 0:
                self._store.finish_soon(final)
            if self.on_settled:
                self.on_settled(None)
            raise
        self._branch.add(answer)

    def note_saved(self) -> None:
        """Let go of the prompt in the queue, because what was only in memory is on disk."""
        if self._is_unsaved:
            self._is_unsaved = False
            self._queue.let_go()

    async def settled(self) -> None:
        """Wait until it is known what became of a turn that was stopped while it began."""
        if self._settling is not None:
            await asyncio.wait([self._settling])

    def _settle_later(
        self,
        job: Future[Begun],
        prompt: Message | None,
        answer: Message,
        files: Sequence[AttachedFile],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._settling = loop.create_future()
        settle = partial(self._settle, job, prompt, answer, files)

        def done(job: Future[Begun]) -> None:
            """Run in the thread of the store, which may be closing."""
            if job.exception() is None:
                self._store.finish_soon(_stopped(job.result()[1]))
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(settle)

        job.add_done_callback(done)

    def _settle(
        self,
        job: Future[Begun],
        prompt: Message | None,
        answer: Message,
        files: Sequence[AttachedFile],
    ) -> None:
        problem = job.exception()
        if problem is None:
            self._queue.let_go()
            self._keep(job.result())
        elif isinstance(problem, StoreProblem) and prompt is not None:
            self._keep(self._unsaved(prompt, answer, files))
        settling, self._settling = self._settling, None
        if settling is not None and not settling.done():
            settling.set_result(None)
        if self.on_settled:
            told = not_yet_saved(problem) if isinstance(problem, StoreProblem) else None
            self.on_settled(told)

    def _unsaved(
        self, prompt: Message | None, answer: Message, files: Sequence[AttachedFile]
    ) -> Begun:
        self._is_unsaved = True
        return self._branch.unsaved(prompt, answer, files)

    def _keep(self, begun: Begun) -> None:
        prompt, answer = begun
        if prompt is not None:
            self._branch.add(prompt)
        self._branch.add(_stopped(answer))


def _stopped(answer: Message) -> Message:
    return replace(answer, status=MessageStatus.STOPPED)
