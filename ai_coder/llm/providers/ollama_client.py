"""HTTP with one Ollama server: short questions, and long answers that are read patiently.

Imported on first use: `httpx2` stays off the start-up path.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

import httpx2

from ai_coder.errors import (
    MalformedResponseError,
    NotAnApiError,
    ProviderUnreachableError,
    ServerSilentError,
    StreamInterruptedError,
)
from ai_coder.llm.owned_task import end
from ai_coder.llm.providers.kept_requests import KeptRequests
from ai_coder.llm.providers.ollama_errors import Conversation, error_of_response
from ai_coder.llm.purposes import answers_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from ai_coder.errors import ProviderError
    from ai_coder.llm.models import JSONObject
    from ai_coder.llm.network import Network

QUESTION_CONNECT = 1.5
QUESTION_ANSWER = 5.0
"""Seconds for everything a server answers from memory; it does so even while it loads a model."""

_MOST_UNREAD = 1 << 20
"""Bytes that may wait for a slow reader before the server is made to wait."""


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
        """Return a request whose answer may take its time; enter it to send."""
        asked = self.conversation(str(body.get("model", "")))
        request = self._talking.build_request(
            "POST", self._url + path, json=body, headers=dict(self._headers())
        )
        return Exchange(self._talking, request, asked)

    def conversation(self, model: str = "") -> Conversation:
        """Return who is asked for *model*."""
        has_token = any(name.lower() == "authorization" for name in self._headers())
        return Conversation(self._provider, self._url, model, has_token)

    async def aclose(self) -> None:
        """Release the connections."""
        await self._asking.aclose()
        await self._talking.aclose()

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


class Exchange:
    """One request whose answer is read by a task of its own.

    So the reader can look around while the server is silent, without giving up the answer.
    Leaving the block hangs up, which is how everything is cancelled (ollama.md rule 8).
    """

    def __init__(
        self, client: httpx2.AsyncClient, request: httpx2.Request, asked: Conversation
    ) -> None:
        self._client = client
        self._request = request
        self._asked = asked
        self._parts: list[bytes] = []
        self._size = 0
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._has_begun = False
        self._receiving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Send the request."""
        loop = asyncio.get_running_loop()
        self._receiving = loop.create_task(self._receive(), name="answer of Ollama")
        self._receiving.add_done_callback(lambda _task: self._arrived.set())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up."""
        if self._receiving is not None:
            await end(self._receiving)

    async def read(self, patience: float) -> bytes:
        """Return all that arrived since the last time; nothing once the answer has ended.

        Raises `TimeoutError` after *patience* seconds of silence, which loses nothing, and
        `ProviderError` when the answer is a failure or breaks off.
        """
        if not self._parts and not self._is_over:
            async with asyncio.timeout(patience):
                await self._arrived.wait()
        if not self._parts and self._receiving is not None and self._receiving.done():
            self._receiving.result()
            return b""
        data = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        self._drained.set()
        if not self._is_over:
            self._arrived.clear()
        return data

    @property
    def _is_over(self) -> bool:
        return self._receiving is None or self._receiving.done()

    async def _receive(self) -> None:
        try:
            response = await self._client.send(self._request, stream=True)
            try:
                await self._receive_body(response)
            finally:
                await response.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise _transport_error(error, self._asked, has_begun=self._has_begun) from error

    async def _receive_body(self, response: httpx2.Response) -> None:
        if response.status_code != HTTPStatus.OK:
            content = await response.aread()
            raise error_of_response(response.status_code, content, self._asked)
        _refuse_web_page(response, b"", self._asked)
        self._has_begun = True
        async for part in response.aiter_bytes():
            self._parts.append(part)
            self._size += len(part)
            self._arrived.set()
            if self._size > _MOST_UNREAD:
                self._drained.clear()
                await self._drained.wait()


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
