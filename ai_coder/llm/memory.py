"""How much memory a model will take, and how much this computer has free."""

from __future__ import annotations

import asyncio
import ctypes
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ai_coder.errors import EngineError
from ai_coder.llm.gguf import read_gguf
from ai_coder.llm.model_shape import ModelShape, shape_of_header

if TYPE_CHECKING:
    from ai_coder.llm.models import ModelConfig

_CACHE_BYTES = 2.0
"""Bytes of one number in the key-value cache (F16)."""

_PROCESS = 40 * 1024**2
"""What the child process takes beside the model; measured with a model of 0.1 MB: 35 MB."""

_USUAL_WINDOW = 8192
_TOKENS_LIKE_WEIGHTS = 80_000
"""A cache for this many tokens is about as large as 4-bit weights; only used without a header."""

_SURE, _UNSURE = 0.10, 0.35


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes a model will take; `uncertainty` is the share by which `total` may be wrong."""

    weights: int
    cache: int
    overhead: int
    uncertainty: float

    @property
    def total(self) -> int:
        """The likeliest value."""
        return self.weights + self.cache + self.overhead

    @property
    def low(self) -> int:
        """What it takes at least."""
        return int(self.total * (1 - self.uncertainty))

    @property
    def high(self) -> int:
        """What it may take."""
        return int(self.total * (1 + self.uncertainty))


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory: what the computer has, and what programs can still take."""

    total: int
    free: int


def estimate(size: int, shape: ModelShape, context_length: int) -> MemoryEstimate:
    """Return the memory for weights of *size* bytes and a window of *context_length* tokens.

    Weights are mapped as they are; the cache holds a key and a value for each token, layer and
    key-value head. Models with a sliding window or other kinds of layers take less than that.
    """
    # The buffers of a step: about one batch of 512 tokens through the widest layers.
    buffers = 512 * (shape.embedding_length or 4096) * 4 * 6
    numbers = shape.cache_numbers
    if numbers is None:
        cache, uncertainty = size * context_length // _TOKENS_LIKE_WEIGHTS, _UNSURE
    else:
        cache = int(numbers * _CACHE_BYTES * context_length)
        uncertainty = _UNSURE if shape.sliding_window else _SURE
    return MemoryEstimate(size, cache, _PROCESS + buffers, uncertainty)


async def estimate_model(
    model: ModelConfig, context_length: int | None = None
) -> MemoryEstimate | None:
    """Return the memory for *model* from its file, its `header` metadata, or its size alone.

    None when not even its size is known. Without a window the usual one is taken.
    """
    window = context_length or model.served_context or _USUAL_WINDOW
    window = min(window, model.context_length or window)
    if path := model.metadata.get("path"):
        try:
            file = await asyncio.to_thread(read_gguf, Path(str(path)))
        except EngineError:
            return None
        return estimate(file.size, file.shape, window)
    if not model.size_bytes:
        return None
    header = model.metadata.get("header")
    shape = shape_of_header(header) if isinstance(header, dict) else ModelShape()
    return estimate(model.size_bytes, shape, window)


def computer_memory() -> Memory | None:
    """Return the memory of this computer; None where the system does not tell. May take 20 ms."""
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return _macos()
    return _linux(Path("/"))


def _linux(root: Path) -> Memory | None:
    try:
        text = (root / "proc/meminfo").read_text()
    except OSError:
        return None
    sizes = {key: int(kib) * 1024 for key, kib in re.findall(r"^(\w+): +(\d+) kB", text, re.M)}
    if "MemTotal" not in sizes or "MemAvailable" not in sizes:
        return None
    memory = Memory(sizes["MemTotal"], sizes["MemAvailable"])
    return _within_container(root / "sys/fs/cgroup", memory)


def _within_container(group: Path, memory: Memory) -> Memory:
    """Apply the limit of a container, where there is one."""
    try:
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
    except (OSError, ValueError):
        return memory
    return Memory(min(memory.total, limit), min(memory.free, max(limit - used, 0)))


def _macos() -> Memory | None:
    try:
        total = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "hw.memsize"], capture_output=True, text=True, check=True
        ).stdout
        pages = subprocess.run(
            ["/usr/bin/vm_stat"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return memory_of_vm_stat(int(total), pages)


def memory_of_vm_stat(total: int, text: str) -> Memory | None:
    """Read what macOS' `vm_stat` prints: free, inactive, speculative and purgeable are free."""
    size = re.search(r"page size of (\d+) bytes", text)
    counts = dict(re.findall(r"^Pages ([a-z ]+): +(\d+)\.", text, re.M))
    if not size or "free" not in counts:
        return None
    names = ("free", "inactive", "speculative", "purgeable")
    return Memory(total, sum(int(counts.get(name, 0)) for name in names) * int(size[1]))


class _WindowsStatus(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        *((name, ctypes.c_uint64) for name in ("total", "free", "page_total", "page_free")),
        *((name, ctypes.c_uint64) for name in ("virtual_total", "virtual_free", "extended")),
    )


def _windows() -> Memory | None:
    if sys.platform != "win32":
        return None
    status = _WindowsStatus()
    status.length = ctypes.sizeof(status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return Memory(status.total, status.free)
