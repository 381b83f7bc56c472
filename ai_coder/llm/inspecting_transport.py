"""The transport that notes what passes, around the one that guards the network.

Imported on first use: `httpx2` stays off the start-up path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ai_coder.llm.inspector import ExchangeRecorder, Inspector


class InspectingTransport(httpx2.AsyncBaseTransport):
    """Hands every request on and lets the inspector see it; costs nothing while that is off."""

    def __init__(
        self, inner: httpx2.AsyncBaseTransport, inspector: Inspector, purpose: str
    ) -> None:
        self._inner = inner
        self._inspector = inspector
        self._purpose = purpose

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send *request*, noting it and its answer."""
        if not self._inspector.is_on:
            return await self._inner.handle_async_request(request)
        body = await request.aread()
        recorder = self._inspector.begin(
            self._purpose, request.method, str(request.url), request.headers, body
        )
        if recorder is None:
            return await self._inner.handle_async_request(request)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            recorder.failed(error)
            raise
        recorder.answered(response.status_code, response.headers)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _NotedStream(response.stream, recorder)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


class _NotedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, recorder: ExchangeRecorder) -> None:
        self._stream = stream
        self._recorder = recorder

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._recorder.received(part)
            yield part

    async def aclose(self) -> None:
        self._recorder.ended()
        await self._stream.aclose()
