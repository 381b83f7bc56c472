"""Find the servers of this computer without waking anything."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import jiter

from ai_coder.errors import ProviderError, SettingsError
from ai_coder.llm.address import OLLAMA_PORT, normalize_address, ollama_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from ai_coder.llm.network import Network


@dataclass(frozen=True, slots=True)
class Finding:
    """A server that runs, or could; `kind` is a provider type.

    `executable` starts it; None when it is not installed or cannot be started by us.
    """

    kind: str
    url: str
    is_running: bool
    is_installed: bool = False
    executable: Path | None = None


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

    def ollama_urls(self) -> list[str]:
        """Return where Ollama may be: at the address of its own variable, then the usual one."""
        texts = [self.environment.get("OLLAMA_HOST", ""), f"127.0.0.1:{self.ollama_port}"]
        return [ollama_address(text) for text in texts if text and _is_ollama_address(text)]


def lm_studio_home(surroundings: Surroundings) -> Path:
    """Return LM Studio's folder (lmstudio.md 6.3)."""
    home = surroundings.home
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
    path = lm_studio_home(surroundings) / ".internal" / "http-server-config.json"
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


def find_executable(kind: str, surroundings: Surroundings) -> Path | None:
    """Return the program that starts a server of *kind*: `lms` or `ollama`."""
    if kind == "lm_studio":
        name, places = "lms", [lm_studio_home(surroundings) / "bin"]
    elif kind == "ollama":
        name, places = "ollama", _ollama_places(surroundings)
    else:
        return None
    found = shutil.which(name, path=surroundings.environment.get("PATH", ""))
    if found:
        return Path(found)
    if surroundings.platform == "win32":
        name += ".exe"
    candidates = (place / name for place in places)
    return next((path for path in candidates if path.is_file()), None)


class Discovery:
    """Looks for servers at their usual places; every address is asked at the same time."""

    def __init__(self, network: Network, surroundings: Surroundings | None = None) -> None:
        self._network = network
        self._surroundings = surroundings or Surroundings()

    async def find(self, configured: Mapping[str, str] | None = None) -> list[Finding]:
        """Return what runs, and what is installed but off.

        *configured* are addresses by provider type, asked before the usual ones.
        """
        addresses = await asyncio.to_thread(self._addresses, configured or {})
        limit = self._surroundings.limit
        async with self._network.client(
            purpose="discovery", connect_timeout=limit, read_timeout=limit
        ) as client:
            asker = _Asker(client, limit)
            running = await asyncio.gather(*map(asker.kind_at, addresses))
        findings = [
            Finding(kind, url, is_running=True)
            for url, kind in zip(addresses, running, strict=True)
            if kind
        ]
        return await asyncio.to_thread(self._with_installed, findings)

    def _addresses(self, configured: Mapping[str, str]) -> list[str]:
        around = self._surroundings
        wanted = [normalize_address(url) for url in configured.values() if _is_address(url)]
        last = lm_studio_server_config(around).port
        ports = (last, around.lm_studio_port, around.llama_cpp_port)
        usual = [f"http://127.0.0.1:{port}" for port in ports]
        return list(dict.fromkeys([*wanted, *around.ollama_urls(), *usual]))

    def _with_installed(self, findings: list[Finding]) -> list[Finding]:
        port = lm_studio_server_config(self._surroundings).port
        ollama = self._surroundings.ollama_urls()[0]
        usual = {"lm_studio": f"http://127.0.0.1:{port}", "ollama": ollama}
        programs = {kind: find_executable(kind, self._surroundings) for kind in usual}
        known = [_installed(finding, programs.get(finding.kind)) for finding in findings]
        running = {finding.kind for finding in findings}
        off = [
            Finding(kind, url, is_running=False, is_installed=True, executable=programs[kind])
            for kind, url in usual.items()
            if kind not in running and programs[kind]
        ]
        return [*known, *off]


class _Asker:
    """Tells what kind of server answers at an address, from greetings that wake no model."""

    def __init__(self, client: httpx2.AsyncClient, limit: float) -> None:
        self._client = client
        self._limit = limit

    async def kind_at(self, url: str) -> str | None:
        """Return the provider type of the server at *url*; None when nothing known answers."""
        try:
            async with asyncio.timeout(self._limit):
                greeting = await self._json(f"{url}/lmstudio-greeting")
                if isinstance(greeting, dict) and greeting.get("lmstudio") is True:
                    return "lm_studio"
                version = await self._json(f"{url}/api/version")
                if isinstance(version, dict) and isinstance(version.get("version"), str):
                    return "ollama"
                models = await self._json(f"{url}/v1/models")
                if isinstance(models, dict) and isinstance(models.get("data"), list):
                    return "openai_compatible"
        except TimeoutError:
            return None
        return None

    async def _json(self, url: str) -> object:
        """Return the JSON at *url*; None for anything else that comes, or nothing."""
        import httpx2

        try:
            response = await self._client.get(url)
            return jiter.from_json(response.content)
        except (httpx2.HTTPError, httpx2.InvalidURL, ProviderError, ValueError):
            return None


def _installed(finding: Finding, program: Path | None) -> Finding:
    is_installed = program is not None
    return Finding(finding.kind, finding.url, finding.is_running, is_installed, program)


def _is_address(text: str) -> bool:
    try:
        normalize_address(text)
    except SettingsError:
        return False
    return True


def _is_ollama_address(text: str) -> bool:
    try:
        ollama_address(text)
    except SettingsError:
        return False
    return True


def _ollama_places(surroundings: Surroundings) -> list[Path]:
    match surroundings.platform:
        case "darwin":
            return [
                Path("/usr/local/bin"),
                Path("/opt/homebrew/bin"),
                Path("/Applications/Ollama.app/Contents/Resources"),
            ]
        case "win32":
            local = surroundings.environment.get("LOCALAPPDATA", "")
            return [Path(local) / "Programs" / "Ollama"] if local else []
        case _:
            local_bin = surroundings.home / ".local" / "bin"
            return [Path("/usr/local/bin"), Path("/usr/bin"), local_bin]
