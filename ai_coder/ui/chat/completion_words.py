"""Words for how the completion of a text goes, and what it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.llm.models import (
    Finished,
    FinishReason,
    Notice,
    PhaseChanged,
    TextDelta,
    Timings,
    TokenUsage,
)
from ai_coder.ui.chat.turn_words import notice_text, phase_detail, phase_name
from ai_coder.ui.number_text import cost_text, speed_number

if TYPE_CHECKING:
    from ai_coder.llm.models import StreamEvent


def _tr(text: str) -> str:
    return QCoreApplication.translate("CompletionWords", text)


class CompletionWords:
    """Collects what a stream tells besides its text."""

    def __init__(self) -> None:
        self.usage: TokenUsage | None = None
        self.has_begun = False
        self._phase: PhaseChanged | None = None
        self._speed: float | None = None
        self._is_cut = False
        self._notices: list[str] = []

    def take(self, event: StreamEvent) -> bool:
        """Note *event*; returns whether the words of `progress` may have changed."""
        match event:
            case TextDelta():
                self.has_begun = True
                return False
            case PhaseChanged():
                self._phase = event
            case TokenUsage():
                self.usage, self.has_begun = event, True
            case Timings():
                self._speed = event.output_per_second
            case Notice():
                self._notices.append(notice_text(event))
            case Finished(reason):
                self._is_cut = reason is FinishReason.LENGTH
            case _:
                return False
        return True

    def progress(self) -> str:
        """Return what the model is doing."""
        phase = self._phase
        parts = [phase_name(phase.phase), phase_detail(phase, 0)] if phase else []
        return " · ".join(part for part in (*parts, *self._notices) if part)

    def summary(self, cost: float | None, *, is_cloud: bool) -> str:
        """Return tokens, speed and cost in US dollars of a completion that has ended."""
        usage, parts = self.usage, []
        if usage is not None and usage.output_tokens is not None:
            count = usage.output_tokens
            words = _tr("{count} token") if count == 1 else _tr("{count} tokens")
            parts.append(words.format(count=f"{count:,}"))
        if self._speed:
            parts.append(_tr("{speed} tok/s").format(speed=speed_number(self._speed)))
        if cost:
            parts.append(cost_text(cost))
        elif is_cloud:
            parts.append(_tr("price unknown") if cost is None else cost_text(0))
        if self._is_cut:
            parts.append(_tr("cut at the limit for answers"))
        return " · ".join([*parts, *self._notices])
