"""Gemini's stream of whole responses, each with the usage so far (cloud.md 3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ai_coder.errors import AnswerBlockedError
from ai_coder.llm.models import FinishReason, Notice, NoticeKind, TokenUsage
from ai_coder.llm.providers.answer_reader import AnswerReader
from ai_coder.llm.providers.gemini_errors import gemini_error

if TYPE_CHECKING:
    from ai_coder.llm.providers.answer_reader import Expected

_ENDED = {"STOP": FinishReason.STOP, "MAX_TOKENS": FinishReason.LENGTH}
_BLOCKED = frozenset(
    {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"}
)
_BROKEN_CALLS = frozenset(
    {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"}
)
_UNSPECIFIED = frozenset({"FINISH_REASON_UNSPECIFIED", ""})


class GeminiReader(AnswerReader):
    """Reads `GenerateContentResponse` objects."""

    def __init__(self, expected: Expected) -> None:
        super().__init__(expected)
        self._inline.is_text = True

    def read(self, chunk: dict[str, object], name: bytes) -> None:
        """Read one response; any part of it may be missing."""
        if "error" in chunk:
            self.fail(chunk)
            return
        if isinstance(model := chunk.get("modelVersion"), str):
            self.answered_by(model)
        if isinstance(usage := chunk.get("usageMetadata"), dict):
            self.usage = _usage_of(usage)
        candidates = chunk.get("candidates")
        if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict):
            self._read_candidate(candidates[0])
        feedback = chunk.get("promptFeedback")
        if isinstance(feedback, dict) and (reason := feedback.get("blockReason")):
            self._block(str(feedback.get("blockReasonMessage") or reason))

    def fail(self, chunk: dict[str, object]) -> None:
        """Remember the error that *chunk* holds."""
        self.failure = gemini_error(self.expected.asked, HTTPStatus.OK, chunk)

    def _read_candidate(self, candidate: dict[str, object]) -> None:
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else ():
            if not isinstance(part, dict):
                continue
            if part.get("functionCall"):
                self.called_tool = True
            text = part.get("text")
            if isinstance(text, str):
                (self.add_thoughts if part.get("thought") else self.add_text)(text)
        reason = str(candidate.get("finishReason") or "")
        if reason in _UNSPECIFIED:
            return
        self.finish_reason = _ENDED.get(reason, FinishReason.UNKNOWN)
        if reason in _BLOCKED:
            self._block(str(candidate.get("finishMessage") or reason))
        elif reason in _BROKEN_CALLS:
            self.finish_reason = FinishReason.TOOL_CALLS
        elif reason not in _ENDED:
            self.add_event(Notice(NoticeKind.SERVER_WARNING, (("message", reason),)))

    def _block(self, reason: str) -> None:
        provider = self.expected.asked.provider
        self.failure = AnswerBlockedError(provider=provider, reason=reason)


def _usage_of(usage: dict[str, object]) -> TokenUsage:
    written, thought = _count(usage, "candidatesTokenCount"), _count(usage, "thoughtsTokenCount")
    has_output = written is not None or thought is not None
    return TokenUsage(
        input_tokens=_count(usage, "promptTokenCount"),
        output_tokens=(written or 0) + (thought or 0) if has_output else None,
        reasoning_tokens=thought,
        cached_tokens=_count(usage, "cachedContentTokenCount"),
    )


def _count(usage: dict[str, object], name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) else None
