"""Collects the pieces of a running answer and hands them on in frames."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_coder.ui.chat.frame_scheduler import FrameScheduler

_BUDGET_SECONDS = 0.003
_SLICE = 1024
_AT_ONCE = 320
"""Characters that are shown in one frame whatever waits, at 60 frames a second 4,000 tokens."""

_BACKLOG_FRAMES = 3
"""More than that is spread over about so many frames, so that none is much longer than others."""


class StreamPacer:
    """A buffer between a stream and the view that shows it.

    *show* gets reasoning and text; it is called with slices until the time of a frame is used
    up, and *finish_frame* once after them.
    """

    def __init__(
        self,
        scheduler: FrameScheduler,
        show: Callable[[str, str], None],
        finish_frame: Callable[[], None],
    ) -> None:
        self._scheduler = scheduler
        self._show = show
        self._finish_frame = finish_frame
        self._reasoning: list[str] = []
        self._text: list[str] = []

    def start(self) -> None:
        """Take part in the shared clock."""
        self._scheduler.add(self)

    def stop(self) -> None:
        """Leave the shared clock and forget what was not shown."""
        self._scheduler.remove(self)
        self._reasoning.clear()
        self._text.clear()

    def add_text(self, text: str) -> None:
        """Keep *text* for the next frame."""
        self._text.append(text)
        self._scheduler.wake(self)

    def add_reasoning(self, text: str) -> None:
        """Keep *text* of the model's thinking for the next frame."""
        self._reasoning.append(text)
        self._scheduler.wake(self)

    def has_frame(self) -> bool:
        """Whether something waits."""
        return bool(self._text or self._reasoning)

    def render_frame(self) -> None:
        """Show as much as fits the budget of a frame; the rest waits for the next one."""
        self._drain(time.perf_counter() + _BUDGET_SECONDS)

    def flush(self) -> None:
        """Show everything at once."""
        self._drain(None)

    def _drain(self, deadline: float | None) -> None:
        if self._reasoning:
            thought = "".join(self._reasoning)
            self._reasoning.clear()
            self._show(thought, "")
        text = "".join(self._text)
        self._text.clear()
        position, last = 0, len(text)
        if deadline is not None:
            last = min(last, max(_AT_ONCE, last // _BACKLOG_FRAMES))
        while position < last:
            end = last if deadline is None else min(last, position + _SLICE)
            self._show("", text[position:end])
            position = end
            if deadline is not None and time.perf_counter() >= deadline:
                break
        if position < len(text):
            self._text.insert(0, text[position:])
        self._finish_frame()
