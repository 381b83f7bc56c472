"""Short questions to a server: one request, one whole answer, a few seconds at most."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from ai_coder.errors import (
    AICoderError,
    ConnectionLostError,
    MalformedResponseError,
    ProviderError,
    ProviderUnreachableError,
    ServerSilentError,
    StreamInterruptedError,
)
from ai_coder.llm.providers.failures import complaint_in, error_from_body, error_from_complaint
from ai_coder.llm.providers.kept_requests import KeptRequests
from ai_coder.llm.providers.sse import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2

    from ai_coder.llm.network import Network
    from ai_coder.llm.providers.failures import Asked


@dataclass(frozen=True, slots=True)
class Told:
    """A whole answer; `value` is None where the body is not JSON."""

    status: int
    body: bytes
    value: object
    headers: Mapping[str, str]

    def error(self, asked: Asked) -> ProviderError | None:
        """Return what is wrong with it: its status, its body, or an error inside a 200."""
        if self.status < HTTPStatus.BAD_REQUEST and self.value is not None:
            complaint = complaint_in(self.value)
            return error_from_complaint(asked, complaint, self.status) if complaint else None
        return error_from_body(asked, self.status, self.body, self.headers)

    def checked(self, asked: Asked) -> dict[str, object]:
        """Return the JSON object; raises `ProviderError`."""
        if (error := self.error(asked)) is not None:
            raise error
        if not isinstance(self.value, dict):
            raise MalformedResponseError(provider=asked.provider, raw=self.body[:500].decode())
        return self.value


class Questions:
    """Asks one server, over connections that are kept for the next question."""

    def __init__(
        self, network: Network, purpose: str, headers: Callable[[], Mapping[str, str]]
    ) -> None:
        self._network = network
        self._purpose = purpose
        self._headers = headers
        self._client: httpx2.AsyncClient | None = None
        self._kept = KeptRequests()

    async def ask(
        self,
        asked: Asked,
        method: str,
        url: str,
        *,
        body: object = None,
        limit: float | None = 5.0,
    ) -> Told:
        """Return the answer to one request; raises `ProviderError` when there is none.

        *limit* is in seconds and covers the whole exchange; None waits as long as it takes.
        """
        await self._network.ready()
        import httpx2

        if self._client is None:
            self._client = self._network.client(purpose=self._purpose)
        try:
            async with asyncio.timeout(limit):
                response = await self._client.send(self._request(self._client, method, url, body))
        except TimeoutError as error:
            raise ServerSilentError(provider=asked.provider, raw=f"{limit:g} s") from error
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise error_from_transport(asked, error) from error
        try:
            value = parse_json(response.content)
        except ValueError:
            value = None
        return Told(response.status_code, response.content, value, response.headers)

    def _request(
        self, client: httpx2.AsyncClient, method: str, url: str, body: object
    ) -> httpx2.Request:
        headers = self._headers()
        if method == "GET" and body is None:
            return self._kept.get(client, url, headers)
        return client.build_request(method, url, headers=dict(headers), json=body)

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def error_from_transport(
    asked: Asked, error: BaseException, *, is_open: bool = False
) -> ProviderError:
    """Return what a failure of the network means; *is_open* once the answer had begun."""
    import httpx2

    if isinstance(error, ProviderError):
        return error  # such as the lock's, which a package wrapped in an error of its own

    raw = f"{type(error).__name__}: {error}"
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
        return ProviderUnreachableError(provider=asked.provider, url=asked.url, raw=raw)
    if is_open:
        return StreamInterruptedError(provider=asked.provider, raw=raw)
    if isinstance(error, httpx2.TooManyRedirects | httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        return MalformedResponseError(provider=asked.provider, raw=raw)
    return ConnectionLostError(provider=asked.provider, raw=raw)


def raised_from(found: AICoderError, error: Exception) -> BaseException | None:
    """Return what *found* is to be raised from, in place of *error*.

    An error of ours that a package wrapped is the cause of *error*: it must not be its effect too.
    """
    return found.__cause__ if found is error.__cause__ else error
