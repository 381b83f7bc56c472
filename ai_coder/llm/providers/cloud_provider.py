"""What the providers with a wire format of their own share: the key, the list, one answer."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ai_coder.errors import (
    AICoderError,
    AuthenticationNeededError,
    HostBlockedError,
    ProviderError,
    RequestRefusedError,
)
from ai_coder.llm import connection_states
from ai_coder.llm.address import host_of, normalize_address
from ai_coder.llm.models import ResponseFormat
from ai_coder.llm.providers.answer_reader import Expected
from ai_coder.llm.providers.base import BaseProvider, Probe
from ai_coder.llm.providers.certificates import with_certificate_problem
from ai_coder.llm.providers.cloud_states import key_needed, state_of
from ai_coder.llm.providers.failures import Asked
from ai_coder.llm.providers.http_questions import Questions, error_from_transport
from ai_coder.llm.providers.native_answer import stream_answer
from ai_coder.llm.purposes import answers_of, status_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    import httpx2

    from ai_coder.llm.models import (
        ChatRequest,
        CompletionRequest,
        JSONObject,
        ModelConfig,
        ProviderConfig,
        StreamEvent,
    )
    from ai_coder.llm.network import Network
    from ai_coder.llm.providers.answer_reader import AnswerReader
    from ai_coder.llm.providers.base import ProviderServices

LONGEST_CONNECT = 10.0
MOST_PAGES = 20
_ONLY_CHATS = "it continues conversations, not plain text."


class ChatOnlyProvider(BaseProvider):
    """A service that continues conversations, and no plain text."""

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamEvent, None]:
        """Refuse."""
        raise RequestRefusedError(provider=self.name, reason=_ONLY_CHATS)
        yield  # makes this an async generator, as the interface wants


class CloudProvider(ChatOnlyProvider):
    """A company's service: nothing is dialled without a key."""

    is_local: ClassVar[bool] = False
    needs_key: ClassVar[bool] = True
    image_types: ClassVar[frozenset[str]] = frozenset(
        {"image/png", "image/jpeg", "image/gif", "image/webp"}
    )
    optional_places: ClassVar[Mapping[str, str]] = {}
    """Places in the body that may be left out when they are refused, and their usual names."""

    def __init__(
        self, provider_id: str, config: ProviderConfig, services: ProviderServices
    ) -> None:
        super().__init__(provider_id, config, services)
        self.url = normalize_address(config.base_url or self.default_url)
        self._questions = Questions(services.network, status_of(self.name), self._headers)
        self._models: dict[str, ModelConfig] = {}

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

    async def is_busy(self) -> bool | None:
        """Ask a silent service for a sign of life; raises `ProviderError` when there is none."""
        await self._questions.ask(self._asked(), "GET", self._vital_url())
        return None

    async def stream_chat(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply in batches, ending with `Finished`."""
        require_key(self.name, self._services.token())
        require_allowed(self._services.network, self.url)
        asked = self._asked(request.model)

        def open_body(
            body: JSONObject, on_sent: Callable[[], None]
        ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
            return self._open(body, asked, on_sent)

        events = stream_answer(
            open_body,
            self._chat_body(request),
            partial(self._reader, self._expected(request)),
            patience=self.config.timeout,
            is_working=self.is_busy,
            names=self.optional_places,
        )
        async with aclosing(with_certificate_problem(self.name, events)) as explained:
            async for event in explained:
                yield event

    async def aclose(self) -> None:
        """Release the connections."""
        await self._questions.aclose()

    # what each service says for itself

    @abstractmethod
    def _headers(self) -> dict[str, str]:
        """Return the headers of a question, with the key."""

    @abstractmethod
    async def _fetch_models(self) -> list[ModelConfig]:
        """Return the models that can chat; raises `ProviderError`."""

    @abstractmethod
    def _vital_url(self) -> str:
        """Return what is cheap to ask."""

    @abstractmethod
    def _chat_body(self, request: ChatRequest) -> JSONObject:
        """Return the request as the service wants it."""

    @abstractmethod
    def _reader(self, expected: Expected) -> AnswerReader:
        """Return a new reader of the service's stream."""

    @abstractmethod
    def _open(
        self, body: JSONObject, asked: Asked, on_sent: Callable[[], None]
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Send *body* and give the bytes of the answer; raises `ProviderError` only."""

    # shared with them

    def _asked(self, model: str = "") -> Asked:
        return Asked(self.name, self.url, model, self._services.token(), is_local=False)

    def _expected(self, request: ChatRequest) -> Expected:
        known = self._models.get(request.model)
        return Expected(
            self._asked(request.model),
            self.id,
            context_length=known.context_length if known else None,
            wants_json=request.parameters.response_format is not ResponseFormat.TEXT,
            max_tokens=request.parameters.max_tokens,
        )

    def _http(self, on_sent: Callable[[], None]) -> httpx2.AsyncClient:
        return self._services.network.client(
            purpose=answers_of(self.name),
            connect_timeout=min(self.config.timeout, LONGEST_CONNECT),
            on_sent=on_sent,
        )


def require_key(provider: str, token: str | None) -> None:
    """Raise `AuthenticationNeededError` when there is no key."""
    if not token:
        raise AuthenticationNeededError(provider=provider)


def require_allowed(network: Network, url: str) -> None:
    """Raise `HostBlockedError` when the lock forbids *url*: SDKs would hide it in theirs."""
    if not network.is_allowed(url):
        raise HostBlockedError(host=host_of(url))


def cause_of(asked: Asked, error: Exception, *, is_open: bool = False) -> AICoderError:
    """Return what an SDK's connection error, or one of the HTTP client, really was."""
    import httpx2

    cause: Any = error
    if not isinstance(error, httpx2.RequestError | httpx2.StreamError):
        cause = error.__cause__ or error
    if isinstance(cause, AICoderError):
        return cause
    return error_from_transport(asked, cause, is_open=is_open)
