"""LM Studio's native chat: real progress, but only for a first question (lmstudio.md 3.5, 3.6)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ai_coder.llm.models import (
    ChatMessage,
    FinishReason,
    Phase,
    PhaseChanged,
    ResponseFormat,
    Role,
    Timings,
    TokenUsage,
)
from ai_coder.llm.providers.answer_reader import AnswerReader
from ai_coder.llm.providers.failures import (
    Complaint,
    complaint_in,
    error_from_body,
    error_from_complaint,
)
from ai_coder.llm.providers.http_questions import error_from_transport
from ai_coder.llm.providers.openai_body import check_images, data_url, tidy_messages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import httpx2

    from ai_coder.errors import ProviderError
    from ai_coder.llm.models import (
        ChatRequest,
        GenerationParameters,
        JSONObject,
        StreamEvent,
    )
    from ai_coder.llm.providers.answer_reader import Expected
    from ai_coder.llm.providers.failures import Asked

NATIVE_CHAT = "/api/v1/chat"
SMALLEST_QUESTION = {"input": "Hi", "max_output_tokens": 1, "stream": True, "store": False}
"""What loads a model as any first question would, but reports how far it is."""

_NEAR = 8
"""Tokens of the window that may be left when an answer was cut at its end."""

_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "repeat_penalty": "repeat_penalty",
    "max_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning",
}
"""All that this strict route accepts of what we have: anything else is a 400 (Q30)."""

_REASONING = frozenset({"off", "low", "medium", "high", "on"})


def native_body(
    request: ChatRequest, *, provider: str, image_types: frozenset[str]
) -> JSONObject | None:
    """Return the body for *request*, or None when this route would not say the same.

    It takes no answers of the assistant, so only the first question of a conversation fits.
    """
    system, *rest = _system_first(tidy_messages(request.messages))
    if len(rest) != 1 or rest[0].role is not Role.USER:
        return None
    parameters = _parameters(request.parameters)
    if parameters is None:
        return None
    check_images(rest[0], provider, image_types)
    body: JSONObject = {"model": request.model, "input": _input(rest[0]), **parameters}
    if system.text:
        body["system_prompt"] = system.text
    return {**body, "stream": True, "store": False}


@asynccontextmanager
async def native_parts(
    http: httpx2.AsyncClient, request: Mapping[str, Any], asked: Asked
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Post *request* (url, json, headers) and yield what arrives; raises `ProviderError`."""
    import httpx2

    is_open = False
    try:
        async with http.stream("POST", **request) as response:
            if response.is_error:
                content = await response.aread()
                raise error_from_body(asked, response.status_code, content, response.headers)
            is_open = True
            yield response.aiter_bytes()
    except httpx2.RequestError as error:
        raise error_from_transport(asked, error, is_open=is_open) from error


def with_other_item_type(body: JSONObject) -> JSONObject:
    """Return *body* with text items as some versions want them (lmstudio.md 3.5, Q30)."""
    items = [
        {**item, "type": "message"} if item["type"] == "text" else item for item in body["input"]
    ]
    return {**body, "input": items}


class NativeChatReader(AnswerReader):
    """Reads the events of `/api/v1/chat`."""

    def __init__(self, expected: Expected, *, stop_after_load: bool = False) -> None:
        super().__init__(expected)
        self._stops_after_load = stop_after_load
        self._complaint: Complaint | None = None
        self._load_seconds: float | None = None

    def read(self, chunk: dict[str, object], name: bytes) -> None:
        """Read one event; unknown ones are ignored."""
        kind = str(chunk.get("type") or name.decode("ascii", "replace"))
        content = chunk.get("content")
        if kind == "message.delta" and isinstance(content, str):
            self.add_content(content)
        elif kind == "reasoning.delta" and isinstance(content, str):
            self._inline.is_text = True
            self.add_thoughts(content)
        elif kind == "error":
            # Not terminal: chat.end still brings what was generated.
            self._complaint = complaint_in(chunk) or Complaint(str(chunk))
        elif kind == "chat.end":
            self._read_result(chunk.get("result"))
        elif kind.startswith("tool_call"):
            self.called_tool = True
        else:
            self._read_progress(kind, chunk)

    def end(self) -> list[StreamEvent]:
        """Return the last batch, with the error that came before the end."""
        if self._complaint is not None and self.failure is None:
            self.failure = error_from_complaint(self.expected.asked, self._complaint)
        return super().end()

    def _judgement(self) -> ProviderError | None:
        return None if self._stops_after_load else super()._judgement()

    def _read_progress(self, kind: str, chunk: dict[str, object]) -> None:
        progress = chunk.get("progress")
        share = float(progress) if isinstance(progress, int | float) else None
        match kind:
            case "chat.start":
                self.answered_by(str(chunk.get("model_instance_id") or ""))
            case "model_load.start" | "model_load.progress":
                self.add_event(PhaseChanged(Phase.LOADING_MODEL, share))
            case "model_load.end":
                seconds = chunk.get("load_time_seconds")
                self._load_seconds = float(seconds) if isinstance(seconds, int | float) else None
                self.add_event(PhaseChanged(Phase.LOADING_MODEL, 1.0))
                self.is_done = self._stops_after_load
            case "prompt_processing.start" | "prompt_processing.progress":
                self.add_event(PhaseChanged(Phase.READING_PROMPT, share))
                self.is_done = self._stops_after_load
            case "prompt_processing.end":
                self.add_event(PhaseChanged(Phase.READING_PROMPT, 1.0))

    def _read_result(self, result: object) -> None:
        self.is_done = True
        if not isinstance(result, dict):
            return
        output = result.get("output")
        for item in output if isinstance(output, list) and not self.has_output else []:
            if isinstance(item, dict) and item.get("type") == "message":
                self.add_content(str(item.get("content") or ""))
        self.finish_reason = FinishReason.UNKNOWN
        if isinstance(stats := result.get("stats"), dict):
            self._read_stats(stats)

    def _read_stats(self, stats: dict[str, object]) -> None:
        numbers = {k: v for k, v in stats.items() if isinstance(v, int | float)}
        counts = {k: int(v) for k, v in numbers.items()}
        self.usage = TokenUsage(
            input_tokens=counts.get("input_tokens"),
            output_tokens=counts.get("total_output_tokens"),
            reasoning_tokens=counts.get("reasoning_output_tokens"),
        )
        self.timings = Timings(
            output_per_second=numbers.get("tokens_per_second"),
            first_token_seconds=numbers.get("time_to_first_token_seconds"),
            load_seconds=numbers.get("model_load_time_seconds", self._load_seconds),
        )
        self.finish_reason = FinishReason.LENGTH if self._is_cut(counts) else FinishReason.STOP

    def _is_cut(self, counts: dict[str, int]) -> bool:
        """Whether the answer ended at a limit: the route has no stop reason, its counts tell."""
        limit, window = self.expected.max_tokens, self.expected.context_length
        written = counts.get("total_output_tokens", 0)
        used = counts.get("input_tokens", 0) + written
        return (limit is not None and written >= limit) or (
            window is not None and used >= window - _NEAR
        )


def _system_first(messages: list[ChatMessage]) -> list[ChatMessage]:
    if messages and messages[0].role is Role.SYSTEM:
        return messages
    return [ChatMessage(Role.SYSTEM, ""), *messages]


def _parameters(parameters: GenerationParameters) -> JSONObject | None:
    if parameters.response_format is not ResponseFormat.TEXT:
        return None
    values = parameters.model_dump(exclude_defaults=True)
    if not values.keys() <= _NAMES.keys() or values.get("temperature", 0) > 1:
        return None
    if values.get("reasoning_effort", "on") not in _REASONING:
        return None
    return {_NAMES[name]: value for name, value in values.items()}


def _input(message: ChatMessage) -> str | list[JSONObject]:
    if not message.images:
        return message.text
    pictures = [
        {"type": "image", "data_url": data_url(image.media_type, image.data)}
        for image in message.images
    ]
    return [{"type": "text", "content": message.text}, *pictures]
