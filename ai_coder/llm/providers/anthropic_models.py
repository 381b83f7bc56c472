"""Anthropic's list of models, the one that tells most (cloud.md 2)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ai_coder.llm.models import JSONObject, Locality, ModelConfig

_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_KINDS_OF_THINKING = ("adaptive", "enabled", "disabled")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    display_name: str | None = None
    lifecycle: str = "active"
    retires_at: str | None = None
    line: str | None = None
    max_input_tokens: int | None = None
    max_tokens: int | None = None
    capabilities: JSONObject | None = Field(default=None)


def claude_models(entries: list[object], *, provider: str) -> list[ModelConfig]:
    """Return the models that can still be asked, in the order of the list."""
    models = []
    for entry in entries:
        try:
            read = _Entry.model_validate(entry)
        except ValidationError:
            continue
        if read.lifecycle != "retired":
            models.append(_model(read, provider))
    return models


def _model(entry: _Entry, provider: str) -> ModelConfig:
    told = entry.capabilities or {}
    names = ["chat", "tools"]
    names += ["vision"] if _can(told, "image_input") else []
    names += ["reasoning"] if _can(told, "thinking") else []
    names += ["json_schema"] if _can(told, "structured_outputs") else []
    accepted = {"max_tokens", "stop", "reasoning_effort", "response_format"}
    accepted -= set() if _can(told, "structured_outputs") else {"response_format"}
    efforts = _efforts(told)
    metadata: JSONObject = {
        "display_name": entry.display_name or entry.id,
        "source": "anthropic",
        "local": False,
        "lifecycle": entry.lifecycle,
        "max_output_tokens": entry.max_tokens,
        "thinking": _kinds_of_thinking(told),
        "effort": bool(_can(told, "effort")),
        "accepted_parameters": sorted(accepted if efforts else accepted - {"reasoning_effort"}),
    }
    if entry.retires_at:
        metadata["retires_at"] = entry.retires_at
    return ModelConfig(
        name=entry.id,
        provider=provider,
        capabilities=tuple(names),
        context_length=entry.max_input_tokens or None,
        reasoning_options=efforts,
        publisher="Anthropic",
        architecture=entry.line,
        locality=Locality.CLOUD,
        metadata=metadata,
    )


def _can(told: object, name: str) -> bool:
    support = told.get(name) if isinstance(told, dict) else None
    return isinstance(support, dict) and support.get("supported") is True


def _efforts(told: JSONObject) -> tuple[str, ...]:
    off = ("none",) if "disabled" in _kinds_of_thinking(told) and _can(told, "thinking") else ()
    if _can(told, "effort"):
        return (*off, *(level for level in _EFFORTS if _can(told["effort"], level)))
    if "enabled" in _kinds_of_thinking(told):
        return (*off, "low", "medium", "high")
    return ()


def _kinds_of_thinking(told: JSONObject) -> list[str]:
    thinking = told.get("thinking")
    types = thinking.get("types") if isinstance(thinking, dict) else None
    return [kind for kind in _KINDS_OF_THINKING if _can(types, kind)]
