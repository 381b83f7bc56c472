"""Ollama's streams: one JSON object per line, any of which may be an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jiter

from ai_coder.errors import (
    MalformedResponseError,
    ModelDiedError,
    ModelLoadFailedError,
    ProviderError,
    StreamInterruptedError,
)
from ai_coder.llm.models import (
    FinishReason,
    ModelAnswered,
    Phase,
    PhaseChanged,
    ReasoningDelta,
    TextDelta,
    Timings,
    TokenUsage,
)
from ai_coder.llm.providers.ollama_errors import Conversation, error_of_text
from ai_coder.llm.providers.reasoning import ThinkSplitter

if TYPE_CHECKING:
    from ai_coder.llm.models import StreamEvent

_NANO = 1e-9
_FINISH = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}


class ReplyReader:
    """Turns the bytes of `/api/chat` or `/api/generate` into events, a batch at a time.

    Lines end at the line feed byte only: other line separators occur inside texts (ollama.md
    rule 2). What arrived before an error is handed out before `failure` is raised.
    Models whose template Ollama does not know think inline, between tags; in a chat that
    is told apart as well.
    """

    def __init__(self, asked: Conversation, provider_id: str, *, is_chat: bool = True) -> None:
        self._asked = asked
        self._provider_id = provider_id
        self._rest = b""
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._events: list[StreamEvent] = []
        self._splitter = ThinkSplitter()
        self._splitter.is_text = not is_chat
        self._phase: Phase | None = None
        self.is_complete = False
        self.has_begun = False
        self.has_text = False
        self.has_thought = False
        self.has_tool_calls = False
        self.finish_reason = FinishReason.UNKNOWN
        self.failure: ProviderError | None = None

    def feed(self, data: bytes) -> list[StreamEvent]:
        """Return the events in *data*, joined into as few as possible."""
        self.has_begun = True
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self.failure is None and not self.is_complete:
                self._read(line)
        return self._take()

    def end(self) -> list[StreamEvent]:
        """Return what a last line without its line feed holds; the connection ended."""
        if self._rest.strip() and self.failure is None and not self.is_complete:
            self._read(self._rest, is_last=True)
        self._rest = b""
        if not self.is_complete and self.failure is None:
            self._add(*self._splitter.end())
            self.failure = StreamInterruptedError(provider=self._asked.provider)
        return self._take()

    def _read(self, line: bytes, *, is_last: bool = False) -> None:
        if not (line := line.strip()):
            return
        try:
            payload = _parsed(line)
        except ValueError:
            if not is_last:
                raw = line[:500].decode("utf-8", "replace")
                self.failure = MalformedResponseError(provider=self._asked.provider, raw=raw)
            return
        if said := payload.get("error"):
            self._add(*self._splitter.end())
            self.failure = self._failure_of(str(said))
            return
        if self._phase is None and isinstance(name := payload.get("model"), str) and name:
            self._events.append(ModelAnswered(name, self._provider_id))
            self._phase = Phase.READING_PROMPT
        message = payload.get("message") or {}
        thought = message.get("thinking") or payload.get("thinking") or ""
        text = message.get("content") or payload.get("response") or ""
        if text and not self._splitter.is_text:
            inline, text = self._splitter.feed(text)
            thought += inline
        self._add(thought, text)
        if message.get("tool_calls") or payload.get("tool_calls"):
            self.has_tool_calls = True
        if payload.get("done"):
            self._finish(payload)

    def _failure_of(self, text: str) -> ProviderError:
        """Return the error of *text*; a model that has spoken was loaded, and is gone now."""
        error = error_of_text(text, self._asked)
        if isinstance(error, ModelLoadFailedError) and (self.has_text or self.has_thought):
            return ModelDiedError(**error.details, raw=error.raw)
        return error

    def _add(self, thought: str, text: str) -> None:
        if thought:
            self._enter(Phase.THINKING)
            self._thoughts.append(thought)
            self.has_thought = True
        if text:
            self._enter(Phase.WRITING)
            self._text.append(text)
            self.has_text = True

    def _enter(self, phase: Phase) -> None:
        if self._phase is not phase:
            self._flush()
            self._phase = phase
            self._events.append(PhaseChanged(phase))

    def _finish(self, payload: dict[str, Any]) -> None:
        self._add(*self._splitter.end())
        self._flush()
        self.is_complete = True
        reason = _FINISH.get(payload.get("done_reason") or "", FinishReason.UNKNOWN)
        self.finish_reason = FinishReason.TOOL_CALLS if self.has_tool_calls else reason
        read, written = payload.get("prompt_eval_count"), payload.get("eval_count")
        if read or written:
            self._events.append(TokenUsage(input_tokens=read, output_tokens=written))
        timings = Timings(
            prompt_per_second=_rate(read, payload.get("prompt_eval_duration")),
            output_per_second=_rate(written, payload.get("eval_duration")),
            load_seconds=_seconds(payload.get("load_duration")),
        )
        if timings != Timings():
            self._events.append(timings)

    def _flush(self) -> None:
        if self._thoughts:
            self._events.append(ReasoningDelta("".join(self._thoughts)))
            self._thoughts.clear()
        if self._text:
            self._events.append(TextDelta("".join(self._text)))
            self._text.clear()

    def _take(self) -> list[StreamEvent]:
        self._flush()
        events, self._events = self._events, []
        return events


def _parsed(line: bytes) -> dict[str, Any]:
    """Return the object in *line*; invalid UTF-8 becomes replacement characters."""
    try:
        payload = jiter.from_json(line)
    except ValueError:
        payload = jiter.from_json(line.decode("utf-8", "replace").encode())
    if not isinstance(payload, dict):
        raise ValueError("not an object")  # noqa: TRY004  # the same failure as broken JSON
    return payload


def _seconds(nanoseconds: int | None) -> float | None:
    return nanoseconds * _NANO if nanoseconds else None


def _rate(count: int | None, nanoseconds: int | None) -> float | None:
    return count / (nanoseconds * _NANO) if count and nanoseconds else None
