"""HTTP with one Ollama server: short questions, and long answers that are read patiently.

Imported on first use: `httpx2` stays off the start-up path.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2

from ai_coder.errors import (
    MalformedResponseError,
    NotAnApiError,
    ProviderUnreachableError,
    ServerSilentError,
    StreamInterruptedError,
)
from ai_coder.llm.providers.exchange import Exchange
from ai_coder.llm.providers.kept_requests import KeptRequests
from ai_coder.llm.providers.ollama_errors import Conversation, error_of_response
from ai_coder.llm.purposes import answers_of, status_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from ai_coder.errors import ProviderError
    from ai_coder.llm.models import JSONObject
    from ai_coder.llm.network import Network

QUESTION_CONNECT = 1.5
QUESTION_ANSWER = 5.0
"""Seconds for everything a server answers from memory; it does so even while it loads a model."""


class OllamaClient:
    """The connections to one server; raises only `AICoderError`s."""

    def __init__(
        self,
        network: Network,
        url: str,
        *,
        provider: str,
        timeout: float,
        headers: Callable[[], Mapping[str, str]],
    ) -> None:
        self._url = url
        self._provider = provider
        self._headers = headers
        self._kept = KeptRequests()
        self._asking = network.client(
            purpose=status_of(provider),
            connect_timeout=min(QUESTION_CONNECT, timeout),
            read_timeout=QUESTION_ANSWER,
        )
        self._talking = network.client(purpose=answers_of(provider), connect_timeout=timeout)

    async def get(self, path: str) -> bytes:
        """Return the answer to a question."""
        return await self._ask("GET", path, None, "")

    async def post(self, path: str, body: JSONObject) -> bytes:
        """Return the answer to a question that needs a body."""
        return await self._ask("POST", path, body, str(body.get("model", "")))

    def exchange(self, path: str, body: JSONObject) -> Exchange:
        """Return a request whose answer may take its time; enter it to send.

        Leaving it hangs up, which is how everything is cancelled (ollama.md rule 8).
        """
        asked = self.conversation(str(body.get("model", "")))
        request = self._talking.build_request(
            "POST", self._url + path, json=body, headers=dict(self._headers())
        )
        return Exchange(lambda _on_sent: self._answer(request, asked))

    def conversation(self, model: str = "") -> Conversation:
        """Return who is asked for *model*."""
        has_token = any(name.lower() == "authorization" for name in self._headers())
        return Conversation(self._provider, self._url, model, has_token)

    async def aclose(self) -> None:
        """Release the connections."""
        await self._asking.aclose()
        await self._talking.aclose()

    @asynccontextmanager
    async def _answer(
        self, request: httpx2.Request, asked: Conversation
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send *request* and yield the parts of its answer, with every failure translated."""
        has_begun = False
        try:
            response = await self._talking.send(request, stream=True)
            try:
                if response.status_code != HTTPStatus.OK:
                    content = await response.aread()
                    raise error_of_response(response.status_code, content, asked)
                _refuse_web_page(response, b"", asked)
                has_begun = True
                yield response.aiter_bytes()
            finally:
                await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise _transport_error(error, asked, has_begun=has_begun) from error

    async def _ask(self, method: str, path: str, body: JSONObject | None, model: str) -> bytes:
        asked = self.conversation(model)
        try:
            response = await self._asking.send(self._request(method, self._url + path, body))
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _transport_error(error, asked, has_begun=False) from error
        if response.status_code != HTTPStatus.OK:
            raise error_of_response(response.status_code, response.content, asked)
        _refuse_web_page(response, response.content, asked)
        return response.content

    def _request(self, method: str, url: str, body: JSONObject | None) -> httpx2.Request:
        if method == "GET" and body is None:
            return self._kept.get(self._asking, url, self._headers())
        headers = dict(self._headers())
        return self._asking.build_request(method, url, json=body, headers=headers)


def _refuse_web_page(response: httpx2.Response, content: bytes, asked: Conversation) -> None:
    if response.headers.get("content-type", "").startswith("text/html"):
        raw = content[:2000].decode("utf-8", "replace")
        raise NotAnApiError(provider=asked.provider, url=asked.url, raw=raw)


def _transport_error(error: Exception, asked: Conversation, *, has_begun: bool) -> ProviderError:
    """Return what a failure of the connection means; *has_begun* once a status line arrived."""
    provider, url = asked.provider, asked.url
    raw = f"{type(error).__name__}: {error}"
    if has_begun:
        return StreamInterruptedError(provider=provider, raw=raw)
    match error:
        case httpx2.ReadTimeout() | httpx2.WriteTimeout():
            return ServerSilentError(provider=provider, raw=raw)
        case httpx2.ReadError() | httpx2.WriteError() | httpx2.RemoteProtocolError():
            return _error_before_answer(error, asked, raw)
        case httpx2.DecodingError():
            return MalformedResponseError(provider=provider, raw=raw)
        case _:
            return ProviderUnreachableError(provider=provider, url=url, raw=raw)


def _error_before_answer(error: Exception, asked: Conversation, raw: str) -> ProviderError:
    """Return what it means that the connection was made and lost before a status line.

    A closed connection is a server that went away while it worked; garbage is another program.
    """
    went_away = "disconnected" in raw or "closed connection" in raw
    if isinstance(error, httpx2.RemoteProtocolError) and not went_away:
        return NotAnApiError(provider=asked.provider, url=asked.url, raw=raw)
    return StreamInterruptedError(provider=asked.provider, raw=raw)
