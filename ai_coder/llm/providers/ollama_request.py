"""Our requests in Ollama's words."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from ai_coder.llm.load_options import LoadOption
from ai_coder.llm.models import ResponseFormat
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from ai_coder.llm.load_options import LoadChoices
    from ai_coder.llm.models import (
        ChatMessage,
        ChatRequest,
        CompletionRequest,
        GenerationParameters,
        JSONObject,
    )

ACCEPTED_PARAMETERS = frozenset(
    {
        *("temperature", "top_p", "top_k", "min_p", "repeat_penalty", "presence_penalty"),
        *("frequency_penalty", "seed", "max_tokens", "stop", "reasoning_effort"),
        *("response_format", "json_schema"),
    }
)
LOAD_OPTIONS = (
    LoadOption(
        "keep_alive",
        QT_TRANSLATE_NOOP("load_options", "Stays in memory"),
        (
            (QT_TRANSLATE_NOOP("load_options", "5 minutes after its last use"), 300),
            (QT_TRANSLATE_NOOP("load_options", "30 minutes after its last use"), 1800),
            (QT_TRANSLATE_NOOP("load_options", "2 hours after its last use"), 7200),
            (QT_TRANSLATE_NOOP("load_options", "Until it is unloaded"), -1),
        ),
    ),
    LoadOption(
        "num_gpu",
        QT_TRANSLATE_NOOP("load_options", "Layers in graphics memory"),
        (
            (QT_TRANSLATE_NOOP("load_options", "None: the processor does it all"), 0),
            *((str(count), count) for count in (8, 16, 24, 32, 48, 64)),
        ),
    ),
    LoadOption(
        "num_batch",
        QT_TRANSLATE_NOOP("load_options", "Tokens read at once"),
        tuple((str(size), size) for size in (128, 256, 512, 1024, 2048)),
    ),
    LoadOption(
        "num_thread",
        QT_TRANSLATE_NOOP("load_options", "Processor threads"),
        tuple((str(count), count) for count in (2, 4, 6, 8, 12, 16)),
    ),
    LoadOption(
        "use_mmap",
        QT_TRANSLATE_NOOP("load_options", "Weights mapped from the file"),
        (
            (QT_TRANSLATE_NOOP("load_options", "On"), True),
            (QT_TRANSLATE_NOOP("load_options", "Off"), False),
        ),
    ),
)
"""What reloads a model when it changes (ollama.md §4); the idle time is in seconds, negative
for ever."""

_SAME_NAME = (
    *("temperature", "top_p", "top_k", "min_p", "repeat_penalty"),
    *("presence_penalty", "frequency_penalty", "seed"),
)
_THINK: dict[str, bool | str] = {
    "off": False,
    "none": False,
    "on": True,
    **{level: level for level in ("low", "medium", "high", "max")},
}


def chat_body(request: ChatRequest, *, window: int | None, thinks: bool) -> JSONObject:
    """Return the body of `/api/chat`; *thinks* tells whether the model takes `think`."""
    body: JSONObject = {
        **_common(request.model, request.parameters, window),
        "messages": [_message(message) for message in request.messages],
    }
    think = _THINK.get(request.parameters.reasoning_effort or "")
    if think is not None and thinks:
        body["think"] = think
    return body


def completion_body(request: CompletionRequest, *, window: int | None) -> JSONObject:
    """Return the body of `/api/generate`; without a suffix the text goes on untouched."""
    body = {**_common(request.model, request.parameters, window), "prompt": request.prompt}
    if request.suffix:
        body["suffix"] = request.suffix
    else:
        body["raw"] = True
    return body


def load_body(model: str, window: int | None) -> JSONObject:
    """Return the body of `/api/chat` that loads *model* and says nothing."""
    return {
        "model": model,
        "messages": [],
        "stream": True,
        **_strictness(),
        **({"options": {"num_ctx": window}} if window else {}),
    }


def unload_body(model: str) -> JSONObject:
    """Return the body of `/api/chat` that frees the memory of *model*."""
    return {"model": model, "messages": [], "stream": False, "keep_alive": 0}


def with_choices(body: JSONObject, choices: LoadChoices) -> JSONObject:
    """Return *body* with what was chosen when its model was loaded.

    Every request says it again: the idle time would be forgotten, and another value of any
    other option reloads the model (ollama.md §4).
    """
    if body.get("keep_alive") == 0 or not choices:
        return body
    rest = {name: value for name, value in choices.items() if name != "keep_alive"}
    options = {**body.get("options", {}), **rest}
    said = {"keep_alive": choices["keep_alive"]} if "keep_alive" in choices else {}
    return {**body, **said, **({"options": options} if options else {})}


def _common(model: str, parameters: GenerationParameters, window: int | None) -> JSONObject:
    body: JSONObject = {"model": model, "stream": True, **_strictness()}
    if options := _options(parameters, window):
        body["options"] = options
    if parameters.response_format is ResponseFormat.JSON:
        body["format"] = "json"
    elif parameters.response_format is ResponseFormat.JSON_SCHEMA and parameters.json_schema:
        body["format"] = parameters.json_schema
    return body


def _strictness() -> JSONObject:
    """Return the switches that turn silent loss into an error.

    `shift` reloads the model when it changes, so every request carries the same.
    """
    return {"truncate": False, "shift": False}


def _options(parameters: GenerationParameters, window: int | None) -> JSONObject:
    options = {
        name: value for name in _SAME_NAME if (value := getattr(parameters, name)) is not None
    }
    if parameters.max_tokens is not None:
        options["num_predict"] = parameters.max_tokens
    if parameters.stop:
        options["stop"] = list(parameters.stop)
    if window is not None:
        options["num_ctx"] = window
    return options


def _message(message: ChatMessage) -> JSONObject:
    sent: JSONObject = {"role": message.role.value, "content": message.text}
    if message.images:
        sent["images"] = [b64encode(image.data).decode("ascii") for image in message.images]
    return sent
