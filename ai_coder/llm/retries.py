"""Which failures are worth repeating a request for, and after how long."""

from __future__ import annotations

from dataclasses import dataclass

from ai_coder.errors import (
    OverloadedError,
    ProviderError,
    ProviderUnreachableError,
    ServerFailedError,
    TryLaterError,
)
from ai_coder.llm.models import Notice, Phase, PhaseChanged, StreamEvent

LONGEST_WAIT = 20.0
"""Seconds; who has to wait longer should be told instead."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds between attempts: *first* doubled each time, up to *longest*, with jitter."""

    first: float = 0.4
    longest: float = 4.0

    def delay(self, attempt: int, jitter: float) -> float:
        """Return the pause before repeating for the *attempt*-th time (from 0); jitter is 0..1."""
        return min(self.first * 2.0**attempt, self.longest) * (0.5 + jitter / 2)


def retry_delay(error: ProviderError, pause: float) -> float | None:
    """Return the seconds after which to repeat what failed with *error*; None is never.

    Only what surely was not worked on is repeated: a refused connection, a full queue, a
    rate limit that names its delay, a failure that passes. Nothing is repeated after a time
    limit, because the server may still be busy with the first attempt (ollama.md quirk 6).
    """
    match error:
        case TryLaterError(retry_after=float() | int() as seconds):
            return max(seconds, pause) if seconds <= LONGEST_WAIT else None
        case OverloadedError() | ServerFailedError(is_passing=True):
            return pause
        case ProviderUnreachableError() if is_refusal(error):
            return pause
        case _:
            return None


def is_output(event: StreamEvent) -> bool:
    """Tell whether *event* shows that the server began to answer."""
    if isinstance(event, PhaseChanged):
        return event.phase in (Phase.THINKING, Phase.WRITING)
    return not isinstance(event, Notice)


def is_refusal(error: ProviderError) -> bool:
    """Tell whether nobody listens at the address; a time limit may only mean a busy server."""
    return isinstance(error, ProviderUnreachableError) and not _is_timeout(error.__cause__)


def _is_timeout(cause: BaseException | None) -> bool:
    import httpx2  # late: whoever failed has loaded it, and the first paint does without

    while cause is not None:
        if isinstance(cause, TimeoutError | httpx2.TimeoutException):
            return True
        cause = cause.__cause__
    return False
