"""Anthropic's stream of content blocks (cloud.md 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.errors import AnswerBlockedError
from ai_coder.llm.models import FinishReason, TokenUsage
from ai_coder.llm.providers.answer_reader import AnswerReader
from ai_coder.llm.providers.anthropic_errors import anthropic_complaint
from ai_coder.llm.providers.failures import complaint_in, shortened
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from ai_coder.llm.providers.answer_reader import Expected

DECLINED = QT_TRANSLATE_NOOP("errors", "the model declined to answer.")
_REASONS = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "pause_turn": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.CONTENT_FILTER,
}
_COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)


class AnthropicReader(AnswerReader):
    """Reads the events of a message; usage is cumulative, so that the last one counts."""

    def __init__(self, expected: Expected) -> None:
        super().__init__(expected)
        self._inline.is_text = True
        self._counts: dict[str, int] = {}

    def read(self, chunk: dict[str, object], name: bytes) -> None:
        """Read one event by its type; unknown ones, such as ping, say nothing."""
        match chunk.get("type"):
            case "content_block_delta":
                self._read_delta(chunk.get("delta"))
            case "content_block_start":
                block = chunk.get("content_block")
                if isinstance(block, dict) and block.get("type") == "tool_use":
                    self.called_tool = True
            case "message_start" if isinstance(message := chunk.get("message"), dict):
                self.answered_by(str(message.get("model") or ""))
                self._count(message.get("usage"), is_written=False)
            case "message_delta":
                self._count(chunk.get("usage"))
                self._read_end(chunk.get("delta"))
            case "message_stop":
                self.is_done = True
            case "error":
                self.fail(chunk)

    def fail(self, chunk: dict[str, object]) -> None:
        """Remember the error that *chunk* holds."""
        if (complaint := complaint_in(chunk)) is not None:
            self.failure = anthropic_complaint(self.expected.asked, complaint)

    def _read_delta(self, delta: object) -> None:
        if not isinstance(delta, dict):
            return
        text, thoughts = delta.get("text"), delta.get("thinking")
        if isinstance(text, str):
            self.add_text(text)
        elif isinstance(thoughts, str):
            self.add_thoughts(thoughts)

    def _read_end(self, delta: object) -> None:
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        if not isinstance(delta, dict) or not isinstance(reason, str):
            return
        self.finish_reason = _REASONS.get(reason, FinishReason.UNKNOWN)
        if reason == "refusal":
            details = delta.get("stop_details")
            told = details.get("explanation") if isinstance(details, dict) else None
            reason = shortened(told) if isinstance(told, str) and told else DECLINED
            provider = self.expected.asked.provider
            self.failure = AnswerBlockedError(provider=provider, reason=reason)

    def _count(self, usage: object, *, is_written: bool = True) -> None:
        """Take over counts; before anything *is_written*, that of the output is a placeholder."""
        if not isinstance(usage, dict):
            return
        counts = {name: usage[name] for name in _COUNTS if isinstance(usage.get(name), int)}
        details = usage.get("output_tokens_details")
        if isinstance(details, dict) and isinstance(details.get("thinking_tokens"), int):
            counts["thinking_tokens"] = details["thinking_tokens"]
        if not is_written:
            counts.pop("output_tokens", None)
        self._counts |= counts
        read, written = (self._counts.get(name) for name in _COUNTS[2:])
        fresh = self._counts.get("input_tokens")
        self.usage = TokenUsage(
            input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
            output_tokens=self._counts.get("output_tokens"),
            reasoning_tokens=self._counts.get("thinking_tokens"),
            cached_tokens=read,
            cache_write_tokens=written,
        )
