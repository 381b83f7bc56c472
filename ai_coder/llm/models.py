"""The vocabulary of talking to models: providers, models, messages, requests and stream events.

Providers from outside import all of it from here; the events are written down in `events.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ai_coder.errors import SettingsError
from ai_coder.llm.events import (
    Finished,
    FinishReason,
    ModelAnswered,
    Notice,
    NoticeKind,
    Phase,
    PhaseChanged,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    Timings,
    TokenUsage,
)
from ai_coder.llm.headers import check_header

__all__ = [
    "ChatMessage",
    "ChatRequest",
    "CompletionRequest",
    "FinishReason",
    "Finished",
    "GenerationParameters",
    "Image",
    "JSONObject",
    "LoadedInstance",
    "Locality",
    "ModelAnswered",
    "ModelConfig",
    "ModelType",
    "Notice",
    "NoticeKind",
    "Phase",
    "PhaseChanged",
    "ProviderConfig",
    "ProviderType",
    "ReasoningDelta",
    "ResponseFormat",
    "Role",
    "StreamEvent",
    "TextDelta",
    "Timings",
    "TokenUsage",
]

JSONObject: TypeAlias = dict[str, Any]


class ProviderType(StrEnum):
    """The kinds of provider; `claude` and `google` are accepted spellings of two of them."""

    OPENAI = "openai"
    GOOGLE_GEMINI = "google_gemini"
    GOOGLE = GOOGLE_GEMINI
    ANTHROPIC = "anthropic"
    CLAUDE = ANTHROPIC
    OLLAMA = "ollama"
    LM_STUDIO = "lm_studio"
    LLAMA_CPP = "llama_cpp"
    OPENAI_COMPATIBLE = "openai_compatible"

    @classmethod
    def _missing_(cls, value: object) -> ProviderType | None:
        return {"claude": cls.ANTHROPIC, "google": cls.GOOGLE_GEMINI}.get(str(value).lower())


class ModelType(StrEnum):
    """What a model is made for."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"


class Locality(StrEnum):
    """Where the words go: this computer, a computer in the local network, or a company's."""

    LOCAL = "local"
    LAN = "lan"
    CLOUD = "cloud"


class ProviderConfig(BaseModel):
    """How one server is reached; the key in `provider_configurations` is its provider id."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    type: str | None = None
    """The kind of server; none means that the provider id itself names the kind."""

    name: str | None = None
    """What the user calls it; none means the provider's own name."""

    is_enabled: bool = True
    """Whether this server is asked for models."""

    priority: int = Field(default=5, ge=0, le=100)
    """Which server is tried first when another is down. Lower numbers come first, among servers
    that are equally near."""

    timeout: float = Field(default=60, gt=0, le=3600)
    """Seconds to wait for a connection, and for a sign of life from a server that is not working
    on the request. Reading a long prompt or loading a model is never cut off by it."""

    max_retries: int = Field(default=2, ge=0, le=10)
    """How often a request is repeated, before the first word only."""

    base_url: str | None = None
    """The server's address; none means the usual one."""

    headers: dict[str, str] = Field(default_factory=dict)
    """Extra HTTP headers for servers behind a gateway. Tokens do not belong here."""

    @field_validator("headers")
    @classmethod
    def _can_be_sent(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            try:
                check_header(name, value)
            except SettingsError as error:
                raise ValueError(error.details["reason"]) from error
        return headers


class LoadedInstance(BaseModel):
    """A model that a server holds in memory; `context_length` is the window it really serves."""

    model_config = ConfigDict(frozen=True)

    id: str
    context_length: int | None = None
    memory_bytes: int | None = None
    gpu_bytes: int | None = None
    expires_at: str | None = None
    options: JSONObject = Field(default_factory=dict)
    """What it was loaded with besides, by the names of the provider's `load_options`."""

    @property
    def idle_until(self) -> datetime | None:
        """When the server unloads it unless it is asked; None where that is not told."""
        try:
            end = datetime.fromisoformat(self.expires_at or "")
        except ValueError:
            return None
        return end if end.tzinfo else end.replace(tzinfo=UTC)


class ModelConfig(BaseModel):
    """One model of one provider; what a server does not say is None, never a guess."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    """The id that requests carry."""

    provider: str
    """The provider id."""

    model_type: ModelType = ModelType.CHAT
    max_tokens: int | None = Field(default=None, gt=0)
    """The longest answer to ask for; none leaves it to the server."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    is_default: bool = False
    is_enabled: bool = True
    cost_per_1k_tokens: float | None = Field(default=None, ge=0)
    context_length: int | None = Field(default=None, gt=0)
    """The model's own maximum; what is served stands in `instances`."""

    capabilities: tuple[str, ...] = ("chat", "completion")
    """Of: chat, completion, insert, tools, vision, reasoning, embedding, json_schema."""

    metadata: JSONObject = Field(default_factory=dict)
    """`display_name`, `source`, `local` and whatever else the server tells."""

    publisher: str | None = None
    architecture: str | None = None
    quantization: str | None = None
    parameters: str | None = None
    """Display text such as 7B or 26B-A4B."""

    size_bytes: int | None = None
    reasoning_options: tuple[str, ...] = ()
    locality: Locality = Locality.LOCAL
    runs_at: str | None = None
    """The host that answers where the provider's server only passes questions on."""

    instances: tuple[LoadedInstance, ...] = ()
    is_loading: bool = False
    digest: str | None = None

    @property
    def ref(self) -> str:
        """`<provider id>/<model id>`, the model's name across providers."""
        return f"{self.provider}/{self.name}"

    @property
    def display_name(self) -> str:
        """What people call it."""
        return str(self.metadata.get("display_name") or self.name)

    @property
    def is_loaded(self) -> bool:
        """Whether a server holds it in memory now."""
        return bool(self.instances)

    @property
    def served_context(self) -> int | None:
        """The window served now: the smallest of its instances (lmstudio.md Q24)."""
        windows = [i.context_length for i in self.instances if i.context_length]
        return min(windows) if windows else None

    @property
    def window_now(self) -> int | None:
        """The window that answers now: what is served, or all that a company offers."""
        return self.served_context or (
            self.context_length if self.locality is Locality.CLOUD else None
        )


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in a prompt: `media_type` such as image/png, `data` the encoded bytes."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation as sent to a model."""

    role: Role
    text: str
    images: tuple[Image, ...] = ()
    reasoning: str = ""
    """What the model thought; only sent back where a provider requires it."""


class ResponseFormat(StrEnum):
    """Whether the answer is free text, any JSON, or JSON of a schema."""

    TEXT = "text"
    JSON = "json"
    JSON_SCHEMA = "json_schema"


class GenerationParameters(BaseModel):
    """How a reply is generated; None is the server's default, never a number of ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    repeat_penalty: float | None = Field(default=None, ge=0, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    seed: int | None = None
    max_tokens: int | None = Field(default=None, gt=0)
    stop: tuple[str, ...] = ()
    reasoning_effort: str | None = None
    """Of the model's `reasoning_options`."""

    response_format: ResponseFormat = ResponseFormat.TEXT
    json_schema: JSONObject | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked of a model; `model` is the model id without the provider."""

    model: str
    messages: tuple[ChatMessage, ...]
    parameters: GenerationParameters = field(default_factory=GenerationParameters)
    context_length: int | None = None
    """The window wanted, for servers that take it with the request (Ollama)."""


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """Plain text to continue, or to fill in when `suffix` is not empty."""

    model: str
    prompt: str
    suffix: str = ""
    parameters: GenerationParameters = field(default_factory=GenerationParameters)
    context_length: int | None = None


def provider_of(ref: str) -> str:
    """Return the provider id of a `ModelConfig.ref`."""
    return ref.partition("/")[0]
