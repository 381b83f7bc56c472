"""Chat completions as defined by OpenAI and spoken by many servers."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from ai_coder.errors import ProviderError, RequestRefusedError, WrongPathError
from ai_coder.llm import connection_states
from ai_coder.llm.address import locality, normalize_address
from ai_coder.llm.models import (
    Locality,
    ModelType,
    Notice,
    NoticeKind,
    Phase,
    PhaseChanged,
    ResponseFormat,
)
from ai_coder.llm.providers.answer_reader import Expected
from ai_coder.llm.providers.answer_stream import AnswerStream
from ai_coder.llm.providers.base import BaseProvider, Probe
from ai_coder.llm.providers.chat_chunks import ChatChunkReader
from ai_coder.llm.providers.exchange import Exchange
from ai_coder.llm.providers.failures import Asked, ParameterRefusedError
from ai_coder.llm.providers.http_questions import Questions
from ai_coder.llm.providers.openai_body import wire_messages, wire_parameters
from ai_coder.llm.providers.openai_models import OpenAIModelEntry, config_of, entries_of
from ai_coder.llm.providers.openai_requests import Endpoint, openai_package, posted
from ai_coder.llm.purposes import answers_of, status_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
    from types import ModuleType

    import httpx2

    from ai_coder.llm.connection import ConnectionState
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
    from ai_coder.llm.providers.base import ProviderServices

__all__ = ["Endpoint", "OpenAICompatibleProvider"]

_LONGEST_CONNECT = 10.0
_ESSENTIAL = frozenset({"model", "messages", "prompt", "stream"})


class OpenAICompatibleProvider(BaseProvider):
    """Any server with an OpenAI-style `/v1`: vLLM, llama-server, LiteLLM and many more.

    The `openai` package makes the request; the bytes of the answer are read by us, because
    its parsed stream costs seven times as much (performance.md).
    """

    type: ClassVar[str] = "openai_compatible"
    display_name: ClassVar[str] = "OpenAI-compatible server"
    default_url: ClassVar[str] = "http://127.0.0.1:8000"
    default_token: ClassVar[str] = "none"
    """What is sent as the key when there is none; most servers ignore it."""

    can_infill: ClassVar[bool] = True
    has_json_mode: ClassVar[bool] = True
    causes_of_silence: ClassVar[Mapping[Locality, str]] = {}
    """Why a server of this kind usually does not answer, by where it is."""

    image_types: ClassVar[frozenset[str]] = frozenset({"image/png", "image/jpeg"})
    parameter_names: ClassVar[Mapping[str, str]] = {
        name: name
        for name in (
            *("temperature", "top_p", "top_k", "min_p", "repeat_penalty", "presence_penalty"),
            *("frequency_penalty", "seed", "max_tokens", "stop", "reasoning_effort"),
            "response_format",
        )
    }
    """Fields of `GenerationParameters` and what this server calls them."""

    accepted_parameters: ClassVar[frozenset[str]] = frozenset(parameter_names)

    def __init__(
        self, provider_id: str, config: ProviderConfig, services: ProviderServices
    ) -> None:
        super().__init__(provider_id, config, services)
        usual_port = urlsplit(self.default_url).port
        self.url = normalize_address(config.base_url or self.default_url, default_port=usual_port)
        self._questions = Questions(services.network, status_of(self.name), self._headers)
        self._models: dict[str, ModelConfig] = {}

    async def probe(self) -> Probe:
        """Ask for the list of models."""
        try:
            entries = await self._list("/v1/models")
        except ProviderError as error:
            return Probe(self._state_after(error))
        models = tuple(self._model_entry(entry) for entry in entries)
        self._models = {model.name: model for model in models}
        count = sum(model.model_type is not ModelType.EMBEDDING for model in models)
        if not count:
            return Probe(connection_states.nothing_downloaded(self.name, self.url), models)
        loaded = sum(model.is_loaded for model in models) or None
        state = connection_states.ready(self.name, self.url, models=count, loaded=loaded)
        return Probe(state, models)

    async def is_busy(self) -> bool | None:
        """Ask a silent server for a sign of life; raises `ProviderError` when there is none."""
        await self._questions.ask(self._asked(), "GET", self.url + self._vital_path)
        return None

    async def stream_chat(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply in batches, ending with `Finished`."""
        body = self._chat_body(request)
        reader = partial(ChatChunkReader, self._expected(request))
        async with aclosing(self._answer("/v1/chat/completions", body, reader)) as events:
            async for event in events:
                yield event

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the continuation of plain text, or what fits between prompt and suffix."""
        if request.suffix and not self.can_infill:
            reason = "it cannot fill in text between a prompt and a suffix."
            raise RequestRefusedError(provider=self.name, reason=reason)
        body: JSONObject = {"model": request.model, "prompt": request.prompt}
        if request.suffix:
            body["suffix"] = request.suffix
        body |= self._parameters(request.parameters, request.model)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        reader = partial(ChatChunkReader, self._expected(request))
        async with aclosing(self._answer("/v1/completions", body, reader)) as events:
            async for event in events:
                yield event

    async def aclose(self) -> None:
        """Release the connections."""
        await self._questions.aclose()

    # what servers of other kinds change

    _vital_path: ClassVar[str] = "/v1/models"
    """What is asked to see whether a silent server lives."""

    def _headers(self) -> dict[str, str]:
        """Return the headers of every request that is not made through `openai`."""
        token = self._services.token() or self.default_token
        return {"Authorization": f"Bearer {token}", **self.config.headers}

    async def _endpoint(self, model: str) -> Endpoint:
        return Endpoint(self.url, self._services.token())

    def _extra_body(self, request: ChatRequest) -> JSONObject:
        return {}

    def _model_entry(self, entry: OpenAIModelEntry) -> ModelConfig:
        return config_of(entry, provider=self.id, source=self.type, where=locality(self.url))

    def _parameters(self, parameters: GenerationParameters, model: str) -> JSONObject:
        return wire_parameters(parameters, self.parameter_names, has_json_mode=self.has_json_mode)

    def _phase_when_sent(self, model: str) -> Phase:
        return Phase.READING_PROMPT

    # shared with them

    def _state_after(self, error: ProviderError) -> ConnectionState:
        cause = self.causes_of_silence.get(locality(self.url), "")
        state = connection_states.from_error(self.name, self.url, error, cause=cause)
        return self._as_found(state, was_up=bool(self._models))

    def _asked(self, model: str = "") -> Asked:
        is_local = locality(self.url) is not Locality.CLOUD
        return Asked(self.name, self.url, model, self._services.token(), is_local=is_local)

    def _expected(self, request: ChatRequest | CompletionRequest) -> Expected:
        known = self._models.get(request.model)
        window = (known and known.served_context) or request.context_length
        return Expected(
            self._asked(request.model),
            self.id,
            context_length=window,
            wants_json=request.parameters.response_format is not ResponseFormat.TEXT,
            max_tokens=request.parameters.max_tokens,
        )

    def _chat_body(self, request: ChatRequest) -> JSONObject:
        messages = wire_messages(request.messages, provider=self.name, image_types=self.image_types)
        return {
            "model": request.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            **self._parameters(request.parameters, request.model),
            **self._extra_body(request),
        }

    async def _list(self, path: str) -> list[OpenAIModelEntry]:
        asked = self._asked()
        told = await self._questions.ask(asked, "GET", self.url + path)
        entries = entries_of(told.checked(asked))
        if entries is None:
            raise WrongPathError(
                provider=self.name, url=self.url, suggestion="", raw=told.body[:500].decode()
            )
        return entries

    async def _answer(
        self, route: str, body: JSONObject, make_reader: Callable[[], AnswerReader]
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield an answer; a parameter that the server refuses is left out once and said so."""
        yield PhaseChanged(Phase.CONNECTING)
        await self._services.network.ready()
        await openai_package()
        while True:
            try:
                async with aclosing(self._attempt(route, body, make_reader())) as events:
                    async for event in events:
                        yield event
            except ParameterRefusedError as error:
                refused = error.parameter.partition(".")[0]
                if refused not in body or refused in _ESSENTIAL:
                    raise
                body = {name: value for name, value in body.items() if name != refused}
                yield Notice(NoticeKind.PARAMETER_DROPPED, (("parameter", refused),))
            else:
                return

    async def _attempt(
        self, route: str, body: JSONObject, reader: AnswerReader
    ) -> AsyncGenerator[StreamEvent, None]:
        opener = partial(self._open, route, body, reader.expected.asked)
        phase = self._phase_when_sent(str(body["model"]))
        async with Exchange(opener, patience=self.config.timeout) as exchange:
            stream = AnswerStream(exchange, reader, self.is_busy, phase)
            async with aclosing(stream.events()) as events:
                async for event in events:
                    yield event

    @asynccontextmanager
    async def _open(
        self, route: str, body: JSONObject, asked: Asked, on_sent: Callable[[], None]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send the request over a connection of its own, which cannot be a stale one."""
        openai = await openai_package()
        endpoint = await self._endpoint(asked.model)
        async with self._http(on_sent) as http:
            client = self._client(openai, endpoint, http)
            async with posted(client, route, body, asked) as parts:
                yield parts

    def _http(self, on_sent: Callable[[], None]) -> httpx2.AsyncClient:
        return self._services.network.client(
            purpose=answers_of(self.name),
            connect_timeout=min(self.config.timeout, _LONGEST_CONNECT),
            on_sent=on_sent,
        )

    def _client(self, openai: ModuleType, endpoint: Endpoint, http: Any) -> Any:  # noqa: ANN401  # typed in a package that is imported late
        return openai.AsyncOpenAI(
            api_key=endpoint.token or self.default_token,
            base_url=f"{endpoint.url}/v1",
            max_retries=0,
            timeout=http.timeout,
            http_client=http,
            default_headers={
                "OpenAI-Organization": openai.Omit(),
                "OpenAI-Project": openai.Omit(),
                **self.config.headers,
            },
        )
