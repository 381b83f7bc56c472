"""The interface every provider implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from ai_coder.errors import Remedy
from ai_coder.llm import connection_states

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, MutableMapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ai_coder.errors import EngineError
    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.load_options import LoadChoices, LoadOption
    from ai_coder.llm.models import (
        ChatRequest,
        CompletionRequest,
        ModelConfig,
        ProviderConfig,
        StreamEvent,
    )
    from ai_coder.llm.network import Network
    from ai_coder.llm.server_program import ServerProgram


class LocalEngine(Protocol):
    """An engine that serves model files, each by a child process at an address of its own."""

    async def serve(self, file: Path, name: str, context_length: int) -> tuple[str, str]:
        """Return (URL, key) of the server for *file*, started if needed; raises `EngineError`."""

    def hold(self, file: Path) -> AbstractContextManager[None]:
        """Keep *file* in memory while a request runs."""

    def running(self) -> Mapping[Path, int]:
        """Return the files in memory and the context window of each."""

    async def failure(self, file: Path) -> EngineError | None:
        """Return why the child of *file* died just now, None when it lives."""

    async def stop(self, file: Path) -> None:
        """End the child that serves *file*."""


@dataclass(frozen=True, slots=True)
class ModelPlaces:
    """Where model files for the local engine are.

    `guide` ships with the application, `folder` is the user's unless the settings name another,
    and `home` is where LM Studio is looked for.
    """

    guide: Path
    folder: Path
    home: Path


def no_token() -> str | None:
    """Return None: the provider has no token."""
    return None


@dataclass(frozen=True, slots=True)
class ProviderServices:
    """What a provider may use of the world around it.

    `token` is asked at every request, so that a new key needs no new provider.
    """

    network: Network
    token: Callable[[], str | None] = field(default=no_token)
    engine: LocalEngine | None = None
    places: ModelPlaces | None = None
    find_program: Callable[[str], Path | None] | None = None
    """Finds what starts a server of a type on this computer; None where nobody looks."""

    load_choices: MutableMapping[str, LoadChoices] = field(default_factory=dict)
    """What was chosen at the last load of each model; it outlives the provider."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a server said when asked: its state and, when it is up, its models."""

    state: ConnectionState
    models: tuple[ModelConfig, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far the loading of a model is: 0..1, or None where the server does not tell."""

    progress: float | None
    seconds: float
    usual_seconds: float | None = None
    """How long it took on this machine before; None while it was never measured."""


class BaseProvider(ABC):
    """Speaks the dialect of one kind of server.

    A provider translates between our values and one wire format. It reads no
    settings file, shows nothing, and raises only `AICoderError`s.
    """

    type: ClassVar[str]
    display_name: ClassVar[str]
    default_url: ClassVar[str] = ""
    is_local: ClassVar[bool] = True
    """Whether the usual server of this kind runs on the user's own computers."""

    program: ClassVar[ServerProgram | None] = None
    """What starts such a server on this computer."""

    home_page: ClassVar[str] = ""
    """Where a server of this kind is downloaded."""

    models_page: ClassVar[str] = ""
    """Where models for it are found."""

    is_built_in: ClassVar[bool] = False
    """Whether this application is the server itself, so that there is but one."""

    has_models_folder: ClassVar[bool] = False
    """Whether its models are files in a folder of this application."""

    tells_abilities: ClassVar[bool] = False
    """Whether its list names all that a model can do, so that what is missing is impossible."""

    needs_key: ClassVar[bool] = False
    key_page: ClassVar[str] = ""
    """Where a key is made."""

    key_variables: ClassVar[tuple[str, ...]] = ()
    """Environment variables that may hold the key, first found wins."""

    load_options: ClassVar[tuple[LoadOption, ...]] = ()
    """What `load_model` takes besides the window."""

    can_infill: ClassVar[bool] = False
    accepted_parameters: ClassVar[frozenset[str]] = frozenset()
    """Names of `GenerationParameters` fields that this wire format takes."""

    def __init__(
        self, provider_id: str, config: ProviderConfig, services: ProviderServices
    ) -> None:
        self.id = provider_id
        self.config = config
        self._services = services

    @property
    def can_load_models(self) -> bool:
        """Whether the server loads and unloads on request, as far as its version is known."""
        return False

    @property
    def can_choose_context(self) -> bool:
        """Whether the window of a model can be set."""
        return False

    @property
    def name(self) -> str:
        """What the user calls this server."""
        return self.config.name or self.display_name

    @abstractmethod
    async def probe(self) -> Probe:
        """Ask the server how it is and what it has; never raises for a server that is down."""

    def _as_found(self, state: ConnectionState, *, was_up: bool) -> ConnectionState:
        """Return *state* with another remedy where nothing is installed that could be started.

        A server that *was_up* is there all the same, in a container for example.
        """
        find = self._services.find_program
        if state.remedy is not Remedy.START_SERVER or find is None or find(self.type) is not None:
            return state
        if self.home_page and not was_up:
            return connection_states.not_found(state.provider, state.url, raw=state.raw)
        return replace(state, remedy=Remedy.RETRY)

    async def health_check(self) -> ConnectionState:
        """Return the state of the connection, without raising for a server that is down."""
        return (await self.probe()).state

    async def list_models(self) -> list[ModelConfig]:
        """Return every model the server has; raises `ProviderError` when it cannot say."""
        probe = await self.probe()
        probe.state.raise_for_failure()
        return list(probe.models)

    @abstractmethod
    def stream_chat(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply in batches, ending with `Finished`; cancel the reading task to stop.

        Raises `ProviderError`; a stream without its terminal marker raises
        `StreamInterruptedError` after everything that arrived was yielded.
        """

    @abstractmethod
    def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the continuation of plain text, or what fits between prompt and suffix."""

    def expected_window(
        self, model: ModelConfig, *, wanted: int | None, prompt_tokens: int
    ) -> int | None:
        """Return the window that the next request to *model* gets; None where nobody knows.

        *wanted* is what the request asks for; a model that is loaded stays as it is.
        """
        window = model.window_now or (wanted if self.can_choose_context else None)
        return min(window, model.context_length or window) if window else None

    def fills_in(self, model: ModelConfig) -> bool:
        """Whether *model* can write what stands before a given text, as far as is known."""
        return self.can_infill

    async def is_busy(self) -> bool | None:
        """Whether the server works on something; None where it lives but cannot tell.

        Asked while an answer is silent; raises `ProviderError` when there is no sign of life.
        """
        return None

    def load_model(
        self,
        model: str,
        *,
        context_length: int | None = None,
        options: LoadChoices | None = None,
    ) -> AsyncGenerator[LoadProgress, None]:
        """Load *model* into the server's memory, yielding progress; cancel the task to stop.

        *options* are values for `load_options`, by name; None leaves them as they were the
        last time.
        """
        raise NotImplementedError

    async def unload_model(self, model: str) -> None:
        """Free the memory of *model*."""
        raise NotImplementedError

    async def aclose(self) -> None:  # noqa: B027  # nothing to release is a fine default
        """Release the connections."""
