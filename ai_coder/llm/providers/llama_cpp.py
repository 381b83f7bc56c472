"""The built-in engine: llama.cpp in child processes, for model files on this computer."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ai_coder.errors import (
    EngineError,
    ModelDiedError,
    ModelNotFoundError,
    ProviderError,
    ProviderUnreachableError,
    ServerFailedError,
    StreamInterruptedError,
)
from ai_coder.llm import connection_states
from ai_coder.llm.gguf import MISSING
from ai_coder.llm.model_files import GUIDE, ModelFile, ModelLibrary
from ai_coder.llm.models import Phase, PhaseChanged
from ai_coder.llm.owned_task import end
from ai_coder.llm.providers.base import LoadProgress, Probe
from ai_coder.llm.providers.llama_cpp_infill import (
    INFILL,
    InfillReader,
    infill_body,
    open_infill,
)
from ai_coder.llm.providers.llama_cpp_models import config_of_file, window_for
from ai_coder.llm.providers.openai_compatible import Endpoint, OpenAICompatibleProvider
from ai_coder.llm.purposes import answers_of
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Iterator,
        Mapping,
    )

    from ai_coder.llm.load_options import LoadChoices
    from ai_coder.llm.models import (
        ChatRequest,
        CompletionRequest,
        GenerationParameters,
        JSONObject,
        ModelConfig,
        ProviderConfig,
        StreamEvent,
    )
    from ai_coder.llm.providers.answer_reader import AnswerReader
    from ai_coder.llm.providers.base import LocalEngine, ProviderServices
    from ai_coder.llm.providers.failures import Asked

_TICK = 0.25
"""Seconds between two reports while a model is loaded."""

NOT_INSTALLED = QT_TRANSLATE_NOOP("errors", "the package xllamacpp is not installed.")


@cache
def _is_installed() -> bool:
    """Whether the engine's package is there: ten looks at the disk, asked every few seconds."""
    return find_spec("xllamacpp") is not None


class ModelFileFailedError(EngineError, ProviderError):
    """The engine could not load or run a model file; shown as the `EngineError` that it is."""


class LlamaCppProvider(OpenAICompatibleProvider):
    """Model files served by llama.cpp in a child process, which is started on first use."""

    type: ClassVar[str] = "llama_cpp"
    display_name: ClassVar[str] = "Built-in"
    default_url: ClassVar[str] = "http://127.0.0.1"
    is_built_in: ClassVar[bool] = True
    has_models_folder: ClassVar[bool] = True
    tells_abilities: ClassVar[bool] = True
    can_load_models = True
    can_choose_context = True
    parameter_names: ClassVar[Mapping[str, str]] = {
        name: wire_name
        for name, wire_name in OpenAICompatibleProvider.parameter_names.items()
        if name != "reasoning_effort"
    }
    accepted_parameters: ClassVar[frozenset[str]] = frozenset(parameter_names)

    def __init__(
        self, provider_id: str, config: ProviderConfig, services: ProviderServices
    ) -> None:
        super().__init__(provider_id, config.model_copy(update={"base_url": None}), services)
        self.config = config
        self._library = _library(config, services)
        self._files: dict[str, ModelFile] = {}
        self._windows: dict[str, int] = {}
        """The context windows that were asked for, by model."""

        self._served_windows: dict[str, int | None] = {}
        """Those with which a model was loaded at last."""

    async def probe(self) -> Probe:
        """Look for model files; no child process is started for that."""
        engine, library = self._services.engine, self._library
        if engine is None or library is None or not _is_installed():
            return Probe(connection_states.degraded(self.name, self.url, raw=NOT_INSTALLED))
        files = await asyncio.to_thread(library.scan)
        self._files = {file.id: file for file in files}
        models = tuple(self._config(file, engine) for file in files)
        self._models = {model.name: model for model in models}
        count = sum(model.is_enabled for model in models)
        if not count:
            return Probe(connection_states.no_files(self.name, str(library.folder)), models)
        loaded = sum(model.is_loaded for model in models) or None
        state = connection_states.ready(self.name, self.url, models=count, loaded=loaded)
        return Probe(state, models)

    async def is_busy(self) -> bool | None:
        """Tell that a child lives; one that dies breaks its connection by itself."""
        return True if self._engine.running() else None

    async def stream_chat(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply in batches, ending with `Finished`; the model is loaded first."""
        self._remember_window(request)
        async with aclosing(super().stream_chat(request)) as events:
            async for event in events:
                yield event

    def expected_window(
        self, model: ModelConfig, *, wanted: int | None, prompt_tokens: int
    ) -> int | None:
        """Return the window that the model is loaded with for the next request."""
        file = self._files.get(model.name)
        if file is None:
            return super().expected_window(model, wanted=wanted, prompt_tokens=prompt_tokens)
        return window_for(file, wanted or self._windows.get(model.name))

    def fills_in(self, model: ModelConfig) -> bool:
        """Whether *model* was made for it; the list of models tells."""
        return "insert" in model.capabilities

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the continuation of plain text, or what fits between prompt and suffix."""
        self._remember_window(request)
        if request.suffix:
            parameters = self._parameters(request.parameters, request.model)
            reader = partial(InfillReader, self._expected(request))
            answer = self._answer(INFILL, infill_body(request, parameters), reader)
        else:
            answer = super().complete(request)
        async with aclosing(answer) as events:
            async for event in events:
                yield event

    async def load_model(
        self,
        model: str,
        *,
        context_length: int | None = None,
        options: LoadChoices | None = None,
    ) -> AsyncGenerator[LoadProgress, None]:
        """Load *model*, yielding the seconds it takes; cancel the task to stop."""
        file = await self._file(model)
        if context_length:
            self._windows[model] = context_length
        async with aclosing(self._load(file)) as ticks:
            async for seconds in ticks:
                yield LoadProgress(None, seconds)

    async def unload_model(self, model: str) -> None:
        """Free the memory of *model*."""
        await self._engine.stop((await self._file(model)).path)

    # what the engine does differently from a server with a fixed address

    @property
    def _engine(self) -> LocalEngine:
        if self._services.engine is None:
            raise ServerFailedError(provider=self.name, reason=NOT_INSTALLED)
        return self._services.engine

    def _extra_body(self, request: ChatRequest) -> JSONObject:
        return {"return_progress": True}

    def _parameters(self, parameters: GenerationParameters, model: str) -> JSONObject:
        body = super()._parameters(parameters, model)
        if model == GUIDE:  # it knows answers by heart; chance only spoils them
            body.setdefault("temperature", 0)
        return body

    async def _endpoint(self, model: str) -> Endpoint:
        file = await self._file(model)
        window = self._engine.running().get(file.path) or self._window(file)
        with _as_provider_error(self.name):
            url, key = await self._engine.serve(file.path, file.id, window)
        return Endpoint(url, key)

    async def _attempt(
        self, route: str, body: JSONObject, reader: AnswerReader
    ) -> AsyncGenerator[StreamEvent, None]:
        file = await self._file(str(body["model"]))
        if self._engine.running().get(file.path) != self._window(file):
            yield PhaseChanged(Phase.LOADING_MODEL)
        async with aclosing(self._load(file)) as ticks:
            async for _seconds in ticks:
                pass
        with self._engine.hold(file.path):
            try:
                async with aclosing(super()._attempt(route, body, reader)) as events:
                    async for event in events:
                        yield event
            except (ProviderUnreachableError, ServerFailedError, StreamInterruptedError) as error:
                raise await self._explained(error, file) from error

    @asynccontextmanager
    async def _open(
        self, route: str, body: JSONObject, asked: Asked, on_sent: Callable[[], None]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        if route == INFILL:
            endpoint = await self._endpoint(asked.model)
            client = self._services.network.client(purpose=answers_of(self.name), on_sent=on_sent)
            opening: Any = open_infill(client, endpoint, body, asked)
        else:
            opening = super()._open(route, body, asked, on_sent)
        async with opening as parts:
            yield parts

    async def _load(self, file: ModelFile) -> AsyncGenerator[float, None]:
        """Yield the seconds since the start until *file* is served; raises `ProviderError`."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        serving = self._engine.serve(file.path, file.id, self._window(file))
        # Owned by this generator, which ends it: a task group cannot span a yield.
        task = loop.create_task(_run(serving))
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=_TICK)
                yield loop.time() - started
        finally:
            await end(task)
            self._note_load(file.id, is_served=not task.cancelled() and task.exception() is None)
        with _as_provider_error(self.name):
            task.result()

    async def _file(self, model: str) -> ModelFile:
        known = self._files.get(model)
        if known is None or known.problem or await self._is_gone(known):
            await self.probe()  # it may have come, been mended, or been taken away meanwhile
        file = self._files.get(model)
        if file is None and known is not None:
            raise ModelFileFailedError(provider=self.name, model=known.title, reason=MISSING)
        if file is None:
            raise ModelNotFoundError(provider=self.name, model=model)
        if file.problem:
            raise _provider_error(file.problem, self.name)
        return file

    async def _is_gone(self, file: ModelFile) -> bool:
        """Whether *file* was taken away; one that is in memory can still answer."""
        return file.path not in self._engine.running() and not await asyncio.to_thread(
            file.path.exists
        )

    async def _explained(self, error: ProviderError, file: ModelFile) -> ProviderError:
        """Return *error* with what the log of the child says, if it died."""
        death = await self._engine.failure(file.path)
        if death is None:
            return error
        reason = death.details["reason"]
        if isinstance(error, StreamInterruptedError):
            raw = death.raw or str(death)
            return ModelDiedError(provider=self.name, model=file.title, reason=reason, raw=raw)
        return ServerFailedError(provider=self.name, reason=reason, raw=death.raw)

    def _window(self, file: ModelFile) -> int:
        return window_for(file, self._windows.get(file.id))

    def _note_load(self, model: str, *, is_served: bool) -> None:
        """Return to the window of the last load that succeeded after one that did not."""
        if is_served:
            self._served_windows[model] = self._windows.get(model)
        elif former := self._served_windows.get(model):
            self._windows[model] = former
        else:
            self._windows.pop(model, None)

    def _remember_window(self, request: ChatRequest | CompletionRequest) -> None:
        if request.context_length:
            self._windows[request.model] = request.context_length

    def _config(self, file: ModelFile, engine: LocalEngine) -> ModelConfig:
        return config_of_file(file, self.id, served=engine.running().get(file.path))


def _library(config: ProviderConfig, services: ProviderServices) -> ModelLibrary | None:
    """Return the folders to look in; the settings may name another one than the usual."""
    if (places := services.places) is None:
        return None
    folder = Path(config.base_url).expanduser() if config.base_url else places.folder
    return ModelLibrary(places.guide, folder, places.home)


async def _run(serving: Awaitable[tuple[str, str]]) -> tuple[str, str]:
    return await serving


@contextmanager
def _as_provider_error(provider: str) -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise _provider_error(error, provider) from error


def _provider_error(error: EngineError, provider: str) -> ModelFileFailedError:
    return ModelFileFailedError(raw=error.raw, **{**error.details, "provider": provider})
