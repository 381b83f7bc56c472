"""The body of an OpenAI-style request, in the shape that strict chat templates accept."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ai_coder.errors import RequestRefusedError
from ai_coder.llm.models import ChatMessage, ResponseFormat, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_coder.llm.models import GenerationParameters, JSONObject

CONTINUE = "Continue."


def tidy_messages(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """Return *messages* as templates want them (lmstudio.md Q20, Q27).

    One system message first, then user and assistant in turn, ending with the user.
    Thoughts of earlier answers are left out.
    """
    system: list[str] = []
    turns: list[ChatMessage] = []
    for message in messages:
        if message.role is Role.SYSTEM:
            system.append(message.text)
        elif turns and turns[-1].role is message.role:
            turns[-1] = _joined(turns[-1], message)
        elif (turns or message.role is Role.USER) and (message.text or message.images):
            turns.append(ChatMessage(message.role, message.text, message.images))
    if turns and turns[-1].role is Role.ASSISTANT:
        turns.append(ChatMessage(Role.USER, CONTINUE))
    instructions = "\n\n".join(text for text in system if text)
    return [ChatMessage(Role.SYSTEM, instructions), *turns] if instructions else turns


def wire_messages(
    messages: Iterable[ChatMessage], *, provider: str, image_types: frozenset[str]
) -> list[JSONObject]:
    """Return tidied messages for the wire; raises `RequestRefusedError` for other pictures."""
    return [
        {"role": message.role.value, "content": _content(message, provider, image_types)}
        for message in tidy_messages(messages)
    ]


def data_url(media_type: str, data: bytes) -> str:
    """Return *data* as a `data:` URL."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def check_images(message: ChatMessage, provider: str, image_types: frozenset[str]) -> None:
    """Raise `RequestRefusedError` for a picture of a type that the server cannot read."""
    for image in message.images:
        if image.media_type not in image_types:
            kinds = ", ".join(sorted(kind.removeprefix("image/").upper() for kind in image_types))
            reason = f"it reads pictures as {kinds} only, not {image.media_type}."
            raise RequestRefusedError(provider=provider, reason=reason)


def wire_parameters(
    parameters: GenerationParameters, names: Mapping[str, str], *, has_json_mode: bool = True
) -> JSONObject:
    """Return what the user set, under the server's *names*; anything without a name is left out."""
    values = parameters.model_dump(
        exclude_none=True, exclude={"response_format", "json_schema"}, exclude_defaults=True
    )
    body: JSONObject = {names[key]: value for key, value in values.items() if key in names}
    if "stop" in body:
        body["stop"] = list(body["stop"])
    if "response_format" in names and parameters.response_format is not ResponseFormat.TEXT:
        body[names["response_format"]] = _response_format(parameters, has_json_mode)
    return body


def _response_format(parameters: GenerationParameters, has_json_mode: bool) -> JSONObject:
    if parameters.response_format is ResponseFormat.JSON and has_json_mode:
        return {"type": "json_object"}
    schema = {"type": "object"}
    if parameters.response_format is ResponseFormat.JSON_SCHEMA:
        schema = parameters.json_schema or schema
    described = {"name": "answer", "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": described}


def _content(
    message: ChatMessage, provider: str, image_types: frozenset[str]
) -> str | list[JSONObject]:
    if not message.images:
        return message.text
    check_images(message, provider, image_types)
    parts: list[JSONObject] = [
        {"type": "image_url", "image_url": {"url": data_url(image.media_type, image.data)}}
        for image in message.images
    ]
    return [{"type": "text", "text": message.text}, *parts]


def _joined(first: ChatMessage, second: ChatMessage) -> ChatMessage:
    text = "\n\n".join(text for text in (first.text, second.text) if text)
    return ChatMessage(first.role, text, first.images + second.images)
