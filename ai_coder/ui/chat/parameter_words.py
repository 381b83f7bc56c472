"""What people call the parameters of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.llm.models import ResponseFormat
from ai_coder.llm.parameters import changed_fields

if TYPE_CHECKING:
    from ai_coder.llm.models import GenerationParameters

_ALIASES = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "reasoning": "reasoning_effort",
    "repetition_penalty": "repeat_penalty",
    "response_schema": "response_format",
    "stop_sequences": "stop",
    "thinking": "reasoning_effort",
}
"""What services call them in their complaints."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("ParameterWords", text)


def parameter_title(name: str) -> str:
    """Return the title of a field of `GenerationParameters`; an unknown name comes back as is."""
    titles = {
        "temperature": _tr("Temperature"),
        "top_p": _tr("Top P"),
        "top_k": _tr("Top K"),
        "min_p": _tr("Min P"),
        "repeat_penalty": _tr("Repeat penalty"),
        "presence_penalty": _tr("Presence penalty"),
        "frequency_penalty": _tr("Frequency penalty"),
        "seed": _tr("Seed"),
        "max_tokens": _tr("Longest answer"),
        "reasoning_effort": _tr("Reasoning effort"),
        "stop": _tr("Stop at"),
        "response_format": _tr("Answer as"),
    }
    return titles.get(_ALIASES.get(name, name), name)


def set_parameters(parameters: GenerationParameters) -> list[str]:
    """Return what differs from the server's defaults, each as its title and value."""
    names = changed_fields(parameters)
    values = parameters.model_dump(mode="json")
    formats = {value.value: title for title, value in response_formats()}
    values["response_format"] = formats[values["response_format"]]
    return [f"{parameter_title(name)} {_shown(values[name])}" for name in values if name in names]


def response_formats() -> list[tuple[str, ResponseFormat]]:
    """Return the forms of an answer, with what they are called."""
    return [
        (_tr("Text"), ResponseFormat.TEXT),
        (_tr("JSON"), ResponseFormat.JSON),
        (_tr("JSON schema"), ResponseFormat.JSON_SCHEMA),
    ]


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"“{text}”" for text in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def number_hints() -> list[tuple[str, str]]:
    """Return the parameters that are numbers, in the order of the panel, with what they do."""
    return [
        ("temperature", _tr("0 repeats the likeliest words; higher values vary more.")),
        ("top_p", _tr("Choose among the likeliest words that sum up to this share.")),
        ("top_k", _tr("Choose among this many of the likeliest words.")),
        ("min_p", _tr("Leave out words this much less likely than the likeliest.")),
        ("repeat_penalty", _tr("Above 1 avoids words that were just used.")),
        ("presence_penalty", _tr("Above 0 favours new subjects.")),
        ("frequency_penalty", _tr("Above 0 avoids words the more often they were used.")),
        ("seed", _tr("The same number gives the same answer where the server allows it.")),
        ("max_tokens", _tr("In tokens; thinking counts too.")),
    ]
