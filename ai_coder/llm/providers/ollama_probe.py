"""What an Ollama server has on disk and in memory, asked cheaply and often."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ai_coder.errors import (
    HostBlockedError,
    ModelNotFoundError,
    NotAnApiError,
    ProviderError,
    ProviderUnreachableError,
)
from ai_coder.llm import connection_states as states
from ai_coder.llm.address import locality
from ai_coder.llm.models import ModelType
from ai_coder.llm.providers.base import Probe
from ai_coder.llm.providers.ollama_models import (
    Shown,
    full_name,
    model_config,
    read_running,
    read_show,
    read_tags,
)

if TYPE_CHECKING:
    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.models import LoadedInstance, ModelConfig
    from ai_coder.llm.providers.ollama_client import OllamaClient
    from ai_coder.llm.providers.ollama_models import Tag

_AT_ONCE = 4
"""Details of this many models are asked for at the same time."""

_NOTHING_RUNS = b'{"models":[]}'


class OllamaShelf:
    """The models of one server.

    Details are asked once per digest, and an answer with the same bytes as the last one is
    not read again: asking every few seconds costs next to nothing.
    """

    def __init__(self, provider_id: str, name: str, url: str) -> None:
        self._provider_id = provider_id
        self._name = name
        self._url = url
        self._shown: dict[str, Shown] = {}
        self._digests: dict[str, str] = {}
        self._last: tuple[object, Probe] | None = None
        self._loading: set[str] = set()

    @property
    def was_read(self) -> bool:
        """Whether the server listed models before, in this run."""
        return bool(self._digests)

    async def probe(self, client: OllamaClient) -> Probe:
        """Return the state and the models; never raises for a server that is down."""
        try:
            tags = await client.get("/api/tags")
            running, failure = await self._running(client)
            asked = (tags, running, frozenset(self._loading))
            if self._last is None or self._last[0] != asked:
                models, is_whole = await self._read(client, tags, running)
                probe = Probe(self._up(models, failure), models)
                self._last = (asked, probe) if is_whole and failure is None else None
                return probe
            return self._last[1]
        except ProviderError as error:
            self._last = None
            return Probe(states.from_error(self._name, self._url, error))
        except ValueError as error:
            self._last = None
            return Probe(states.something_else(self._name, self._url, raw=str(error)[:500]))

    async def shown(self, client: OllamaClient, model: str) -> Shown:
        """Return the details of *model*; what cannot be told is left open.

        Raises `ModelNotFoundError` and `ProviderUnreachableError`.
        """
        digest = self._digests.get(full_name(model), full_name(model))
        if digest not in self._shown:
            try:
                self._shown[digest] = read_show(await client.post("/api/show", {"model": model}))
            except (ModelNotFoundError, ProviderUnreachableError, HostBlockedError):
                raise
            except (ProviderError, ValueError):
                return Shown()
        return self._shown[digest]

    async def running(self, client: OllamaClient, model: str) -> LoadedInstance | None:
        """Return how *model* is held in memory; raises `ProviderError`."""
        try:
            return read_running(await client.get("/api/ps")).get(full_name(model))
        except ValueError as error:
            raise NotAnApiError(provider=self._name, url=self._url, raw=str(error)) from error

    def set_loading(self, model: str, *, is_loading: bool) -> None:
        """Note that a request of ours is loading *model*; the server does not list that."""
        if is_loading:
            self._loading.add(full_name(model))
        else:
            self._loading.discard(full_name(model))

    async def _read(
        self, client: OllamaClient, tags: bytes, running: bytes
    ) -> tuple[tuple[ModelConfig, ...], bool]:
        """Return the models and whether all their details are known."""
        listed = read_tags(tags)
        in_memory = read_running(running)
        self._digests = {tag.name: tag.digest for tag in listed if tag.digest}
        limit = asyncio.Semaphore(_AT_ONCE)

        async def details(tag: Tag) -> Shown | None:
            async with limit:
                try:
                    return await self.shown(client, tag.name)
                except ProviderError:
                    return None

        shown = await asyncio.gather(*(details(tag) for tag in listed))
        models = tuple(
            model_config(
                tag,
                detail,
                in_memory.get(tag.name),
                provider=self._provider_id,
                locality=locality(self._url),
                is_loading=tag.name in self._loading,
            )
            for tag, detail in zip(listed, shown, strict=True)
        )
        return models, all(detail and detail != Shown() for detail in shown)

    async def _running(self, client: OllamaClient) -> tuple[bytes, ProviderError | None]:
        """Return what is in memory; nothing, and why, when only that cannot be told."""
        try:
            return await client.get("/api/ps"), None
        except ProviderUnreachableError:
            raise
        except ProviderError as error:
            return _NOTHING_RUNS, error

    def _up(
        self, models: tuple[ModelConfig, ...], failure: ProviderError | None
    ) -> ConnectionState:
        chat = [model for model in models if model.model_type is not ModelType.EMBEDDING]
        here = [model for model in chat if model.runs_at is None]
        loaded = sum(model.is_loaded for model in here)
        if not chat:
            return states.nothing_downloaded(self._name, self._url)
        if failure is not None:
            raw = failure.raw or str(failure)
            return states.degraded(self._name, self._url, models=len(chat), raw=raw)
        if not here:  # ollama.com runs them all: nothing is to be loaded
            return states.ready(self._name, self._url, models=len(chat))
        if not loaded:
            return states.nothing_loaded(self._name, self._url, models=len(here))
        return states.ready(self._name, self._url, models=len(here), loaded=loaded)
