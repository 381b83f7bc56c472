"""LM Studio's program `lms`, and what it keeps on this computer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import jiter

from ai_coder.llm.server_program import Question, ServerProgram, StartCommand

if TYPE_CHECKING:
    from ai_coder.llm.surroundings import Surroundings


class LMStudioProgram(ServerProgram):
    """Resets what is not said at the start, so that everything is (lmstudio.md 1.2)."""

    name: ClassVar[str] = "lms"

    def places(self, around: Surroundings) -> list[Path]:
        """Return the folder in which LM Studio puts it."""
        return [lm_studio_home(around.home) / "bin"]

    def urls(self, around: Surroundings) -> list[str]:
        """Return the address at the last port, then at the usual one."""
        ports = (lm_studio_server_config(around).port, around.lm_studio_port)
        return [f"http://127.0.0.1:{port}" for port in ports]

    async def serves(self, ask: Question) -> bool:
        """Whether LM Studio's greeting comes."""
        greeting = await ask("/lmstudio-greeting")
        return isinstance(greeting, dict) and greeting.get("lmstudio") is True

    def command(self, executable: Path, url: str, around: Surroundings) -> StartCommand:
        """Return the command with the port of *url*, and the bind and the CORS it last had."""
        config = lm_studio_server_config(around)
        config = replace(config, port=urlsplit(url).port or config.port)
        bind = ("--bind", config.bind) if config.bind else ()
        cors = ("--cors",) if config.has_cors else ()
        port = ("--port", str(config.port))
        return StartCommand(str(executable), ("server", "start", *port, *bind, *cors))


def lm_studio_home(home: Path) -> Path:
    """Return LM Studio's folder (lmstudio.md 6.3)."""
    pointer = home / ".lmstudio-home-pointer"
    try:
        named = pointer.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        named = ""
    if named:
        return Path(named).expanduser()
    old = home / ".cache" / "lm-studio"
    return old if old.is_dir() else home / ".lmstudio"


@dataclass(frozen=True, slots=True)
class LMStudioServerConfig:
    """How LM Studio's server was last switched on."""

    port: int
    bind: str | None = None
    has_cors: bool = False


def lm_studio_server_config(surroundings: Surroundings) -> LMStudioServerConfig:
    """Return what `http-server-config.json` says, or the defaults (lmstudio.md 1.1)."""
    path = lm_studio_home(surroundings.home) / ".internal" / "http-server-config.json"
    usual = LMStudioServerConfig(surroundings.lm_studio_port)
    try:
        saved = jiter.from_json(path.read_bytes())
    except (OSError, ValueError):
        return usual
    if not isinstance(saved, dict):
        return usual
    port, bind = saved.get("port"), saved.get("networkInterface")
    if not isinstance(port, int) or not 1 < port < 65536:
        port = usual.port
    return LMStudioServerConfig(
        port=port,
        bind=bind if isinstance(bind, str) and bind else None,
        has_cors=saved.get("cors") is True,
    )
