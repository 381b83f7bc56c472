"""OpenAI's Responses API: the body of a request and its stream (cloud.md 1b)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ai_coder.errors import AnswerBlockedError, ProviderError
from ai_coder.llm.models import FinishReason, ResponseFormat, Role, TokenUsage
from ai_coder.llm.providers.answer_reader import AnswerReader
from ai_coder.llm.providers.failures import Complaint, error_from_complaint, shortened
from ai_coder.llm.providers.openai_body import check_images, data_url, tidy_messages

if TYPE_CHECKING:
    from ai_coder.llm.models import ChatMessage, ChatRequest, GenerationParameters, JSONObject
    from ai_coder.llm.providers.answer_reader import Expected
    from ai_coder.llm.providers.failures import Asked

ACCEPTED = frozenset({"temperature", "top_p", "max_tokens", "reasoning_effort", "response_format"})
OPTIONAL_PLACES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_output_tokens": "max_tokens",
    "reasoning": "reasoning_effort",
    "reasoning.effort": "reasoning_effort",
    "reasoning.summary": "reasoning_summary",
    "text.format": "response_format",
}
_STATUS = {
    "rate_limit_exceeded": HTTPStatus.TOO_MANY_REQUESTS,
    "server_is_overloaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "slow_down": HTTPStatus.SERVICE_UNAVAILABLE,
    "invalid_prompt": HTTPStatus.BAD_REQUEST,
}


def responses_body(
    request: ChatRequest, *, provider: str, image_types: frozenset[str]
) -> JSONObject:
    """Return the body; `store` is false, so that OpenAI keeps nothing of the conversation."""
    messages = tidy_messages(request.messages)
    body: JSONObject = {"model": request.model, "store": False, "stream": True}
    if messages and messages[0].role is Role.SYSTEM:
        body["instructions"] = messages.pop(0).text
    body["input"] = [_item(message, provider, image_types) for message in messages]
    return body | _parameters(request.parameters)


class ResponsesReader(AnswerReader):
    """Reads `response.*` events."""

    def __init__(self, expected: Expected) -> None:
        super().__init__(expected)
        self._refusal = ""
        self._inline.is_text = True

    def read(self, chunk: dict[str, object], name: bytes) -> None:
        """Read one event by its type."""
        delta = chunk.get("delta")
        match chunk.get("type"):
            case "response.output_text.delta" if isinstance(delta, str):
                self.add_text(delta)
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" if (
                isinstance(delta, str)
            ):
                self.add_thoughts(delta)
            case "response.reasoning_summary_part.added" if chunk.get("summary_index"):
                self.add_thoughts("\n\n")
            case "response.refusal.delta" if isinstance(delta, str):
                self._refusal += delta
            case "error":
                nested = chunk.get("error")
                self._fail_with(nested if isinstance(nested, dict) else chunk)
            case "response.created" | "response.in_progress":
                self._read_response(chunk.get("response"))
            case "response.completed" | "response.incomplete" | "response.failed":
                self._read_response(chunk.get("response"))
                self._conclude(chunk.get("response"))
            case None if "error" in chunk:
                self.fail(chunk)

    def fail(self, chunk: dict[str, object]) -> None:
        """Remember the error that *chunk* holds, judged by its code."""
        error = chunk.get("error")
        if isinstance(error, dict):
            self._fail_with(error)
        else:
            super().fail(chunk)

    def _fail_with(self, error: dict[str, object]) -> None:
        self.failure = error_in_stream(self.expected.asked, error)

    def _read_response(self, response: object) -> None:
        if not isinstance(response, dict):
            return
        if isinstance(model := response.get("model"), str):
            self.answered_by(model)
        if isinstance(usage := response.get("usage"), dict):
            self.usage = _usage_of(usage)

    def _conclude(self, response: object) -> None:
        self.is_done = True
        told = response if isinstance(response, dict) else {}
        if isinstance(error := told.get("error"), dict):
            self._fail_with(error)
        details = told.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        match reason:
            case "max_output_tokens":
                self.finish_reason = FinishReason.LENGTH
            case "content_filter":
                self.finish_reason = FinishReason.CONTENT_FILTER
            case _:
                self.finish_reason = FinishReason.STOP
        if self._refusal and self.failure is None:
            provider = self.expected.asked.provider
            self.failure = AnswerBlockedError(provider=provider, reason=shortened(self._refusal))


def error_in_stream(asked: Asked, error: dict[str, object]) -> ProviderError:
    """Return the error object of a stream, whose HTTP status was 200, as our error."""
    code, kind = str(error.get("code") or ""), str(error.get("type") or "")
    complaint = Complaint(
        str(error.get("message") or error),
        code=code,
        kind="" if kind == "error" else kind,
        param=str(error.get("param") or ""),
    )
    status = _STATUS.get(code, _STATUS.get(kind, HTTPStatus.OK))
    return error_from_complaint(asked, complaint, status)


def _parameters(parameters: GenerationParameters) -> JSONObject:
    # A summary is the only form in which OpenAI shows what a model thought.
    body: JSONObject = {"reasoning": {"summary": "auto"}}
    if parameters.reasoning_effort is not None:
        body["reasoning"]["effort"] = parameters.reasoning_effort
    for ours, theirs in (
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("max_tokens", "max_output_tokens"),
    ):
        if (value := getattr(parameters, ours)) is not None:
            body[theirs] = value
    if parameters.response_format is ResponseFormat.JSON:
        body["text"] = {"format": {"type": "json_object"}}
    elif parameters.response_format is ResponseFormat.JSON_SCHEMA:
        schema = parameters.json_schema or {"type": "object"}
        described = {"type": "json_schema", "name": "answer", "strict": True, "schema": schema}
        body["text"] = {"format": described}
    return body


def _item(message: ChatMessage, provider: str, image_types: frozenset[str]) -> JSONObject:
    if not message.images:
        return {"role": message.role.value, "content": message.text}
    check_images(message, provider, image_types)
    parts: list[JSONObject] = [{"type": "input_text", "text": message.text}]
    parts += [
        {"type": "input_image", "image_url": data_url(image.media_type, image.data)}
        for image in message.images
    ]
    return {"role": message.role.value, "content": parts}


def _usage_of(usage: dict[str, object]) -> TokenUsage:
    return TokenUsage(
        input_tokens=_count(usage, "input_tokens"),
        output_tokens=_count(usage, "output_tokens"),
        reasoning_tokens=_count(usage.get("output_tokens_details"), "reasoning_tokens"),
        cached_tokens=_count(usage.get("input_tokens_details"), "cached_tokens"),
    )


def _count(container: object, name: str) -> int | None:
    value = container.get(name) if isinstance(container, dict) else None
    return value if isinstance(value, int) else None
