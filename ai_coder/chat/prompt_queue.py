"""Prompts that wait until the running answer is complete."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ai_coder.chat.store_problem import StoreProblem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from ai_coder.chat.conversation import AttachedFile
    from ai_coder.chat.store import ChatStore


@dataclass(frozen=True, slots=True)
class QueuedPrompt:
    """A prompt that waits; it can still be changed or taken back."""

    id: int
    text: str
    files: tuple[AttachedFile, ...] = ()
    model_ref: str | None = None


class PromptQueue:
    """First in, first out, and on disk; `on_change` is called whenever it looks different.

    A prompt that was taken stays on disk until `let_go` says that it is kept elsewhere.
    """

    def __init__(self, store: ChatStore, conversation_id: int) -> None:
        self.on_change: Callable[[], None] | None = None
        self.may_go: Callable[[QueuedPrompt], Awaitable[bool]] | None = None
        """Asked before a prompt is handed on; while it says no the queue stands still."""

        self._store = store
        self._conversation_id = conversation_id
        self._writing: Future[None] | None = None
        self._taken: tuple[QueuedPrompt, ...] = ()
        self._prompts: list[QueuedPrompt] = []
        self._last_id = 0

    @property
    def prompts(self) -> tuple[QueuedPrompt, ...]:
        """What waits, in order."""
        return tuple(self._prompts)

    @property
    def is_unsaved(self) -> bool:
        """Whether the last change did not reach the disk."""
        job = self._writing
        return job is not None and job.done() and isinstance(job.exception(), StoreProblem)

    async def load(self) -> None:
        """Let wait again what waited when the application ended."""
        if self._prompts or self._writing is not None:
            return
        try:
            self._prompts = await self._store.take_over_queue(self._conversation_id)
        except StoreProblem:
            return  # they stay on disk, for the next time
        self._last_id = max((prompt.id for prompt in self._prompts), default=0)

    async def save_late(self) -> None:
        """Store what did not reach the disk; raises StoreProblem while that is not possible."""
        if self.is_unsaved:
            await asyncio.wrap_future(self._write())

    def add(
        self, text: str, files: tuple[AttachedFile, ...] = (), model_ref: str | None = None
    ) -> QueuedPrompt:
        """Put a prompt at the end."""
        self._last_id += 1
        prompt = QueuedPrompt(self._last_id, text, files, model_ref)
        self._prompts.append(prompt)
        self._changed()
        return prompt

    def edit(self, prompt_id: int, text: str) -> None:
        """Change the words of a prompt that still waits."""
        self._prompts = [replace(p, text=text) if p.id == prompt_id else p for p in self._prompts]
        self._changed()

    def remove(self, prompt_id: int) -> None:
        """Take a prompt back."""
        self._prompts = [p for p in self._prompts if p.id != prompt_id]
        self._changed()

    async def take(self) -> QueuedPrompt | None:
        """Return the next prompt and drop it; None when nothing waits, or nothing may go."""
        while self._prompts:
            prompt = self._prompts[0]
            if self.may_go is not None and not await self.may_go(prompt):
                return None
            if prompt in self._prompts:  # neither changed nor taken back meanwhile
                self._taken = (prompt,)
                self.remove(prompt.id)
                return prompt
        return None

    def let_go(self) -> None:
        """Keep the prompt that was taken no longer."""
        if self._taken:
            self._taken = ()
            self._write()

    def _write(self) -> Future[None]:
        kept = (*self._taken, *self._prompts)
        self._writing = self._store.queue_soon(self._conversation_id, kept)
        return self._writing

    def _changed(self) -> None:
        self._write()
        if self.on_change:
            self.on_change()
