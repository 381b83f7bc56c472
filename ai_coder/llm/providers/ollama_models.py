"""Ollama's models: what `/api/tags`, `/api/show` and `/api/ps` say, put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from ai_coder.llm.models import LoadedInstance, Locality, ModelConfig, ModelType

if TYPE_CHECKING:
    from collections.abc import Mapping

_CAPABILITIES = {
    "completion": ("chat", "completion", "json_schema"),
    "insert": ("insert",),
    "tools": ("tools",),
    "vision": ("vision",),
    "thinking": ("reasoning",),
    "embedding": ("embedding",),
}
CLOUD_HOST = "ollama.com"
_LEVELS_ONLY = ("gptoss", "gpt-oss")
"""Families that think in levels and cannot be told not to (ollama.md §4)."""


class _Details(BaseModel):
    format: str | None = None
    family: str | None = None
    parameter_size: str | None = None
    quantization_level: str | None = None
    context_length: int | None = None


class Tag(BaseModel):
    """One model of `/api/tags`."""

    name: str
    size: int | None = None
    digest: str = ""
    details: _Details = Field(default_factory=_Details)
    capabilities: list[str] | None = None
    remote_host: str | None = None
    remote_model: str | None = None


class _Tags(BaseModel):
    models: list[Tag]


class _Running(BaseModel):
    name: str
    size: int | None = None
    size_vram: int | None = None
    expires_at: str | None = None
    context_length: int | None = None


class _RunningList(BaseModel):
    models: list[_Running]


class _Show(BaseModel):
    capabilities: list[str] | None = None
    model_info: dict[str, Any] = Field(default_factory=dict)
    details: _Details = Field(default_factory=_Details)
    remote_host: str | None = None
    parameters: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What `/api/show` adds; it is right where `/api/tags` disagrees (ollama.md rule 9)."""

    capabilities: tuple[str, ...] | None = None
    context_length: int | None = None
    architecture: str | None = None
    is_remote: bool = False
    header: Mapping[str, Any] = field(default_factory=dict)
    """The numbers of the model's file from which its memory can be estimated."""

    @property
    def thinks(self) -> bool:
        """Whether it may think; true also when nobody said."""
        return self.capabilities is None or "thinking" in self.capabilities

    @property
    def fills_in(self) -> bool:
        """Whether it can write between a prefix and a suffix; true also when nobody said."""
        return self.capabilities is None or "insert" in self.capabilities


def read_tags(content: bytes) -> list[Tag]:
    """Return the models on disk; raises `ValueError` when this is not Ollama's list."""
    return _Tags.model_validate_json(content).models


def read_running(content: bytes) -> dict[str, LoadedInstance]:
    """Return the models in memory by name; raises `ValueError`."""
    return {
        model.name: LoadedInstance(
            id=model.name,
            context_length=model.context_length or None,
            memory_bytes=model.size,
            gpu_bytes=model.size_vram,
            expires_at=model.expires_at,
        )
        for model in _RunningList.model_validate_json(content).models
    }


def read_show(content: bytes) -> Shown:
    """Return what matters of `/api/show`; raises `ValueError`."""
    show = _Show.model_validate_json(content)
    architecture = show.model_info.get("general.architecture")
    trained = show.model_info.get(f"{architecture}.context_length")
    return Shown(
        capabilities=tuple(show.capabilities) if show.capabilities is not None else None,
        context_length=trained if isinstance(trained, int) and trained > 0 else None,
        architecture=architecture if isinstance(architecture, str) else None,
        is_remote=bool(show.remote_host),
        header=_numbers_of(show.model_info),
    )


def full_name(name: str) -> str:
    """Return *name* with its tag spelled out, as the lists of Ollama do."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def is_cloud_name(name: str) -> bool:
    """Tell whether *name* stands for a model that ollama.com runs (ollama.md §9)."""
    return full_name(name).rpartition(":")[2].endswith("cloud")


def model_config(
    tag: Tag,
    shown: Shown | None,
    running: LoadedInstance | None,
    *,
    provider: str,
    locality: Locality,
    is_loading: bool = False,
) -> ModelConfig:
    """Return everything the three answers say about one model."""
    said = shown.capabilities if shown and shown.capabilities is not None else tag.capabilities
    is_remote = bool(
        tag.remote_host or tag.remote_model or (shown and shown.is_remote)
    ) or is_cloud_name(tag.name)
    model_type = ModelType.CHAT
    if said and "completion" not in said and "embedding" in said:
        model_type = ModelType.EMBEDDING
    capabilities = _mapped(said) if said is not None else ("chat", "completion", "json_schema")
    details = tag.details
    return ModelConfig(
        name=tag.name,
        provider=provider,
        model_type=model_type,
        context_length=(shown and shown.context_length) or details.context_length or None,
        capabilities=capabilities,
        metadata={
            "display_name": tag.name.removesuffix(":latest"),
            "source": CLOUD_HOST if is_remote else "ollama",
            "local": not is_remote,
            **({"format": details.format} if details.format else {}),
            **({"header": dict(shown.header)} if shown and shown.header else {}),
        },
        publisher=_publisher(tag.name),
        architecture=(shown and shown.architecture) or details.family or None,
        quantization=_unless_unknown(details.quantization_level),
        parameters=_unless_unknown(details.parameter_size),
        size_bytes=None if is_remote else tag.size,
        reasoning_options=_reasoning_options(capabilities, details.family),
        locality=Locality.CLOUD if is_remote else locality,
        runs_at=CLOUD_HOST if is_remote else None,
        instances=(running,) if running else (),
        is_loading=is_loading and running is None,
        digest=tag.digest or None,
    )


def _numbers_of(model_info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the architecture and its numbers, None for lists that were left out of the answer."""
    architecture = model_info.get("general.architecture")
    if not isinstance(architecture, str):
        return {}
    kept = {
        key: value
        for key, value in model_info.items()
        if key.startswith(f"{architecture}.") and isinstance(value, int | float | list | None)
    }
    return {"general.architecture": architecture, **kept} if kept else {}


def _mapped(said: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    names = [name for word in said for name in _CAPABILITIES.get(word, (word,))]
    order = ["chat", "completion", "insert", "tools", "vision", "reasoning", "embedding"]
    rest = sorted(set(names) - set(order))
    return tuple([name for name in order if name in names] + rest)


def _reasoning_options(capabilities: tuple[str, ...], family: str | None) -> tuple[str, ...]:
    if "reasoning" not in capabilities:
        return ()
    return ("low", "medium", "high") if family in _LEVELS_ONLY else ("off", "on")


def _publisher(name: str) -> str | None:
    """Return who made it, where the name says so: `hf.co/user/repo:tag`, `user/model`."""
    parts = name.split("/")
    return parts[-2] if len(parts) > 1 else None


def _unless_unknown(text: str | None) -> str | None:
    return None if not text or text == "unknown" else text
