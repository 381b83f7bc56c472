"""Google's list of models (cloud.md 3)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ai_coder.llm.models import JSONObject, Locality, ModelConfig

_OTHER_JOBS = ("embedding", "-tts", "-image", "-audio", "-live", "aqa", "imagen", "veo")
_EFFORTS = ("low", "medium", "high")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    name: str
    display_name: str | None = Field(default=None, alias="displayName")
    input_limit: int | None = Field(default=None, alias="inputTokenLimit")
    output_limit: int | None = Field(default=None, alias="outputTokenLimit")
    methods: tuple[str, ...] = Field(default=(), alias="supportedGenerationMethods")
    thinking: bool = False


def gemini_models(entries: list[object], *, provider: str) -> list[ModelConfig]:
    """Return the models that generate text, in the order of the list."""
    models = []
    for entry in entries:
        try:
            read = _Entry.model_validate(entry)
        except ValidationError:
            continue
        is_other = any(word in read.name for word in _OTHER_JOBS)
        if "generateContent" in read.methods and not is_other:
            models.append(_model(read, provider))
    return models


def _model(entry: _Entry, provider: str) -> ModelConfig:
    name = entry.name.removeprefix("models/")
    is_gemini = name.startswith("gemini")
    capabilities = ["chat"]
    capabilities += ["vision", "tools", "json_schema"] if is_gemini else []
    capabilities += ["reasoning"] if entry.thinking else []
    metadata: JSONObject = {
        "display_name": entry.display_name or name,
        "source": "google_gemini",
        "local": False,
        "max_output_tokens": entry.output_limit,
    }
    return ModelConfig(
        name=name,
        provider=provider,
        capabilities=tuple(capabilities),
        context_length=entry.input_limit or None,
        reasoning_options=_EFFORTS if entry.thinking else (),
        publisher="Google",
        locality=Locality.CLOUD,
        metadata=metadata,
    )
