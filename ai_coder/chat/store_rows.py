"""Between rows of the chat database and values."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ai_coder.chat.conversation import (
    Attachment,
    AttachmentKind,
    Conversation,
    ConversationSettings,
    EditedPrompt,
    Failure,
    Message,
    MessageStatus,
)
from ai_coder.errors import Remedy
from ai_coder.llm.models import (
    FinishReason,
    GenerationParameters,
    Notice,
    NoticeKind,
    Role,
    Timings,
    TokenUsage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[Any, ...]

MESSAGE_COLUMNS = (
    "id, conversation_id, parent_id, role, text, created_at, status, reasoning,"
    " reasoning_seconds, model_ref, answered_by, finish_reason, first_token_seconds, seconds,"
    " parameters, notices, failure, attachments, cost, input_tokens, output_tokens,"
    " reasoning_tokens, cached_tokens, cache_write_tokens, server_prompt_per_second,"
    " server_output_per_second, server_first_token_seconds, server_load_seconds,"
    " earlier_tokens"
)
"""In the order `message_of` reads them."""

CONVERSATION_COLUMNS = (
    "id, title, created_at, updated_at, is_pinned, is_title_automatic, model_ref, draft,"
    " deleted_at, message_count, system_prompt, parameters, template, context_length, head,"
    " draft_attachments, edited_message, edited_text, edited_attachments"
)

_ROLES = {role.value: role for role in Role}
_STATUSES = {status.value: status for status in MessageStatus}
_REASONS = {reason.value: reason for reason in FinishReason}
_NO_NUMBERS = (None,) * 5


def message_of(row: Row) -> Message:
    """Read a row of `MESSAGE_COLUMNS`."""
    usage, timings = row[19:24], row[24:28]
    return Message(
        row[0],
        row[1],
        row[2],
        _ROLES[row[3]],
        row[4],
        datetime.fromtimestamp(row[5], UTC),
        _STATUSES[row[6]],
        row[7],
        row[8],
        row[9],
        row[10],
        _REASONS[row[11]] if row[11] else None,
        TokenUsage(*usage) if usage != _NO_NUMBERS else None,
        Timings(*timings) if timings != _NO_NUMBERS[:4] else None,
        row[12],
        row[13],
        parameters_of(row[14]) if row[14] else None,
        _notices_of(row[15]) if row[15] else (),
        _failure_of(row[16]) if row[16] else None,
        attachments_of(row[17]) if row[17] else (),
        row[18],
        row[28],
    )


def message_values(message: Message) -> dict[str, Any]:
    """Return what is stored of a message, by column, without its ids."""
    usage = message.usage or TokenUsage()
    timings = message.timings or Timings()
    return {
        "role": message.role.value,
        "text": message.text,
        "created_at": message.created_at.timestamp(),
        "status": message.status.value,
        "reasoning": message.reasoning,
        "reasoning_seconds": message.reasoning_seconds,
        "model_ref": message.model_ref,
        "answered_by": message.answered_by,
        "finish_reason": message.finish_reason.value if message.finish_reason else None,
        "first_token_seconds": message.first_token_seconds,
        "seconds": message.seconds,
        "parameters": parameters_json(message.parameters) if message.parameters else None,
        "notices": _notices_json(message.notices) if message.notices else None,
        "failure": _failure_json(message.failure) if message.failure else None,
        "attachments": attachments_json(message.attachments) if message.attachments else None,
        "cost": message.cost,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "server_prompt_per_second": timings.prompt_per_second,
        "server_output_per_second": timings.output_per_second,
        "server_first_token_seconds": timings.first_token_seconds,
        "server_load_seconds": timings.load_seconds,
        "earlier_tokens": message.earlier_tokens,
    }


def conversation_of(row: Row) -> Conversation:
    """Read a row of `CONVERSATION_COLUMNS`."""
    return Conversation(
        id=row[0],
        title=row[1],
        created_at=datetime.fromtimestamp(row[2], UTC),
        updated_at=datetime.fromtimestamp(row[3], UTC),
        is_pinned=bool(row[4]),
        is_title_automatic=bool(row[5]),
        model_ref=row[6],
        draft=row[7],
        deleted_at=datetime.fromtimestamp(row[8], UTC) if row[8] is not None else None,
        message_count=row[9],
        settings=ConversationSettings(row[10], parameters_of(row[11]), row[12], row[13]),
        head=row[14],
        draft_attachments=attachments_of(row[15]) if row[15] else (),
        edited=_edited_of(row[16:19]) if row[16] is not None else None,
    )


def _edited_of(row: Row) -> EditedPrompt:
    message_id, text, attachments = row
    return EditedPrompt(message_id, text or "", attachments_of(attachments) if attachments else ())


def settings_values(settings: ConversationSettings) -> dict[str, Any]:
    """Return what is stored of a conversation's settings, by column."""
    return {
        "system_prompt": settings.system_prompt,
        "parameters": parameters_json(settings.parameters),
        "template": settings.template,
        "context_length": settings.context_length,
    }


def parameters_json(parameters: GenerationParameters) -> str:
    """Return only what differs from the server's defaults."""
    return _json(parameters.model_dump(mode="json", exclude_defaults=True))


@lru_cache(maxsize=256)  # a conversation repeats one set of parameters in every answer
def parameters_of(text: str) -> GenerationParameters:
    """Read parameters."""
    known = GenerationParameters.model_fields
    values = {name: value for name, value in json.loads(text).items() if name in known}
    return GenerationParameters.model_validate(values)


def attachments_of(text: str) -> tuple[Attachment, ...]:
    """Read the attachments of a message."""
    return tuple(
        Attachment(name, AttachmentKind(kind), media_type, size, digest)
        for name, kind, media_type, size, digest in json.loads(text)
    )


def attachments_json(attachments: Sequence[Attachment]) -> str:
    """Return the attachments of a message or a draft as they are stored."""
    return _json([[a.name, a.kind, a.media_type, a.size, a.digest] for a in attachments])


def _notices_of(text: str) -> tuple[Notice, ...]:
    return tuple(
        Notice(NoticeKind(kind), tuple((name, value) for name, value in values))
        for kind, values in json.loads(text)
    )


def _notices_json(notices: Sequence[Notice]) -> str:
    return _json([[notice.kind, notice.values] for notice in notices])


def _failure_of(text: str) -> Failure:
    kind, message, hint, details, remedy, raw = json.loads(text)
    pairs = tuple((name, value) for name, value in details)
    return Failure(kind, message, hint, pairs, Remedy(remedy) if remedy else None, raw)


def _failure_json(failure: Failure) -> str:
    return _json(
        [
            failure.kind,
            failure.message,
            failure.hint,
            failure.details,
            failure.remedy,
            failure.raw,
        ]
    )


def _json(value: object) -> str:
    """Return *value* with its characters as they are, so that halves can be repaired."""
    return json.dumps(value, ensure_ascii=False)
