"""What loading a model would need, in words with their uncertainty."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.errors import AICoderError
from ai_coder.llm.gguf import read_gguf
from ai_coder.llm.memory import computer_memory, estimate
from ai_coder.ui.widgets.numbers import count_text

if TYPE_CHECKING:
    from ai_coder.llm.models import ModelConfig

_GB = 1_000_000_000
_CACHE_SHARE = 0.15
"""What window and buffers add to the weights, about, where no file tells more."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("MemoryWords", text)


def memory_words(model: ModelConfig, context_length: int | None) -> tuple[str, str, str]:
    """Return (title, text, colour role); reads the model file's header where there is one."""
    span = _needed(model, context_length)
    memory = computer_memory()
    if span is None:
        return (_tr("How much memory it needs is unknown."), "", "off")
    low, high = span
    middle, plus_minus = (low + high) / 2 / _GB, (high - low) / 2 / _GB
    window = count_text(context_length) if context_length else _tr("the server's")
    title = _tr("With a window of {window} it needs about {size} GB (± {margin})").format(
        window=window, size=f"{middle:.1f}", margin=f"{plus_minus:.1f}"
    )
    if memory is None:
        return (title, _tr("How much memory is free is unknown."), "off")
    free = f"{memory.free / _GB:.1f}"
    if high <= memory.free:
        return (title, _tr("{free} GB are free now.").format(free=free), "ok")
    if low <= memory.free:
        return (title, _tr("{free} GB are free now: it may not fit.").format(free=free), "waiting")
    return (title, _tr("Only {free} GB are free now.").format(free=free), "failed")


def _needed(model: ModelConfig, context_length: int | None) -> tuple[float, float] | None:
    """Return the least and the most bytes it will take."""
    path = model.metadata.get("path")
    if isinstance(path, str):
        try:
            header = read_gguf(Path(path))
        except AICoderError:
            header = None
        if header is not None:
            told = estimate(header, context_length or min(model.context_length or 8192, 8192))
            return (told.low, told.high)
    if not model.size_bytes:
        return None
    return (model.size_bytes * 1.02, model.size_bytes * (1 + 2 * _CACHE_SHARE))
