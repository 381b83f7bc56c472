"""OpenAI's own service: chat completions, and the Responses API for models that think."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ai_coder.errors import (
    MalformedResponseError,
    ProviderError,
)
from ai_coder.llm import connection_states
from ai_coder.llm.pricing import shipped_prices
from ai_coder.llm.providers.base import Probe
from ai_coder.llm.providers.certificates import with_certificate_problem
from ai_coder.llm.providers.cloud_provider import (
    ChatOnlyProvider,
    cause_of,
    require_allowed,
    require_key,
)
from ai_coder.llm.providers.cloud_states import key_needed, state_of
from ai_coder.llm.providers.failures import Asked, error_from_body
from ai_coder.llm.providers.http_questions import raised_from
from ai_coder.llm.providers.native_answer import stream_answer
from ai_coder.llm.providers.openai_chat_chunks import OpenAIChunkReader
from ai_coder.llm.providers.openai_cloud_models import chat_models, is_reasoning
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider
from ai_coder.llm.providers.openai_responses import (
    OPTIONAL_PLACES,
    ResponsesReader,
    responses_body,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from types import ModuleType

    from ai_coder.llm.models import (
        ChatRequest,
        JSONObject,
        ModelConfig,
        StreamEvent,
    )


class OpenAIProvider(ChatOnlyProvider, OpenAICompatibleProvider):
    """OpenAI itself; nothing is dialled without a key."""

    type: ClassVar[str] = "openai"
    display_name: ClassVar[str] = "OpenAI"
    default_url: ClassVar[str] = "https://api.openai.com"
    is_local: ClassVar[bool] = False
    needs_key: ClassVar[bool] = True
    key_page: ClassVar[str] = "platform.openai.com/api-keys"
    key_variables: ClassVar[tuple[str, ...]] = ("OPENAI_API_KEY",)
    can_infill: ClassVar[bool] = False
    image_types: ClassVar[frozenset[str]] = frozenset(
        {"image/png", "image/jpeg", "image/gif", "image/webp"}
    )
    parameter_names: ClassVar[Mapping[str, str]] = {
        **{name: name for name in ("temperature", "top_p", "presence_penalty", "seed", "stop")},
        **{name: name for name in ("frequency_penalty", "reasoning_effort", "response_format")},
        "max_tokens": "max_completion_tokens",
    }
    accepted_parameters: ClassVar[frozenset[str]] = frozenset(parameter_names)

    async def probe(self) -> Probe:
        """Ask for the list of models; without a key nobody is asked."""
        if not self._services.token():
            return Probe(key_needed(self.name, self.url))
        try:
            models = tuple(await self._fetch_models())
        except ProviderError as error:
            return Probe(state_of(self.name, self.url, error))
        self._models = {model.name: model for model in models}
        return Probe(connection_states.ready(self.name, self.url, models=len(models)), models)

    async def stream_chat(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply in batches, ending with `Finished`."""
        require_key(self.name, self._services.token())
        require_allowed(self._services.network, self.url)
        if is_reasoning(request.model):
            events = self._respond(request)
        else:
            reader = partial(OpenAIChunkReader, self._expected(request))
            events = self._answer("/v1/chat/completions", self._chat_body(request), reader)
        async with aclosing(with_certificate_problem(self.name, events)) as explained:
            async for event in explained:
                yield event

    def _asked(self, model: str = "") -> Asked:
        return Asked(self.name, self.url, model, self._services.token(), is_local=False)

    async def _fetch_models(self) -> list[ModelConfig]:
        asked = self._asked()
        told = await self._questions.ask(asked, "GET", f"{self.url}/v1/models", limit=15.0)
        entries = told.checked(asked).get("data")
        if not isinstance(entries, list):
            raise MalformedResponseError(provider=self.name, raw=told.body[:500].decode())
        prices = await asyncio.to_thread(shipped_prices)
        window = partial(prices.context_length, self.type)
        return chat_models(entries, provider=self.id, window=window)

    def _respond(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        asked = self._asked(request.model)

        def open_body(
            body: JSONObject, on_sent: Callable[[], None]
        ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
            return self._open_responses(body, asked, on_sent)

        return stream_answer(
            open_body,
            responses_body(request, provider=self.name, image_types=self.image_types),
            partial(ResponsesReader, self._expected(request)),
            patience=self.config.timeout,
            is_working=self.is_busy,
            names=OPTIONAL_PLACES,
        )

    @asynccontextmanager
    async def _open_responses(
        self, body: JSONObject, asked: Asked, on_sent: Callable[[], None]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        openai = await asyncio.to_thread(_import_responses)
        endpoint = await self._endpoint(asked.model)
        is_open = False
        async with self._http(on_sent) as http:
            client: Any = self._client(openai, endpoint, http)
            named = {name: body[name] for name in ("model", "input", "stream")}
            extra = {name: value for name, value in body.items() if name not in named}
            streaming = client.responses.with_streaming_response
            try:
                async with streaming.create(**named, extra_body=extra) as response:
                    is_open = True
                    yield response.http_response.aiter_bytes()
            except openai.APIStatusError as error:
                raise error_from_body(
                    asked, error.status_code, error.response.content, error.response.headers
                ) from error
            except (openai.APIConnectionError, *_network_errors()) as error:
                found = cause_of(asked, error, is_open=is_open)
                raise found from raised_from(found, error)


def _import_responses() -> ModuleType:
    importlib.import_module("openai.resources.responses")
    return importlib.import_module("openai")


def _network_errors() -> tuple[type[Exception], ...]:
    import httpx2

    return (httpx2.RequestError, httpx2.StreamError)
