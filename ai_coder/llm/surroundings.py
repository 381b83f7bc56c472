"""The computer on which servers are looked for."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ai_coder.llm.address import OLLAMA_PORT

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where to look: the environment, the user's home, the kind of system, the usual ports.

    `limit` is in seconds, for one address.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    home: Path = field(default_factory=Path.home)
    platform: str = sys.platform
    lm_studio_port: int = 1234
    ollama_port: int = OLLAMA_PORT
    llama_cpp_port: int = 8080
    limit: float = 1.5
