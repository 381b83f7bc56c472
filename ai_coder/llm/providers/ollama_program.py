"""Ollama's program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ai_coder.errors import SettingsError
from ai_coder.llm.address import ollama_address
from ai_coder.llm.server_program import Question, ServerProgram, StartCommand

if TYPE_CHECKING:
    from ai_coder.llm.surroundings import Surroundings


class OllamaProgram(ServerProgram):
    """Reads the address of its server from `OLLAMA_HOST`."""

    name: ClassVar[str] = "ollama"

    def places(self, around: Surroundings) -> list[Path]:
        """Return where its installers put it."""
        match around.platform:
            case "darwin":
                return [
                    Path("/usr/local/bin"),
                    Path("/opt/homebrew/bin"),
                    Path("/Applications/Ollama.app/Contents/Resources"),
                ]
            case "win32":
                local = around.environment.get("LOCALAPPDATA", "")
                return [Path(local) / "Programs" / "Ollama"] if local else []
            case _:
                local_bin = around.home / ".local" / "bin"
                return [Path("/usr/local/bin"), Path("/usr/bin"), local_bin]

    def urls(self, around: Surroundings) -> list[str]:
        """Return the address of its own variable, then the usual one."""
        texts = [around.environment.get("OLLAMA_HOST", ""), f"127.0.0.1:{around.ollama_port}"]
        return [ollama_address(text) for text in texts if text and _is_address(text)]

    async def serves(self, ask: Question) -> bool:
        """Whether a version comes where Ollama tells its own."""
        version = await ask("/api/version")
        return isinstance(version, dict) and isinstance(version.get("version"), str)

    def command(self, executable: Path, url: str, around: Surroundings) -> StartCommand:
        """Return the command; a bind that means the same address may serve the local network."""
        is_known = url == self.urls(around)[0]
        environment = {} if is_known else {"OLLAMA_HOST": url.partition("://")[2]}
        return StartCommand(str(executable), ("serve",), environment)


def _is_address(text: str) -> bool:
    try:
        ollama_address(text)
    except SettingsError:
        return False
    return True
