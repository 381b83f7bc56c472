"""Claude: Anthropic's Messages API through its own package.

The package makes the request, over the application's own HTTP client; the bytes of the answer
are read by us, because the package does not notice a stream that breaks off (cloud.md 0).
"""

from __future__ import annotations

import asyncio
import importlib
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from ai_coder.llm.providers.anthropic_body import OPTIONAL_PLACES, anthropic_body
from ai_coder.llm.providers.anthropic_errors import anthropic_error
from ai_coder.llm.providers.anthropic_models import claude_models
from ai_coder.llm.providers.anthropic_stream import AnthropicReader
from ai_coder.llm.providers.cloud_provider import MOST_PAGES, CloudProvider, cause_of
from ai_coder.llm.providers.http_questions import raised_from

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import ModuleType

    from ai_coder.llm.models import ChatRequest, JSONObject, ModelConfig
    from ai_coder.llm.providers.answer_reader import Expected
    from ai_coder.llm.providers.failures import Asked

_VERSION = "2026-10-21"
_PAGE = 1000


class AnthropicProvider(CloudProvider):
    """Anthropic itself."""

    type: ClassVar[str] = "anthropic"
    display_name: ClassVar[str] = "Anthropic"
    default_url: ClassVar[str] = "https://api.anthropic.com"
    tells_abilities: ClassVar[bool] = True
    key_page: ClassVar[str] = "console.anthropic.com/settings/keys"
    key_variables: ClassVar[tuple[str, ...]] = ("ANTHROPIC_API_KEY",)
    accepted_parameters: ClassVar[frozenset[str]] = frozenset(
        {"max_tokens", "stop", "reasoning_effort", "response_format"}
    )
    """This version of the API has no temperature, top_p and top_k any more (cloud.md 0)."""

    optional_places: ClassVar[Mapping[str, str]] = OPTIONAL_PLACES

    def _headers(self) -> dict[str, str]:
        key = self._services.token() or ""
        return {"x-api-key": key, "anthropic-version": _VERSION, **self.config.headers}

    def _vital_url(self) -> str:
        return f"{self.url}/v1/models?limit=1"

    async def _fetch_models(self) -> list[ModelConfig]:
        asked = self._asked()
        entries: list[object] = []
        after = ""
        for _page in range(MOST_PAGES):
            url = f"{self.url}/v1/models?limit={_PAGE}{after}"
            told = await self._questions.ask(asked, "GET", url, limit=15.0)
            if told.status >= HTTPStatus.BAD_REQUEST:
                raise anthropic_error(asked, told.status, told.body, told.headers)
            page = told.checked(asked)
            data = page.get("data")
            entries += data if isinstance(data, list) else []
            if page.get("has_more") is not True or not page.get("last_id"):
                break
            after = f"&after_id={page['last_id']}"
        return claude_models(entries, provider=self.id)

    def _chat_body(self, request: ChatRequest) -> JSONObject:
        known = self._models.get(request.model)
        return anthropic_body(request, known, provider=self.name, image_types=self.image_types)

    def _reader(self, expected: Expected) -> AnthropicReader:
        return AnthropicReader(expected)

    @asynccontextmanager
    async def _open(
        self, body: JSONObject, asked: Asked, on_sent: Callable[[], None]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        anthropic = await asyncio.to_thread(_import_anthropic)
        is_open = False
        async with self._http(on_sent) as http:
            client: Any = anthropic.AsyncAnthropic(
                api_key=asked.token,
                auth_token=None,
                base_url=self.url,
                max_retries=0,
                timeout=http.timeout,
                http_client=http,
                default_headers={"anthropic-version": _VERSION, **self.config.headers},
            )
            named = {name: body[name] for name in ("model", "max_tokens", "messages", "stream")}
            extra = {name: value for name, value in body.items() if name not in named}
            streaming = client.messages.with_streaming_response
            try:
                async with streaming.create(**named, extra_body=extra) as response:
                    is_open = True
                    yield response.http_response.aiter_bytes()
            except anthropic.APIStatusError as error:
                raise anthropic_error(
                    asked, error.status_code, error.response.content, error.response.headers
                ) from error
            except (anthropic.APIConnectionError, *_network_errors()) as error:
                found = cause_of(asked, error, is_open=is_open)
                raise found from raised_from(found, error)


def _import_anthropic() -> ModuleType:
    importlib.import_module("anthropic.resources.messages")
    return importlib.import_module("anthropic")


def _network_errors() -> tuple[type[Exception], ...]:
    import httpx2

    return (httpx2.RequestError, httpx2.StreamError)
