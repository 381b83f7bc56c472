"""Let a question to a server come to rest before it is given up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_GRACE = 0.3
"""Seconds: a connection on this computer is made or refused within a few milliseconds."""


async def settled(question: Coroutine[Any, Any, T]) -> T:
    """Await *question*; a cancellation waits a moment for it to end by itself.

    A connection that is cancelled while it is being made is left open by asyncio, for the
    garbage collector to find.
    """
    task = asyncio.get_running_loop().create_task(question)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait({task}, timeout=_GRACE)
            task.cancel()
            await asyncio.wait({task})
        raise
