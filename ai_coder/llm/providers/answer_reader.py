"""What all readers of streamed answers share: batches, phases, and the judgement at the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_coder.errors import (
    AnswerBlockedError,
    ContextOverflowError,
    EmptyAnswerError,
    MalformedResponseError,
    ProviderError,
    StreamInterruptedError,
)
from ai_coder.llm.models import (
    Finished,
    FinishReason,
    ModelAnswered,
    Phase,
    PhaseChanged,
    ReasoningDelta,
    TextDelta,
    TokenUsage,
)
from ai_coder.llm.providers.empty_answers import why_empty
from ai_coder.llm.providers.failures import Asked, complaint_in, error_from_complaint
from ai_coder.llm.providers.reasoning import ThinkSplitter
from ai_coder.llm.providers.sse import ServerEvent, parse_json, parse_objects

if TYPE_CHECKING:
    from ai_coder.llm.models import StreamEvent, Timings

_NEARLY = 0.97
"""A prompt this close to the window that brings no word is taken for an overflow (Q19)."""

_REASONS = {reason.value: reason for reason in FinishReason}


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known about an answer before it comes."""

    asked: Asked
    provider_id: str
    context_length: int | None = None
    wants_json: bool = False
    max_tokens: int | None = None


class AnswerReader(ABC):
    """Turns server events into batches of stream events.

    `feed` never raises: what went wrong stands in `failure`, after everything that arrived
    before it was taken.
    """

    def __init__(self, expected: Expected) -> None:
        self.expected = expected
        self.failure: ProviderError | None = None
        self.is_done = False
        """Whether the server's own end marker came."""

        self.usage: TokenUsage | None = None
        self.timings: Timings | None = None
        self.finish_reason: FinishReason | None = None
        self.called_tool = False
        self._events: list[StreamEvent] = []
        self._parts: list[str] = []
        self._is_thinking = False
        self._has_text = False
        self._thoughts: list[str] = []
        self._phase: Phase | None = None
        self._has_model = False
        self._inline = ThinkSplitter()

    @property
    def has_output(self) -> bool:
        """Whether a word or a thought arrived."""
        return self._has_text or bool(self._thoughts)

    def feed(self, event: ServerEvent) -> None:
        """Read one server event."""
        if self.failure is not None or self.is_done:
            return
        if event.data[0] == b"[DONE]":
            self.is_done = True
            return
        try:
            values = parse_objects(event.data)
        except ValueError:
            raw = b"\n".join(event.data)[:500].decode("utf-8", "replace")
            self.failure = MalformedResponseError(provider=self.expected.asked.provider, raw=raw)
            return
        for value in values:
            if isinstance(value, dict):
                self.read(value, event.name)
            elif isinstance(value, str) and event.name == b"error":
                self.fail({"error": value})

    @abstractmethod
    def read(self, chunk: dict[str, object], name: bytes) -> None:
        """Read one JSON object of the stream; *name* is that of its event."""

    def take(self) -> list[StreamEvent]:
        """Return the batch of everything since the last call."""
        self._flush()
        events, self._events = self._events, []
        return events

    def end(self) -> list[StreamEvent]:
        """Return the last batch; `failure` says what is wrong with the answer as a whole."""
        thoughts, text = self._inline.end()
        self.add_thoughts(thoughts)
        self.add_text(text)
        self._rescue_json()
        self._flush()
        if self.usage is not None:
            self._events.append(self.usage)
        if self.timings is not None:
            self._events.append(self.timings)
        if self.failure is None:
            self.failure = self._judgement()
        if self.failure is None:
            self._events.append(Finished(self.finish_reason or FinishReason.UNKNOWN))
        return self.take()

    # for the readers of each dialect

    def add_content(self, piece: str) -> None:
        """Add visible text that may begin with inline thoughts."""
        if self._inline.is_text:
            self.add_text(piece)
            return
        thoughts, text = self._inline.feed(piece)
        self.add_thoughts(thoughts)
        self.add_text(text)

    def add_text(self, text: str) -> None:
        """Add visible text."""
        if not text:
            return
        if self._is_thinking or not self._parts:
            self._switch(Phase.WRITING)
        self._parts.append(text)
        if not self._has_text and not text.isspace():
            self._has_text = True

    def add_thoughts(self, text: str) -> None:
        """Add thinking that the server keeps apart."""
        if not text:
            return
        if not self._is_thinking:
            self._switch(Phase.THINKING)
        self._parts.append(text)
        self._thoughts.append(text)

    def add_event(self, event: StreamEvent) -> None:
        """Add any other event in its place."""
        self._flush()
        self._events.append(event)

    def answered_by(self, model: str) -> None:
        """Say once which model answers."""
        if model and not self._has_model:
            self._has_model = True
            self.add_event(ModelAnswered(model, self.expected.provider_id))

    def fail(self, chunk: dict[str, object]) -> None:
        """Remember the error that *chunk* holds."""
        if (complaint := complaint_in(chunk)) is not None:
            self.failure = error_from_complaint(self.expected.asked, complaint)

    def finish(self, reason: object) -> None:
        """Remember why the server stopped."""
        if isinstance(reason, str) and reason:
            self.finish_reason = _REASONS.get(reason, FinishReason.UNKNOWN)

    def _switch(self, phase: Phase) -> None:
        self._flush()
        self._is_thinking = phase is Phase.THINKING
        if phase is not self._phase:
            self._phase = phase
            self._events.append(PhaseChanged(phase))

    def _flush(self) -> None:
        if self._parts:
            text = "".join(self._parts)
            self._parts = []
            delta = ReasoningDelta(text) if self._is_thinking else TextDelta(text)
            self._events.append(delta)

    def _rescue_json(self) -> None:
        """Use JSON that landed among the thoughts when JSON was asked for (lmstudio.md Q13)."""
        if self._has_text or not self._thoughts or not self.expected.wants_json:
            return
        thoughts = "".join(self._thoughts).strip()
        try:
            parse_json(thoughts.encode())
        except ValueError:
            return
        self.add_text(thoughts)

    def _judgement(self) -> ProviderError | None:
        asked = self.expected.asked
        if self.finish_reason is None and not self.is_done:
            return StreamInterruptedError(provider=asked.provider)
        if self.finish_reason is FinishReason.CONTENT_FILTER:
            reason = "content_filter"
            return AnswerBlockedError(provider=asked.provider, reason=reason)
        if self._has_text:
            return None
        used = self.usage.input_tokens if self.usage else None
        window = self.expected.context_length
        if used and window and used >= window * _NEARLY:
            return ContextOverflowError(
                model=asked.model,
                provider=asked.provider,
                prompt_tokens=used,
                context_length=window,
            )
        reason = why_empty(
            self.finish_reason, has_thought=bool(self._thoughts), called_tool=self.called_tool
        )
        return EmptyAnswerError(model=asked.model, reason=reason)
