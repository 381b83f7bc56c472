"""Imports beside the window, once it is open."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from ai_coder.ui.short_turns import SHORT_TURNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


async def in_background(load: Callable[[], T]) -> T:
    """Run *load*, which imports, in a thread that lets the window have its turn often."""
    with SHORT_TURNS:
        return await asyncio.to_thread(load)


async def imported(*modules: str) -> None:
    """Import *modules*, so that their first user need not wait for them."""

    def load() -> None:
        for module in modules:
            import_module(module)

    await in_background(load)
