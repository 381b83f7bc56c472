"""Prompts that wait until the running answer is complete."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_coder.chat.conversation import AttachedFile


@dataclass(frozen=True, slots=True)
class QueuedPrompt:
    """A prompt that waits; it can still be changed or taken back."""

    id: int
    text: str
    files: tuple[AttachedFile, ...] = ()
    model_ref: str | None = None


class PromptQueue:
    """First in, first out; `on_change` is called whenever it looks different."""

    def __init__(self) -> None:
        self.on_change: Callable[[], None] | None = None
        self.may_go: Callable[[QueuedPrompt], Awaitable[bool]] | None = None
        """Asked before a prompt is handed on; while it says no the queue stands still."""

        self._prompts: list[QueuedPrompt] = []
        self._last_id = 0

    @property
    def prompts(self) -> tuple[QueuedPrompt, ...]:
        """What waits, in order."""
        return tuple(self._prompts)

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
                self.remove(prompt.id)
                return prompt
        return None

    def _changed(self) -> None:
        if self.on_change:
            self.on_change()
