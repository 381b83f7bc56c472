"""Imports beside the window, once it is open."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


async def in_background(load: Callable[[], T]) -> T:
    """Run *load*, which imports, in a thread that lets the window have its turn often."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # performance.md, decision 6
    try:
        return await asyncio.to_thread(load)
    finally:
        sys.setswitchinterval(interval)


async def imported(*modules: str) -> None:
    """Import *modules*, so that their first user need not wait for them."""

    def load() -> None:
        for module in modules:
            import_module(module)

    await in_background(load)
