"""Gemini: Google's generateContent through its own package.

The package makes the request over the application's own HTTP client, so that the lock and the
record of connections hold for it as well; its synchronous half is given a client that refuses.
The answer is taken out of the package's hands before it reads it, and the bytes are read by us:
the package does not notice a stream that breaks off, and drops what it does not know (cloud.md 0).
"""

from __future__ import annotations

import asyncio
import importlib
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from ai_coder.llm.providers.cloud_provider import MOST_PAGES, CloudProvider, cause_of
from ai_coder.llm.providers.gemini_body import ACCEPTED, OPTIONAL_PLACES, gemini_body
from ai_coder.llm.providers.gemini_errors import gemini_error
from ai_coder.llm.providers.gemini_models import gemini_models
from ai_coder.llm.providers.gemini_stream import GeminiReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import ModuleType

    import httpx2

    from ai_coder.llm.models import ChatRequest, JSONObject, ModelConfig
    from ai_coder.llm.providers.answer_reader import Expected
    from ai_coder.llm.providers.failures import Asked

_VERSION = "v1"
_PAGE = 1000


class GeminiProvider(CloudProvider):
    """Google's Gemini API."""

    type: ClassVar[str] = "google_gemini"
    display_name: ClassVar[str] = "Google Gemini"
    default_url: ClassVar[str] = "https://generativelanguage.googleapis.com"
    key_page: ClassVar[str] = "aistudio.google.com/apikey"
    key_variables: ClassVar[tuple[str, ...]] = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
    accepted_parameters: ClassVar[frozenset[str]] = ACCEPTED
    optional_places: ClassVar[Mapping[str, str]] = OPTIONAL_PLACES

    def _headers(self) -> dict[str, str]:
        return {"x-goog-api-key": self._services.token() or "", **self.config.headers}

    def _root(self) -> tuple[str, str]:
        """Return the address and the version; `…/v1beta` in the settings chooses that one."""
        root, slash, last = self.url.rpartition("/")
        return (root, last) if slash and last.startswith("v1") else (self.url, _VERSION)

    def _vital_url(self) -> str:
        return "{}/{}/models?pageSize=1".format(*self._root())

    async def _fetch_models(self) -> list[ModelConfig]:
        asked = self._asked()
        entries: list[object] = []
        token = ""
        for _page in range(MOST_PAGES):
            url = "{}/{}/models?pageSize={}{}".format(*self._root(), _PAGE, token)
            told = await self._questions.ask(asked, "GET", url, limit=15.0)
            if told.status >= HTTPStatus.BAD_REQUEST and told.value is not None:
                raise gemini_error(asked, told.status, told.value)
            page = told.checked(asked)
            models = page.get("models")
            entries += models if isinstance(models, list) else []
            if not page.get("nextPageToken"):
                break
            token = f"&pageToken={page['nextPageToken']}"
        return gemini_models(entries, provider=self.id)

    def _chat_body(self, request: ChatRequest) -> JSONObject:
        known = self._models.get(request.model)
        return gemini_body(request, known, provider=self.name, image_types=self.image_types)

    def _reader(self, expected: Expected) -> GeminiReader:
        return GeminiReader(expected)

    @asynccontextmanager
    async def _open(
        self, body: JSONObject, asked: Asked, on_sent: Callable[[], None]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        genai = await asyncio.to_thread(_import_genai)
        taken = _TakenAnswer()
        async with self._http(on_sent) as http:
            http.event_hooks = {"response": [taken.take]}
            client = self._client(genai, asked, http)
            config = {k: v for k, v in body.items() if k not in ("model", "contents")}
            try:
                chunks = await client.aio.models.generate_content_stream(
                    model=body["model"],
                    contents=body["contents"],
                    config=genai.types.GenerateContentConfig(**config),
                )
                async for _chunk in chunks:  # sends the request, and finds nothing to read
                    continue
                async with aclosing(taken.answer()) as answer:
                    yield answer.aiter_bytes()
            except genai.errors.APIError as error:
                raise gemini_error(asked, error.code or 0, error.details) from error
            except _network_errors() as error:
                raise cause_of(asked, error, is_open=taken.has_begun) from error

    def _client(self, genai: ModuleType, asked: Asked, http: httpx2.AsyncClient) -> Any:  # noqa: ANN401  # typed in a package that is imported late
        import httpx2

        root, version = self._root()
        options = genai.types.HttpOptions(
            base_url=root,
            api_version=version,
            headers=dict(self.config.headers) or None,
            httpx_async_client=http,
            httpx_client=httpx2.Client(transport=httpx2.MockTransport(_refuse), trust_env=False),
        )
        return genai.Client(api_key=asked.token, vertexai=False, http_options=options)


class _TakenAnswer:
    """The answer to a request of the package, which is left with an empty one."""

    def __init__(self) -> None:
        self._answer: httpx2.Response | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the service accepted the request."""
        return self._answer is not None

    async def take(self, response: httpx2.Response) -> None:
        """Take the stream out of *response*; what is no success stays with the package."""
        import httpx2

        if response.status_code != HTTPStatus.OK:
            return
        self._answer = httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=response.stream,
            request=response.request,
        )
        response.stream = httpx2.ByteStream(b"")

    def answer(self) -> httpx2.Response:
        """Return what was taken."""
        if self._answer is None:
            raise RuntimeError("The package sent nothing.")
        return self._answer


def _refuse(_request: httpx2.Request) -> httpx2.Response:
    raise RuntimeError("Only the asynchronous client may be used.")


def _import_genai() -> ModuleType:
    for part in ("types", "errors", "models"):
        importlib.import_module(f"google.genai.{part}")
    return importlib.import_module("google.genai")


def _network_errors() -> tuple[type[Exception], ...]:
    import httpx2

    return (httpx2.RequestError, httpx2.StreamError)
