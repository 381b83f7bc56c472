"""Tasks that belong to one block of code, which ends them on its way out."""

from __future__ import annotations

import asyncio
from typing import Any


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel *tasks* and wait for their end; nobody wants to know any more how they end.

    One that failed as its owner was leaving would be reported as a bug.
    """
    for task in tasks:
        task.add_done_callback(_hear)
        task.cancel()
    running = [task for task in tasks if not task.done()]
    if running:
        await asyncio.wait(running)


def _hear(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
