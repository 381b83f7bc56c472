"""`GET /v1/models` as many servers answer it, and how model ids read."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from ai_coder.llm.models import LoadedInstance, Locality, ModelConfig, ModelType

_EMBEDDING_SIGNS = ("text-embedding", "embed", "rerank", "bge-", "e5-")
_LOCAL_PREFIX = "local-"


class _Meta(BaseModel):
    """What llama.cpp adds (llama_cpp.md)."""

    n_ctx: int | None = None
    n_ctx_train: int | None = None
    size: int | None = None


class OpenAIModelEntry(BaseModel):
    """One entry of the list; only the id is common to all servers."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())

    id: str
    owned_by: str | None = None
    max_model_len: int | None = None
    """The window that vLLM serves."""

    meta: _Meta | None = None


def readable_name(model: str) -> str:
    """Return *model* for people: `local-foo-bar` reads Foo Bar, as the specification says."""
    if model.startswith(_LOCAL_PREFIX) and model != _LOCAL_PREFIX:
        return model.removeprefix(_LOCAL_PREFIX).replace("-", " ").title()
    return model


def is_embedding_name(model: str) -> bool:
    """Whether the id alone says that the model cannot chat (lmstudio.md Q25)."""
    name = model.rpartition("/")[2].lower()
    return any(name.startswith(s) or f"-{s}" in name for s in _EMBEDDING_SIGNS)


def is_same_model(asked: str, answered: str) -> bool:
    """Whether *answered* is *asked*, its variant (`@q4_k_m`) or an instance of it (`:2`)."""
    return _base_name(asked) == _base_name(answered)


def entries_of(listing: object) -> list[OpenAIModelEntry] | None:
    """Return the readable entries of a list; None when it is not one."""
    data = listing.get("data") if isinstance(listing, dict) else None
    if not isinstance(data, list):
        return None
    entries = []
    for each in data:
        try:
            entries.append(OpenAIModelEntry.model_validate(each))
        except ValidationError:
            continue
    return entries


def config_of(
    entry: OpenAIModelEntry, *, provider: str, source: str, where: Locality
) -> ModelConfig:
    """Return *entry* as a model of *provider*."""
    is_embedding = is_embedding_name(entry.id)
    meta = entry.meta or _Meta()
    served = meta.n_ctx or entry.max_model_len
    instances = (LoadedInstance(id=entry.id, context_length=served),) if served else ()
    return ModelConfig(
        name=entry.id,
        provider=provider,
        model_type=ModelType.EMBEDDING if is_embedding else ModelType.CHAT,
        capabilities=("embedding",) if is_embedding else ("chat", "completion"),
        context_length=meta.n_ctx_train or entry.max_model_len,
        size_bytes=meta.size,
        locality=where,
        instances=instances,
        metadata={
            "display_name": readable_name(entry.id),
            "source": source,
            "local": where is not Locality.CLOUD,
        },
    )


def _base_name(model: str) -> str:
    name = model.partition("@")[0]
    stem, colon, number = name.rpartition(":")
    return (stem if colon and number.isdigit() else name).casefold()
