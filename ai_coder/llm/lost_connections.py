"""What it means that a connection ended before the first word: the server went away, or not."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from ai_coder.errors import (
    ConnectionLostError,
    LeftWhileLoadingError,
    ModelDiedError,
    ProviderError,
    Remedy,
    ServerLeftError,
    StreamInterruptedError,
)
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.models import Phase, PhaseChanged, ReasoningDelta, Role, TextDelta
from ai_coder.llm.probing import probed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ai_coder.llm.models import ChatRequest, StreamEvent
    from ai_coder.llm.providers.base import BaseProvider

_PATIENCE = 3.0
"""Seconds for the question whether the server is still there."""


async def explained_stream(
    provider: BaseProvider, request: ChatRequest
) -> AsyncGenerator[StreamEvent, None]:
    """Yield a reply; raise what really happened if the connection ends before its first word."""
    has_words = any(each.role is Role.ASSISTANT for each in request.messages[-1:])  # it goes on
    phase = Phase.CONNECTING
    try:
        async with aclosing(provider.stream_chat(request)) as events:
            async for event in events:
                if isinstance(event, PhaseChanged):
                    phase = event.phase
                has_words = has_words or isinstance(event, TextDelta | ReasoningDelta)
                yield event
    except ProviderError as error:
        if has_words:
            raise
        loading = request.model if phase is Phase.LOADING_MODEL else ""
        explained = await explained_loss(provider, error, loading=loading)
        if explained is error:
            raise
        raise explained from error


async def explained_loss(
    provider: BaseProvider, error: ProviderError, *, loading: str = ""
) -> ProviderError:
    """Return *error*, or what really happened if a connection ended before the first word.

    *loading* is the model that was being loaded.
    """
    is_lost = isinstance(error, StreamInterruptedError | ConnectionLostError)
    if not is_lost or isinstance(error, ModelDiedError):
        return error
    lost = ConnectionLostError(provider=provider.name, raw=error.raw)
    if not provider.is_local or provider.is_built_in:
        return lost
    probe, _bug = await probed(provider, _PATIENCE)
    if probe.state.kind is not ConnectionKind.UNREACHABLE:
        return lost
    remedy = probe.state.remedy or Remedy.RETRY
    if loading:
        return LeftWhileLoadingError(
            provider=provider.name, model=loading, remedy=remedy, raw=error.raw
        )
    return ServerLeftError(provider=provider.name, remedy=remedy, raw=error.raw)
