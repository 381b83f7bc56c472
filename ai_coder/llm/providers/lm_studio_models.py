"""LM Studio's two native lists of models, as one kind of record (lmstudio.md 3.1 and 4)."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ai_coder.llm.models import LoadedInstance, Locality, ModelConfig, ModelType
from ai_coder.llm.providers.openai_models import readable_name

_Record = TypeVar("_Record", bound=BaseModel)


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _InstanceConfig(_Lenient):
    context_length: int | None = None
    eval_batch_size: int | None = None
    flash_attention: bool | None = None
    num_experts: int | None = None
    offload_kv_cache_to_gpu: bool | None = None

    @property
    def options(self) -> dict[str, object]:
        return self.model_dump(exclude={"context_length"}, exclude_none=True)


class _Instance(_Lenient):
    id: str
    config: _InstanceConfig = Field(default_factory=_InstanceConfig)


class _Quantization(_Lenient):
    name: str | None = None
    bits_per_weight: float | None = None


class _Reasoning(_Lenient):
    allowed_options: list[str] = []
    default: str | None = None


class _Capabilities(_Lenient):
    vision: bool = False
    trained_for_tool_use: bool = False
    reasoning: _Reasoning | None = None


class _NativeModel(_Lenient):
    key: str
    type: str = "llm"
    publisher: str | None = None
    display_name: str | None = None
    architecture: str | None = None
    quantization: _Quantization | None = None
    size_bytes: int | None = None
    params_string: str | None = None
    loaded_instances: list[object] = []
    loaded_context_length: int | None = None
    max_context_length: int | None = None
    format: str | None = None
    capabilities: _Capabilities | None = None
    description: str | None = None
    selected_variant: str | None = None


class _OlderModel(_Lenient):
    """An entry of `/api/v0/models`."""

    id: str
    type: str = "llm"
    publisher: str | None = None
    arch: str | None = None
    compatibility_type: str | None = None
    quantization: str | None = None
    state: str = "not-loaded"
    max_context_length: int | None = None
    loaded_context_length: int | None = None
    capabilities: list[str] = []


def native_models(
    listing: dict[str, object], provider: str, where: Locality
) -> list[ModelConfig] | None:
    """Return the models of `GET /api/v1/models`; None when *listing* is not that."""
    entries = _entries(_NativeModel, listing.get("models"))
    return None if entries is None else [_from_native(each, provider, where) for each in entries]


def older_models(
    listing: dict[str, object], provider: str, where: Locality
) -> list[ModelConfig] | None:
    """Return the models of `GET /api/v0/models`; None when *listing* is not that."""
    entries = _entries(_OlderModel, listing.get("data"))
    return None if entries is None else [_from_older(each, provider, where) for each in entries]


def _from_native(entry: _NativeModel, provider: str, where: Locality) -> ModelConfig:
    is_embedding = entry.type.startswith("embedding")
    can = entry.capabilities or _Capabilities()
    reasoning = can.reasoning or _Reasoning()
    abilities = {
        "vision": can.vision,
        "tools": can.trained_for_tool_use,
        "reasoning": bool(reasoning.allowed_options),
    }
    name = entry.display_name or entry.key
    return ModelConfig(
        name=entry.key,
        provider=provider,
        model_type=ModelType.EMBEDDING if is_embedding else ModelType.CHAT,
        capabilities=_capabilities(is_embedding, abilities),
        context_length=entry.max_context_length or None,
        publisher=entry.publisher,
        architecture=entry.architecture,
        quantization=entry.quantization.name if entry.quantization else None,
        parameters=entry.params_string,
        size_bytes=entry.size_bytes,
        reasoning_options=tuple(reasoning.allowed_options),
        locality=where,
        instances=_instances(entry),
        metadata={
            **_metadata(readable_name(entry.key) if name == entry.key else name, where),
            "format": entry.format,
            "description": entry.description,
            "variant": entry.selected_variant,
            "reasoning_default": reasoning.default,
        },
    )


def _from_older(entry: _OlderModel, provider: str, where: Locality) -> ModelConfig:
    is_embedding = entry.type.startswith("embedding")
    abilities = {
        "vision": entry.type == "vlm" or "vision" in entry.capabilities,
        "tools": "tool_use" in entry.capabilities,
    }
    loaded = LoadedInstance(id=entry.id, context_length=entry.loaded_context_length)
    return ModelConfig(
        name=entry.id,
        provider=provider,
        model_type=ModelType.EMBEDDING if is_embedding else ModelType.CHAT,
        capabilities=_capabilities(is_embedding, abilities),
        context_length=entry.max_context_length or None,
        publisher=entry.publisher,
        architecture=entry.arch,
        quantization=entry.quantization,
        locality=where,
        instances=(loaded,) if entry.state == "loaded" else (),
        is_loading=entry.state == "loading",
        metadata={**_metadata(readable_name(entry.id), where), "format": entry.compatibility_type},
    )


def _instances(entry: _NativeModel) -> tuple[LoadedInstance, ...]:
    found = _entries(_Instance, entry.loaded_instances) or []
    if not found and entry.loaded_context_length:
        return (LoadedInstance(id=entry.key, context_length=entry.loaded_context_length),)
    return tuple(
        LoadedInstance(
            id=each.id, context_length=each.config.context_length, options=each.config.options
        )
        for each in found
    )


def _capabilities(is_embedding: bool, abilities: dict[str, bool]) -> tuple[str, ...]:
    if is_embedding:
        return ("embedding",)
    has = tuple(name for name, is_there in abilities.items() if is_there)
    return ("chat", "completion", "json_schema", *has)


def _metadata(display_name: str, where: Locality) -> dict[str, object]:
    is_ours = where is not Locality.CLOUD
    return {"display_name": display_name, "source": "lm_studio", "local": is_ours}


def _entries(kind: type[_Record], data: object) -> list[_Record] | None:
    """Return what can be read of a list; some builds put other things in it."""
    if not isinstance(data, list):
        return None
    entries = []
    for each in data:
        try:
            entries.append(kind.model_validate(each))
        except ValidationError:
            continue
    return entries
