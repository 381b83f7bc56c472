"""llama.cpp's `/infill`: text that fits between a prompt and a suffix."""

from __future__ import annotations

from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from ai_coder.errors import RequestRefusedError
from ai_coder.llm.models import Timings, TokenUsage
from ai_coder.llm.providers.answer_reader import AnswerReader
from ai_coder.llm.providers.failures import error_from_body
from ai_coder.llm.providers.http_questions import error_from_transport
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from ai_coder.llm.models import CompletionRequest, JSONObject
    from ai_coder.llm.providers.failures import Asked
    from ai_coder.llm.providers.openai_compatible import Endpoint

INFILL = "/infill"

CANNOT_INSERT = QT_TRANSLATE_NOOP(
    "errors", "this model was not made to fill in text. Choose one with the Insert badge."
)
_REASONS = {"eos": "stop", "word": "stop", "limit": "length"}


class InfillReader(AnswerReader):
    """Reads the stream of `/infill`."""

    def read(self, chunk: dict[str, object], name: bytes) -> None:
        """Read one object; the last of them says why it ended and what it counted."""
        if chunk.get("error"):
            self.fail(chunk)
            return
        if isinstance(content := chunk.get("content"), str):
            self.add_text(content)
        if not chunk.get("stop"):
            return
        self.finish(_REASONS.get(str(chunk.get("stop_type")), "stop"))
        self.usage = TokenUsage(
            input_tokens=_count(chunk.get("tokens_evaluated")),
            output_tokens=_count(chunk.get("tokens_predicted")),
            cached_tokens=_count(chunk.get("tokens_cached")),
        )
        if isinstance(timings := chunk.get("timings"), dict):
            self.timings = Timings(
                prompt_per_second=timings.get("prompt_per_second"),
                output_per_second=timings.get("predicted_per_second"),
            )
        self.is_done = True


def infill_body(request: CompletionRequest, parameters: JSONObject) -> JSONObject:
    """Return the body that asks for what fits between prompt and suffix."""
    if "max_tokens" in parameters:
        parameters["n_predict"] = parameters.pop("max_tokens")
    return {
        "model": request.model,
        "input_prefix": request.prompt,
        "input_suffix": request.suffix,
        "prompt": "",
        "stream": True,
        **parameters,
    }


@asynccontextmanager
async def open_infill(
    client: httpx2.AsyncClient, endpoint: Endpoint, body: JSONObject, asked: Asked
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Send the request and give the parts of its answer; raises `ProviderError`."""
    import httpx2

    is_open = False
    headers = {"Authorization": f"Bearer {endpoint.token}"}
    url = endpoint.url + INFILL
    async with client:
        try:
            async with client.stream("POST", url, json=body, headers=headers) as response:
                if response.status_code == HTTPStatus.NOT_IMPLEMENTED:
                    raise RequestRefusedError(provider=asked.provider, reason=CANNOT_INSERT)
                if response.is_error:
                    raise error_from_body(asked, response.status_code, await response.aread())
                is_open = True
                yield response.aiter_bytes()
        except (httpx2.RequestError, httpx2.StreamError) as error:
            raise error_from_transport(asked, error, is_open=is_open) from error


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
