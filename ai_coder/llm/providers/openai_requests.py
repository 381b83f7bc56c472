"""Requests made by the `openai` package, with the bytes of the answer left to us."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_coder.llm.providers.failures import error_from_body
from ai_coder.llm.providers.http_questions import error_from_transport, raised_from

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import ModuleType

    from ai_coder.llm.models import JSONObject
    from ai_coder.llm.providers.failures import Asked


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a request goes: the root URL, without `/v1`, and the key to show there."""

    url: str
    token: str | None


async def openai_package() -> ModuleType:
    """Return the `openai` package; importing it takes long enough to need a thread.

    Called once the window is painted, it makes the first question as quick as the others.
    """
    return await asyncio.to_thread(_import_openai)


@asynccontextmanager
async def posted(
    client: Any,  # noqa: ANN401  # an AsyncOpenAI, from a package that is imported late
    route: str,
    body: JSONObject,
    asked: Asked,
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Send *body* and give the parts of the answer; every failure becomes a `ProviderError`.

    The package's typed methods would check each message of a long history on the event loop,
    which takes a quarter of a second; its general one does not.
    """
    import httpx2
    import openai

    stream: openai.AsyncStream[object] | None = None
    try:
        stream = await client.post(
            route.removeprefix("/v1"),
            cast_to=object,
            body=body,
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )
        yield stream.response.aiter_bytes()
    except openai.APIStatusError as error:
        answer = error.response
        raise error_from_body(asked, error.status_code, answer.content, answer.headers) from error
    except openai.APIConnectionError as error:
        found = error_from_transport(asked, error.__cause__ or error)
        raise found from raised_from(found, error)
    except (httpx2.RequestError, httpx2.StreamError) as error:
        raise error_from_transport(asked, error, is_open=stream is not None) from error
    finally:
        if stream is not None:
            await stream.response.aclose()


def _import_openai() -> ModuleType:
    for part in ("chat.completions", "completions"):
        importlib.import_module(f"openai.resources.{part}")
    return importlib.import_module("openai")
