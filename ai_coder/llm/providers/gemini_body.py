"""A request to Gemini, in the words of the `google-genai` package (cloud.md 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.llm.models import ResponseFormat, Role
from ai_coder.llm.providers.openai_body import check_images, tidy_messages

if TYPE_CHECKING:
    from ai_coder.llm.models import (
        ChatMessage,
        ChatRequest,
        GenerationParameters,
        JSONObject,
        ModelConfig,
    )

_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "seed": "seed",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "max_tokens": "max_output_tokens",
}
ACCEPTED = frozenset({*_NAMES, "stop", "reasoning_effort", "response_format"})
OPTIONAL_PLACES = {
    **{theirs: ours for ours, theirs in _NAMES.items()},
    "stop_sequences": "stop",
    "thinking_config": "reasoning_effort",
    "response_mime_type": "response_format",
    "response_json_schema": "response_format",
}
_BUDGETS = {"low": 1024, "medium": 8192, "high": 24576}
"""Tokens of thinking for Gemini 2.5, which knows no levels."""


def gemini_body(
    request: ChatRequest, model: ModelConfig | None, *, provider: str, image_types: frozenset[str]
) -> JSONObject:
    """Return `model` and `contents`, and beside them what goes into the configuration."""
    messages = tidy_messages(request.messages)
    body: JSONObject = {"model": request.model}
    if messages and messages[0].role is Role.SYSTEM:
        body["system_instruction"] = messages.pop(0).text
    body["contents"] = [_content(message, provider, image_types) for message in messages]
    return body | _configuration(request.parameters) | _thinking(request, model)


def _configuration(parameters: GenerationParameters) -> JSONObject:
    values = parameters.model_dump(include=set(_NAMES), exclude_none=True)
    body: JSONObject = {_NAMES[name]: value for name, value in values.items()}
    if parameters.stop:
        body["stop_sequences"] = list(parameters.stop)
    if parameters.response_format is not ResponseFormat.TEXT:
        body["response_mime_type"] = "application/json"
    if parameters.response_format is ResponseFormat.JSON_SCHEMA and parameters.json_schema:
        body["response_json_schema"] = parameters.json_schema
    return body


def _thinking(request: ChatRequest, model: ModelConfig | None) -> JSONObject:
    effort = request.parameters.reasoning_effort
    can_think = model is not None and "reasoning" in model.capabilities
    if not can_think and effort is None:
        return {}
    config: JSONObject = {"include_thoughts": True}
    if effort in _BUDGETS and request.model.startswith("gemini-2"):
        config["thinking_budget"] = _BUDGETS[effort]
    elif effort is not None:
        config["thinking_level"] = effort.upper()
    return {"thinking_config": config}


def _content(message: ChatMessage, provider: str, image_types: frozenset[str]) -> JSONObject:
    check_images(message, provider, image_types)
    parts: list[JSONObject] = [
        {"inline_data": {"mime_type": image.media_type, "data": image.data}}
        for image in message.images
    ]
    if message.text:
        parts.append({"text": message.text})
    role = "model" if message.role is Role.ASSISTANT else "user"
    return {"role": role, "parts": parts}
