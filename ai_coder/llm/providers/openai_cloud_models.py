"""OpenAI's list of models: only ids and dates, so the ids must tell who can chat (cloud.md 1)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from ai_coder.llm.models import Locality, ModelConfig
from ai_coder.llm.providers.openai_responses import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Callable

_CHAT_PREFIXES = ("gpt-", "chatgpt-", "o1", "o3", "o4", "codex-", "ft:")
_OTHER_JOBS = ("audio", "realtime", "transcribe", "tts", "image", "embed", "moderation", "instruct")
_REASONING_PREFIXES = ("o1", "o3", "o4", "gpt-5", "gpt-6", "codex-")
_NOT_REASONING = ("gpt-5-chat",)
_WITHOUT_SIGHT = ("gpt-3.5", "gpt-4-0", "o1-mini", "o1-preview", "o3-mini")
_EFFORTS = ("low", "medium", "high")
"""What every reasoning model takes; some know more."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    created: int | None = None
    shutdown_date: str | int | None = None


def can_chat(model: str) -> bool:
    """Whether the id is that of a chat model; the list holds every other kind as well."""
    name = model.lower()
    return name.startswith(_CHAT_PREFIXES) and not any(word in name for word in _OTHER_JOBS)


def is_reasoning(model: str) -> bool:
    """Whether the id is that of a model that thinks first."""
    name = model.lower().removeprefix("ft:")
    return name.startswith(_REASONING_PREFIXES) and not name.startswith(_NOT_REASONING)


def chat_models(
    entries: list[object], *, provider: str, window: Callable[[str], int | None]
) -> list[ModelConfig]:
    """Return the models that can chat and still exist; *window* knows the context of some."""
    models = []
    for entry in entries:
        try:
            read = _Entry.model_validate(entry)
        except ValidationError:
            continue
        ends = _day(read.shutdown_date)
        if can_chat(read.id) and (ends is None or ends > datetime.now(UTC).date()):
            models.append(_model(read, provider, window(read.id), ends))
    return sorted(models, key=lambda model: model.name)


def _model(entry: _Entry, provider: str, window: int | None, ends: date | None) -> ModelConfig:
    thinks = is_reasoning(entry.id)
    sees = not entry.id.startswith(_WITHOUT_SIGHT) and entry.id != "gpt-4"
    capabilities = ["chat", "tools", "json_schema"]
    capabilities += ["vision"] if sees else []
    capabilities += ["reasoning"] if thinks else []
    metadata = {"display_name": entry.id, "source": "openai", "local": False}
    if thinks:
        metadata["accepted_parameters"] = sorted(ACCEPTED)
    if ends is not None:
        metadata |= {"lifecycle": "deprecated", "retires_at": ends.isoformat()}
    return ModelConfig(
        name=entry.id,
        provider=provider,
        capabilities=tuple(capabilities),
        context_length=window,
        reasoning_options=_EFFORTS if thinks else (),
        publisher="OpenAI",
        locality=Locality.CLOUD,
        metadata=metadata,
    )


def _day(value: str | int | None) -> date | None:
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value, UTC).date()
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None
