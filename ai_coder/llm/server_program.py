"""The program of a kind of server: where it is, how it is started, how its server is known."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ai_coder.llm.surroundings import Surroundings

Question: TypeAlias = Callable[[str], Awaitable[object]]
"""Asks a server for a path; gives the JSON that comes, None for anything else or nothing."""


@dataclass(frozen=True, slots=True)
class StartCommand:
    """What will be run, shown to the user before."""

    program: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of the application."""

    @property
    def text(self) -> str:
        """The command as one would type it."""
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        return " ".join([*settings, self.program, *self.arguments])


class ServerProgram(ABC):
    """What a kind of server says of the program that serves it on this computer."""

    name: ClassVar[str]
    """What is typed to run it."""

    @abstractmethod
    def places(self, around: Surroundings) -> Sequence[Path]:
        """Return the folders in which it may be, besides the search path."""

    @abstractmethod
    def urls(self, around: Surroundings) -> Sequence[str]:
        """Return where its server may be, the likeliest first."""

    @abstractmethod
    async def serves(self, ask: Question) -> bool:
        """Whether the server that is asked is one of it; wakes no model."""

    @abstractmethod
    def command(self, executable: Path, url: str, around: Surroundings) -> StartCommand:
        """Return how its server is started at *url*."""

    def find(self, around: Surroundings) -> Path | None:
        """Return the program, None when it is not installed."""
        found = shutil.which(self.name, path=around.environment.get("PATH", ""))
        if found:
            return Path(found)
        name = f"{self.name}.exe" if around.platform == "win32" else self.name
        candidates = (place / name for place in self.places(around))
        return next((path for path in candidates if path.is_file()), None)
