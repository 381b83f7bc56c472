"""What a silent Ollama is doing, and when its silence is the end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ai_coder.errors import (
    ProviderError,
    ProviderUnreachableError,
    ServerSilentError,
    StreamInterruptedError,
)
from ai_coder.llm.models import Phase
from ai_coder.llm.retries import is_refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_coder.llm.models import LoadedInstance


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to look at a silent server, in seconds, and whose clock to trust."""

    first: float = 0.25
    later: float = 2.0
    now: Callable[[], float] = time.monotonic


class SilenceWatch:
    """Looks at `/api/ps` while an answer is awaited.

    There is no limit to loading or reading: a big model on a slow disk takes its time, and a
    client that gives up aborts the load (ollama.md quirk 6). A turn ends only when nobody
    listens for *limit* seconds, or when the server is there again, or let the model's idle time
    run out, and does not have the model for *limit* seconds: then it forgot the request. One
    that takes questions and does not answer is busy; a dead connection ends by itself.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[LoadedInstance | None]],
        *,
        provider: str,
        limit: float,
        patience: Patience,
        is_remote: bool = False,
    ) -> None:
        self._look = look
        self._provider = provider
        self._limit = limit
        self._patience = patience
        self._is_remote = is_remote
        self._looks = 0
        self.is_unanswered = False
        """Whether the last look was in vain."""

        self._was_away = False
        self._last_seen: LoadedInstance | None = None
        self._missing_since: float | None = None
        self._away_since: float | None = None

    @property
    def pause(self) -> float:
        """Seconds of silence after which to look."""
        return self._patience.later if self._looks else self._patience.first

    async def look(self, *, has_begun: bool) -> Phase | None:
        """Return what the server is doing, None when it does not tell.

        *has_begun* tells whether something of the answer arrived already. Raises
        `ProviderError` when waiting is of no use.
        """
        self._looks += 1
        try:
            instance = await self._look()
        except ProviderError as error:
            self.is_unanswered = True
            self._count_absence(error, has_begun=has_begun)
            return None
        self.is_unanswered = False
        self._away_since = None
        if instance is not None or self._is_remote:
            self._last_seen = instance
            self._was_away = False
            self._missing_since = None
            return Phase.READING_PROMPT
        self._count_missing(has_begun=has_begun)
        return Phase.LOADING_MODEL

    def _count_missing(self, *, has_begun: bool) -> None:
        if not (self._was_away or _ran_out(self._last_seen)):
            return
        now = self._patience.now()
        if self._missing_since is None:
            self._missing_since = now
        if now - self._missing_since >= self._limit:
            raise self._given_up(has_begun=has_begun, raw="")

    def _count_absence(self, error: ProviderError, *, has_begun: bool) -> None:
        self._was_away = self._was_away or isinstance(error, ProviderUnreachableError)
        if not is_refusal(error):
            self._away_since = None
            return
        now = self._patience.now()
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since >= self._limit:
            raise self._given_up(has_begun=has_begun, raw=error.raw) from error

    def _given_up(self, *, has_begun: bool, raw: str) -> ProviderError:
        kind = StreamInterruptedError if has_begun else ServerSilentError
        return kind(provider=self._provider, raw=raw)


def _ran_out(instance: LoadedInstance | None) -> bool:
    """Tell whether the idle time of *instance* is over.

    A server never unloads a model it is working with, so one that is gone with its time over
    was idle; one that is gone before that is being loaded again.
    """
    end = instance.idle_until if instance is not None else None
    return end is not None and end <= datetime.now(UTC)
