"""Chats from the conversation files of LM Studio (`*.conversation.json`).

The format is not documented. Each message has `versions`, of which one is `currentlySelected`;
a version is a `singleStep` with its content or a `multiStep` with blocks, some of them styled as
thinking. Files of 0.2 have plain `role` and `content`. What is not known is passed over.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import AliasChoices, ConfigDict, Field, ValidationError, field_validator

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.chat_file_errors import DamagedChatFileError
from ai_coder.chat.conversation import (
    Conversation,
    ConversationSettings,
    Message,
    MessageStatus,
)
from ai_coder.chat.foreign_record import ForeignRecord, time_of
from ai_coder.llm.models import FinishReason, Role, Timings, TokenUsage

_WORDS = "contentBlock"


class _Stats(ForeignRecord):
    stop_reason: str | None = Field(None, alias="stopReason")
    tokens_per_second: float | None = Field(None, alias="tokensPerSecond")
    first_token_seconds: float | None = Field(None, alias="timeToFirstTokenSec")
    input_tokens: int | None = Field(None, alias="promptTokensCount")
    output_tokens: int | None = Field(None, alias="predictedTokensCount")


class _Generation(ForeignRecord):
    model: str | None = Field(
        None, validation_alias=AliasChoices("indexedModelIdentifier", "identifier")
    )
    stats: _Stats | None = None


class _Style(ForeignRecord):
    type: str | None = None


class _Step(ForeignRecord):
    needed = frozenset({"content"})

    content: list[dict[str, Any]] | str | None = None
    style: _Style | None = None
    generation: _Generation | None = Field(None, alias="genInfo")


class _Version(ForeignRecord):
    needed: ClassVar[frozenset[str]] = frozenset({"content", "steps", "versions"})

    role: str | None = None
    content: list[dict[str, Any]] | str | None = None
    steps: list[_Step] = Field(default_factory=list)

    @field_validator("steps", mode="before")
    @classmethod
    def _with_words(cls, steps: object) -> object:
        """Leave out the steps without words, which look in many ways."""
        if not isinstance(steps, list):
            return steps
        return [step for step in steps if isinstance(step, dict) and step.get("type") == _WORDS]


class _Message(_Version):
    versions: list[_Version] = Field(default_factory=list)
    selected: int = Field(0, alias="currentlySelected")


class _ConfigField(ForeignRecord):
    key: str = ""
    value: Any = None


class _Config(ForeignRecord):
    fields: list[_ConfigField] = Field(default_factory=list)


class _Conversation(ForeignRecord):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    name: str | None = None
    pinned: bool = False
    created_at: float | None = Field(None, alias="createdAt")
    updated_at: float | None = Field(
        None, validation_alias=AliasChoices("assistantLastMessagedAt", "userLastMessagedAt")
    )
    system_prompt: str | None = Field(None, alias="systemPrompt")
    config: _Config | None = Field(None, alias="perChatPredictionConfig")
    messages: list[_Message]


_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
_REASONS = {
    "eosFound": FinishReason.STOP,
    "stopStringFound": FinishReason.STOP,
    "maxPredictedTokensReached": FinishReason.LENGTH,
    "contextLengthReached": FinishReason.LENGTH,
    "toolCalls": FinishReason.TOOL_CALLS,
}


def is_lm_studio(document: object) -> bool:
    """Whether a JSON document looks like a conversation of LM Studio."""
    if not isinstance(document, dict) or not isinstance(document.get("messages"), list):
        return False
    messages = document["messages"]
    return all(isinstance(m, dict) and ("versions" in m or "role" in m) for m in messages)


def from_lm_studio(name: str, document: object) -> list[ArchivedConversation]:
    """Read a conversation; *name* stands in the errors."""
    try:
        source = _Conversation.model_validate(document)
    except ValidationError as error:
        raise DamagedChatFileError(name=name, raw=str(error)) from error
    began = _time(source.created_at, datetime.now(UTC))
    messages: list[Message] = []
    system_prompt = _system_prompt(source)
    head: int | None = None
    for entry in source.messages:
        versions = entry.versions or [entry]
        chosen = min(max(entry.selected, 0), len(versions) - 1)
        parent, next_head = head, head
        for index, version in enumerate(versions):
            if version.role == "system" and not system_prompt:
                system_prompt = _text(version.content)
            message = _message(len(messages) + 1, parent, version, began)
            if message is None:
                continue
            messages.append(message)
            if index == chosen or next_head == parent:
                next_head = message.id
        head = next_head
    conversation = Conversation(
        0,
        (source.name or "").strip(),
        began,
        _time(source.updated_at, began),
        is_pinned=source.pinned,
        is_title_automatic=not source.name,
        settings=ConversationSettings(system_prompt),
        head=head,
    )
    return [ArchivedConversation(conversation, tuple(messages))] if messages else []


def _message(number: int, parent: int | None, source: _Version, at: datetime) -> Message | None:
    """Return one version of a message; None for roles and versions without words."""
    role = _ROLES.get(source.role or "")
    blocks = source.steps
    thoughts = [b for b in blocks if b.style is not None and b.style.type == "thinking"]
    words = [_text(b.content) for b in blocks if b not in thoughts] or [_text(source.content)]
    text = "\n\n".join(word for word in words if word)
    reasoning = "\n\n".join(_text(block.content) for block in thoughts)
    if role is None or not (text or reasoning):
        return None
    generation = next((b.generation for b in reversed(blocks) if b.generation), None)
    stats = generation.stats if generation else None
    reason = _REASONS.get(stats.stop_reason or "") if stats else None
    was_stopped = stats is not None and stats.stop_reason == "userStopped"
    return Message(
        number,
        0,
        parent,
        role,
        text,
        at,
        MessageStatus.STOPPED if was_stopped else MessageStatus.COMPLETE,
        reasoning=reasoning,
        model_ref=f"lm_studio/{generation.model}" if generation and generation.model else None,
        finish_reason=reason,
        usage=TokenUsage(stats.input_tokens, stats.output_tokens) if stats else None,
        timings=Timings(None, stats.tokens_per_second, stats.first_token_seconds)
        if stats
        else None,
    )


def _text(content: list[dict[str, Any]] | str | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    pieces = []
    for part in content:
        if part.get("type") == "text" and isinstance(part.get("text"), str):
            pieces.append(part["text"])
        elif part.get("type") == "file":
            pieces.append(f"[File that was not imported: {part.get('fileIdentifier', '?')}]")
    return "\n".join(pieces)


def _system_prompt(source: _Conversation) -> str:
    for field in source.config.fields if source.config else []:
        if field.key == "llm.prediction.systemPrompt" and isinstance(field.value, str):
            return field.value or source.system_prompt or ""
    return source.system_prompt or ""


def _time(milliseconds: float | None, otherwise: datetime) -> datetime:
    return time_of(None if milliseconds is None else milliseconds / 1000, otherwise)
