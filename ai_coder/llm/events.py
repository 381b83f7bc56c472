"""What a stream tells: phases, pieces of the answer, counts, notices, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Phase(StrEnum):
    """What the server is doing for this turn."""

    CONNECTING = "connecting"
    LOADING_MODEL = "loading_model"
    READING_PROMPT = "reading_prompt"
    THINKING = "thinking"
    WRITING = "writing"


class FinishReason(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    TOOL_CALLS = "tool_calls"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The turn entered or advanced in a phase.

    `progress` is 0..1 or None when unknown; `processed` and `total` count prompt tokens;
    `is_estimate` marks figures learned from this machine instead of told by the server, and
    `is_unanswered` that the server answers no questions meanwhile: it may be very busy.
    """

    phase: Phase
    progress: float | None = None
    processed: int | None = None
    total: int | None = None
    seconds_left: float | None = None
    is_estimate: bool = False
    is_unanswered: bool = False


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the visible reply; one per wake-up, not one per token."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of the model's thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens as the server counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Timings:
    """Speeds as the server measured them, tokens per second; durations in seconds."""

    prompt_per_second: float | None = None
    output_per_second: float | None = None
    first_token_seconds: float | None = None
    load_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ModelAnswered:
    """The model that really answers, as the server names it, and the provider that serves it."""

    model: str
    provider: str


class NoticeKind(StrEnum):
    """Things worth one line under an answer."""

    OTHER_MODEL = "other_model"
    PARAMETER_DROPPED = "parameter_dropped"
    PROMPT_TRUNCATED = "prompt_truncated"
    FELL_BACK = "fell_back"
    SERVER_WARNING = "server_warning"
    RETRIED = "retried"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of truth about this turn; `values` fill the words of its kind."""

    kind: NoticeKind
    values: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, key: str) -> str:
        return dict(self.values)[key]


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is complete. Nothing follows it."""

    reason: FinishReason


StreamEvent: TypeAlias = (
    PhaseChanged
    | ModelAnswered
    | TextDelta
    | ReasoningDelta
    | TokenUsage
    | Timings
    | Notice
    | Finished
)
