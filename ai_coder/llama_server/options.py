"""What can be chosen about the engine, and what its child process is told."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

_SMALL = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Choices for every child process of the engine."""

    threads: int | None = None
    """Processor threads; None uses half of the processors."""

    idle_seconds: float = 30 * 60
    """How long an unused model stays in memory."""

    most_models: int = 2
    """How many models may be in memory; files of a few megabytes are not counted."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one child serves: one line of JSON on its standard input.

    The key stands only there: command lines can be read by every user of a computer.
    """

    model: str
    alias: str
    context_length: int
    key: str
    threads: int
    parent: int

    def line(self) -> bytes:
        """Return the line that the child reads."""
        return json.dumps(asdict(self)).encode() + b"\n"


def is_small(file: Path) -> bool:
    """Whether the model is so small that it never has to make room for another."""
    try:
        return file.stat().st_size < _SMALL
    except OSError:
        return True


def thread_count(options: EngineOptions, file: Path) -> int:
    """Return the threads for *file*; tiny models only lose time by waiting for each other."""
    return 1 if is_small(file) else options.threads or max(1, (os.cpu_count() or 2) // 2)


def worker_command() -> tuple[str, ...]:
    """Return the command of the child: a script of its own, so that it starts fast."""
    return (sys.executable, "-P", str(Path(__file__).with_name("worker.py")))
