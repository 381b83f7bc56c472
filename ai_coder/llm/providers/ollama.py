"""Ollama's native API (why not its `/v1`: ollama.md §0)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from ai_coder.errors import (
    EmptyAnswerError,
    HostBlockedError,
    ProviderError,
    RequestRefusedError,
)
from ai_coder.llm.address import ollama_address
from ai_coder.llm.models import (
    Finished,
    Notice,
    NoticeKind,
    Phase,
    PhaseChanged,
)
from ai_coder.llm.providers.base import BaseProvider, LoadProgress, Probe
from ai_coder.llm.providers.empty_answers import why_empty
from ai_coder.llm.providers.ollama_models import CLOUD_HOST, full_name, is_cloud_name
from ai_coder.llm.providers.ollama_probe import OllamaShelf
from ai_coder.llm.providers.ollama_program import OllamaProgram
from ai_coder.llm.providers.ollama_request import (
    ACCEPTED_PARAMETERS,
    LOAD_OPTIONS,
    chat_body,
    completion_body,
    load_body,
    unload_body,
    with_choices,
)
from ai_coder.llm.providers.ollama_silence import Patience, SilenceWatch
from ai_coder.llm.providers.ollama_stream import ReplyReader
from ai_coder.llm.providers.ollama_turn import converse
from ai_coder.llm.providers.ollama_window import (
    ROOM_FOR_ANSWER,
    Windows,
    tokens_needed,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from ai_coder.llm.load_options import LoadChoices
    from ai_coder.llm.models import (
        ChatRequest,
        CompletionRequest,
        JSONObject,
        ModelConfig,
        ProviderConfig,
        StreamEvent,
    )
    from ai_coder.llm.providers.base import ProviderServices
    from ai_coder.llm.providers.ollama_client import OllamaClient
    from ai_coder.llm.providers.ollama_models import Shown


class OllamaProvider(BaseProvider):
    """An Ollama server, on this computer or another one.

    The window of a model is set with every request and kept, truncation is forbidden, and
    silence is waited out for as long as the server works.
    """

    type = "ollama"
    display_name = "Ollama"
    default_url = "http://127.0.0.1:11434"
    program = OllamaProgram()
    home_page = "https://ollama.com/download"
    tells_abilities = True
    models_page = "https://ollama.com/library"
    key_variables = ("OLLAMA_API_KEY",)
    can_load_models = True
    can_choose_context = True
    load_options = LOAD_OPTIONS
    can_infill = True
    accepted_parameters = ACCEPTED_PARAMETERS

    def __init__(
        self,
        provider_id: str,
        config: ProviderConfig,
        services: ProviderServices,
        *,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(provider_id, config, services)
        self.url = ollama_address(config.base_url or self.default_url)
        self._patience = patience or Patience()
        self._shelf = OllamaShelf(provider_id, self.name, self.url)
        self._windows = Windows()
        self._choices = services.load_choices
        self._load_locks: dict[str, asyncio.Lock] = {}
        self._open_client: OllamaClient | None = None

    async def probe(self) -> Probe:
        """Ask for the models on disk and in memory."""
        probe = await self._shelf.probe(self._client)
        state = self._as_found(probe.state, was_up=self._shelf.was_read)
        return probe if state is probe.state else Probe(state)

    async def stream_chat(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply in batches, ending with `Finished`."""
        yield PhaseChanged(Phase.CONNECTING)
        shown = await self._prepare(request.model)
        window = await self._window(request, shown)
        if request.parameters.reasoning_effort and not shown.thinks:
            yield Notice(NoticeKind.PARAMETER_DROPPED, (("parameter", "reasoning_effort"),))
        body = chat_body(request, window=window, thinks=shown.thinks)
        reader = self._reader(request.model)
        async with aclosing(self._talk("/api/chat", body, reader)) as events:
            async for event in events:
                yield event
        if not reader.has_text:
            reason = why_empty(
                reader.finish_reason,
                has_thought=reader.has_thought,
                called_tool=reader.has_tool_calls,
            )
            raise EmptyAnswerError(model=request.model, reason=reason)
        yield Finished(reader.finish_reason)

    def expected_window(
        self, model: ModelConfig, *, wanted: int | None, prompt_tokens: int
    ) -> int | None:
        """Return the window that goes with the next request, whatever is served now."""
        if model.runs_at is not None or is_cloud_name(model.name):
            return super().expected_window(model, wanted=wanted, prompt_tokens=prompt_tokens)
        return self._windows.choose(
            full_name(model.name),
            wanted=wanted,
            needed=prompt_tokens + ROOM_FOR_ANSWER,
            served=model.served_context,
            most=model.context_length,
        )

    def fills_in(self, model: ModelConfig) -> bool:
        """Whether *model* was made for it; the list of models tells."""
        return "insert" in model.capabilities

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the continuation, or what fits between prompt and suffix."""
        yield PhaseChanged(Phase.CONNECTING)
        shown = await self._prepare(request.model)
        if request.suffix and not shown.fills_in:
            reason = f"{request.model} cannot fill in between two pieces of text."
            raise RequestRefusedError(provider=self.name, reason=reason)
        body = completion_body(request, window=await self._window(request, shown))
        reader = self._reader(request.model, is_chat=False)
        async with aclosing(self._talk("/api/generate", body, reader)) as events:
            async for event in events:
                yield event
        yield Finished(reader.finish_reason)

    async def load_model(
        self,
        model: str,
        *,
        context_length: int | None = None,
        options: LoadChoices | None = None,
    ) -> AsyncGenerator[LoadProgress, None]:
        """Load *model*; Ollama tells no progress, only that it is done."""
        now, started = self._patience.now, self._patience.now()
        yield LoadProgress(None, 0.0)
        shown = await self._prepare(model)
        name = full_name(model)
        if shown.is_remote or is_cloud_name(name):
            reason = f"{model} runs at {CLOUD_HOST} and needs no loading."
            raise RequestRefusedError(provider=self.name, reason=reason)
        async with self._load_locks.setdefault(name, asyncio.Lock()):
            served = await self._shelf.running(self._client, model)
            window = self._windows.choose(
                name,
                wanted=context_length,
                needed=0,
                served=served.context_length if served else None,
                most=shown.context_length,
            )
            is_there = served is not None and served.context_length == window
            if is_there and (options is None or options == self._choices.get(name)):
                self._windows.remember(name, window)
            else:
                reader = self._reader(model)
                talk = self._talk("/api/chat", load_body(model, window), reader, every_look=True)
                with self._choosing(name, options, reader):
                    async with aclosing(talk) as events:
                        async for _event in events:
                            yield LoadProgress(None, now() - started)
        yield LoadProgress(1.0, now() - started)

    async def unload_model(self, model: str) -> None:
        """Free the memory of *model*; unloading what is not loaded does nothing."""
        self._choices.pop(full_name(model), None)
        talk = self._talk("/api/chat", unload_body(model), self._reader(model))
        async with aclosing(talk) as events:
            async for _event in events:
                pass

    async def aclose(self) -> None:
        """Release the connections."""
        if self._open_client is not None:
            await self._open_client.aclose()

    @property
    def _client(self) -> OllamaClient:
        if self._open_client is None:
            from ai_coder.llm.providers.ollama_client import OllamaClient

            self._open_client = OllamaClient(
                self._services.network,
                self.url,
                provider=self.name,
                timeout=self.config.timeout,
                headers=self._headers,
            )
        return self._open_client

    def _headers(self) -> Mapping[str, str]:
        token = self._services.token()
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return {**self.config.headers, **bearer}

    async def _talk(
        self, path: str, body: JSONObject, reader: ReplyReader, *, every_look: bool = False
    ) -> AsyncGenerator[StreamEvent, None]:
        """Send *body* and yield the answer; the list shows meanwhile that the model is loading."""
        client, model, shelf = self._client, str(body["model"]), self._shelf
        body = with_choices(body, self._choices.get(full_name(model), {}))
        watch = SilenceWatch(
            lambda: shelf.running(client, model),
            provider=self.name,
            limit=self.config.timeout,
            patience=self._patience,
            is_remote=is_cloud_name(model),
        )
        talk = converse(client.exchange(path, body), reader, watch, every_look=every_look)
        window = body.get("options", {}).get("num_ctx")
        with self._windows.trial(full_name(model), window) as trial:
            try:
                async with aclosing(talk) as events:
                    async for event in events:
                        if isinstance(event, PhaseChanged):
                            is_loading = event.phase is Phase.LOADING_MODEL
                            shelf.set_loading(model, is_loading=is_loading)
                        yield event
            finally:
                trial.is_served = reader.has_begun
                shelf.set_loading(model, is_loading=False)

    @contextmanager
    def _choosing(
        self, model: str, options: LoadChoices | None, reader: ReplyReader
    ) -> Iterator[None]:
        """Load *model* with *options*, which stay only if *reader* got an answer."""
        former = self._choices.get(model)
        if options is not None:
            self._choices[model] = options
        try:
            yield
        finally:
            if not reader.has_begun and former is None:
                self._choices.pop(model, None)
            elif not reader.has_begun and former is not None:
                self._choices[model] = former

    def _reader(self, model: str, *, is_chat: bool = True) -> ReplyReader:
        return ReplyReader(self._client.conversation(model), self.id, is_chat=is_chat)

    async def _prepare(self, model: str) -> Shown:
        """Return the details of *model*; refuses one that ollama.com runs while locked."""
        shown = await self._shelf.shown(self._client, model)
        is_remote = shown.is_remote or is_cloud_name(model)
        if is_remote and not self._services.network.is_allowed(CLOUD_HOST):
            raise HostBlockedError(host=CLOUD_HOST)
        return shown

    async def _window(self, request: ChatRequest | CompletionRequest, shown: Shown) -> int | None:
        name = full_name(request.model)
        if shown.is_remote or is_cloud_name(name):
            return None
        served = None
        if request.context_length is None and self._windows.known(name) is None:
            try:
                instance = await self._shelf.running(self._client, request.model)
            except ProviderError:
                instance = None  # the request itself will say what is the matter
            served = instance.context_length if instance else None
        return self._windows.choose(
            name,
            wanted=request.context_length,
            needed=tokens_needed(request),
            served=served,
            most=shown.context_length,
        )
