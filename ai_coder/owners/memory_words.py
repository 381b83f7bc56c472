"""What loading a model needs and how far it is, in words with their uncertainty."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.llm.memory import computer_memory, estimate_model
from ai_coder.llm.models import Locality
from ai_coder.ui.number_text import token_text

if TYPE_CHECKING:
    from ai_coder.llm.models import ModelConfig
    from ai_coder.llm.providers.base import LoadProgress

_GB = 1_000_000_000


def _tr(text: str) -> str:
    return QCoreApplication.translate("MemoryWords", text)


def progress_words(model: str, progress: LoadProgress) -> str:
    """Return one line about a model that is being loaded."""
    if progress.progress is not None:
        words = _tr("Loading {model}: {percent} %")
        return words.format(model=model, percent=round(progress.progress * 100))
    seconds = round(progress.seconds)
    if progress.usual_seconds:
        words = _tr("Loading {model} for {seconds} s; it took {usual} s last time")
        usual = round(progress.usual_seconds)
        return words.format(model=model, seconds=seconds, usual=usual)
    return _tr("Loading {model} for {seconds} s").format(model=model, seconds=seconds)


async def memory_words(model: ModelConfig, context_length: int | None) -> tuple[str, str, str]:
    """Return (title, text, colour role) for loading *model* with a window."""
    needed = await estimate_model(model, context_length)
    if needed is None:
        return (_tr("How much memory it needs is unknown."), "", "off")
    window = token_text(context_length) if context_length else _tr("the server's choice")
    title = _tr(
        "With a window of {window} it needs about {size}\u00a0GB\u00a0(±\u00a0{margin})"
    ).format(
        window=window,
        size=f"{needed.total / _GB:.1f}",
        margin=f"{(needed.high - needed.low) / 2 / _GB:.1f}",
    )
    if model.locality is Locality.LAN:
        return (title, _tr("How much memory is free there is unknown."), "off")
    memory = await asyncio.to_thread(computer_memory)
    if memory is None:
        return (title, _tr("How much memory is free is unknown."), "off")
    free = f"{memory.free / _GB:.1f}"
    if needed.high <= memory.free:
        return (title, _tr("{free} GB are free now.").format(free=free), "ok")
    if needed.low <= memory.free:
        return (title, _tr("{free} GB are free now: it may not fit.").format(free=free), "waiting")
    return (title, _tr("Only {free} GB are free now.").format(free=free), "failed")
