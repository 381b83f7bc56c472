"""Find the servers of this computer without waking anything."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jiter

from ai_coder.errors import AICoderError, ProviderError, SettingsError
from ai_coder.llm.address import normalize_address
from ai_coder.llm.providers import provider_class, provider_kinds
from ai_coder.llm.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx2

    from ai_coder.llm.network import Network
    from ai_coder.llm.server_program import ServerProgram


_ANY_OTHER = "openai_compatible"
"""The kind of whatever else lists models as OpenAI does."""


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


def program_of(kind: str) -> ServerProgram | None:
    """Return what starts servers of *kind*; None for kinds without a program, or unknown ones."""
    with suppress(AICoderError):
        return provider_class(kind).program
    return None


def find_executable(kind: str, surroundings: Surroundings) -> Path | None:
    """Return the program that starts a server of *kind* on this computer."""
    program = program_of(kind)
    return program.find(surroundings) if program is not None else None


def _programs() -> dict[str, ServerProgram]:
    found = {kind: program_of(kind) for kind in provider_kinds()}
    return {kind: program for kind, program in found.items() if program is not None}


class Discovery:
    """Looks for servers at their usual places; every address is asked at the same time."""

    def __init__(self, network: Network, surroundings: Surroundings | None = None) -> None:
        self._network = network
        self._surroundings = surroundings or Surroundings()

    async def find(self, configured: Mapping[str, str] | None = None) -> list[Finding]:
        """Return what runs, and what is installed but off.

        *configured* are addresses by provider type, asked before the usual ones.
        """
        programs = await asyncio.to_thread(_programs)
        addresses = await asyncio.to_thread(self._addresses, configured or {}, programs)
        limit = self._surroundings.limit
        async with self._network.client(
            purpose="discovery", connect_timeout=limit, read_timeout=limit
        ) as client:
            asker = _Asker(client, programs, limit)
            running = await asyncio.gather(*map(asker.kind_at, addresses))
        findings = [
            Finding(kind, url, is_running=True)
            for url, kind in zip(addresses, running, strict=True)
            if kind
        ]
        return await asyncio.to_thread(self._with_installed, findings, programs)

    def _addresses(
        self, configured: Mapping[str, str], programs: Mapping[str, ServerProgram]
    ) -> list[str]:
        around = self._surroundings
        wanted = [normalize_address(url) for url in configured.values() if _is_address(url)]
        usual = [url for program in programs.values() for url in program.urls(around)]
        bare = f"http://127.0.0.1:{around.llama_cpp_port}"
        return list(dict.fromkeys([*wanted, *usual, bare]))

    def _with_installed(
        self, findings: list[Finding], programs: Mapping[str, ServerProgram]
    ) -> list[Finding]:
        around = self._surroundings
        executables = {kind: program.find(around) for kind, program in programs.items()}
        known = [_installed(finding, executables.get(finding.kind)) for finding in findings]
        running = {finding.kind for finding in findings}
        off = [
            Finding(kind, programs[kind].urls(around)[0], False, True, executable)
            for kind, executable in executables.items()
            if kind not in running and executable is not None
        ]
        return [*known, *off]


class _Asker:
    """Tells what kind of server answers at an address, from greetings that wake no model."""

    def __init__(
        self, client: httpx2.AsyncClient, programs: Mapping[str, ServerProgram], limit: float
    ) -> None:
        self._client = client
        self._programs = programs
        self._limit = limit

    async def kind_at(self, url: str) -> str | None:
        """Return the provider type of the server at *url*; None when nothing known answers."""

        async def ask(path: str) -> object:
            return await self._json(f"{url}{path}")

        try:
            async with asyncio.timeout(self._limit):
                for kind, program in self._programs.items():
                    if await program.serves(ask):
                        return kind
                models = await ask("/v1/models")
                if isinstance(models, dict) and isinstance(models.get("data"), list):
                    return _ANY_OTHER
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
