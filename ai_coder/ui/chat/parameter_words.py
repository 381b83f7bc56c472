"""What people call the parameters of a model."""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication

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
