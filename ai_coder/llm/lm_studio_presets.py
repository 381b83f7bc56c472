"""LM Studio's `.preset.json`: a list of keys and values, some of which can be switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.llm.models import GenerationParameters, ResponseFormat
from ai_coder.llm.parameters import limits_of

if TYPE_CHECKING:
    from ai_coder.llm.models import JSONObject

_PREFIX = "llm.prediction."
_NUMBERS = {
    "temperature": "temperature",
    "topPSampling": "top_p",
    "topKSampling": "top_k",
    "minPSampling": "min_p",
    "repeatPenalty": "repeat_penalty",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "maxPredictedTokens": "max_tokens",
    "seed": "seed",
}


def is_preset(document: object) -> bool:
    """Whether *document* has the shape of a preset."""
    return isinstance(document, dict) and isinstance(document.get("operation"), dict)


def preset_fields(document: JSONObject) -> JSONObject:
    """Return title, system prompt and parameters; what we do not know is left out.

    A number beyond our limits is left out as well, rather than bent.
    """
    values = _values(document["operation"])
    parameters: JSONObject = {}
    for theirs, ours in _NUMBERS.items():
        value = values.get(theirs)
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = int(value) if limits_of(ours).is_whole else value
            if limits_of(ours).allows(number):
                parameters[ours] = number
    stop = values.get("stopStrings")
    if isinstance(stop, list):
        parameters["stop"] = tuple(text for text in stop if isinstance(text, str) and text)
    structured = values.get("structured")
    if isinstance(structured, dict) and structured.get("type") == "json":
        schema = structured.get("jsonSchema")
        kind = ResponseFormat.JSON_SCHEMA if isinstance(schema, dict) else ResponseFormat.JSON
        parameters |= {"response_format": kind, "json_schema": schema or None}
    return {
        "title": document.get("name") if isinstance(document.get("name"), str) else "",
        "system_prompt": str(values.get("systemPrompt") or ""),
        "parameters": GenerationParameters.model_validate(parameters),
    }


def _values(operation: JSONObject) -> JSONObject:
    """Return the values that are switched on, by the last part of their keys."""
    values: JSONObject = {}
    fields = operation.get("fields")
    for field in fields if isinstance(fields, list) else ():
        if not isinstance(field, dict) or not isinstance(field.get("key"), str):
            continue
        value = field.get("value")
        if isinstance(value, dict) and "checked" in value:
            if value["checked"] is not True:
                continue
            value = value.get("value")
        values[field["key"].removeprefix(_PREFIX)] = value
    return values
