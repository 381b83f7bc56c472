"""The body of a request to Anthropic (cloud.md 2)."""

from __future__ import annotations

import base64
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

UNKNOWN_LIMIT = 8192
"""The longest answer of a model that is not on the list: Anthropic insists on a number, and
every Claude since 2024 can write this much."""

JSON_ONLY = "Answer with valid JSON only, without any text around it."
_BUDGETS = {"low": 4096, "medium": 12288, "high": 24576}
"""Tokens of thinking for models of before the effort setting."""

OPTIONAL_PLACES = {
    "thinking": "reasoning",
    "output_config.effort": "reasoning_effort",
    "output_config.format": "response_format",
    "stop_sequences": "stop",
    "cache_control": "prompt_cache",
}


def anthropic_body(
    request: ChatRequest, model: ModelConfig | None, *, provider: str, image_types: frozenset[str]
) -> JSONObject:
    """Return the body; *model* is what the list says of the model, None when it is not there."""
    messages = tidy_messages(request.messages)
    system = [messages.pop(0).text] if messages and messages[0].role is Role.SYSTEM else []
    parameters = request.parameters
    if parameters.response_format is ResponseFormat.JSON:
        system.append(JSON_ONLY)
    body: JSONObject = {
        "model": request.model,
        "max_tokens": parameters.max_tokens or longest_answer(model),
        "messages": [_message(message, provider, image_types) for message in messages],
        "stream": True,
    }
    if system:
        body["system"] = "\n\n".join(system)
    if parameters.stop:
        body["stop_sequences"] = list(parameters.stop)
    if len(messages) > 1:
        # A chat that goes on reads its beginning again; cached it costs a tenth.
        body["cache_control"] = {"type": "ephemeral"}
    return body | _thinking(parameters, model, body["max_tokens"]) | _output(parameters, model)


def longest_answer(model: ModelConfig | None) -> int:
    """Return the model's own limit, but never more than a quarter of its window."""
    limit = model.metadata.get("max_output_tokens") if model else None
    if not isinstance(limit, int) or limit <= 0:
        return UNKNOWN_LIMIT
    window = model.context_length if model else None
    return min(limit, window // 4) if window else limit


def _thinking(
    parameters: GenerationParameters, model: ModelConfig | None, longest: int
) -> JSONObject:
    kinds = model.metadata.get("thinking") or [] if model else []
    effort = parameters.reasoning_effort
    if effort == "none":
        return {"thinking": {"type": "disabled"}} if "disabled" in kinds else {}
    if "adaptive" in kinds:
        return {"thinking": {"type": "adaptive", "display": "summarized"}}
    if "enabled" in kinds and effort in _BUDGETS and longest > 2048:
        budget = max(1024, min(_BUDGETS[effort], longest // 2))
        return {"thinking": {"type": "enabled", "budget_tokens": budget}}
    return {}


def _output(parameters: GenerationParameters, model: ModelConfig | None) -> JSONObject:
    output: JSONObject = {}
    effort = parameters.reasoning_effort
    takes_effort = model is None or model.metadata.get("effort")
    if effort and effort != "none" and takes_effort:
        output["effort"] = effort
    if parameters.response_format is ResponseFormat.JSON_SCHEMA:
        schema = parameters.json_schema or {"type": "object", "additionalProperties": False}
        output["format"] = {"type": "json_schema", "schema": schema}
    return {"output_config": output} if output else {}


def _message(message: ChatMessage, provider: str, image_types: frozenset[str]) -> JSONObject:
    if not message.images:
        return {"role": message.role.value, "content": message.text}
    check_images(message, provider, image_types)
    blocks: list[JSONObject] = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": image.media_type,
                "data": base64.b64encode(image.data).decode(),
            },
        }
        for image in message.images
    ]
    if message.text:
        blocks.append({"type": "text", "text": message.text})
    return {"role": message.role.value, "content": blocks}
