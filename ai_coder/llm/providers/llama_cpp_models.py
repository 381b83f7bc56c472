"""Model files as models of the built-in engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_coder.llm.models import LoadedInstance, ModelConfig, ModelType

if TYPE_CHECKING:
    from ai_coder.llm.gguf import GGUFModel
    from ai_coder.llm.model_files import ModelFile

GUIDE_NAME = "Built-in guide"
_GUIDE_WINDOW = 2048
_USUAL_WINDOW = 8192
_WINDOW_STEP = 256
"""llama.cpp rounds windows up to this."""


def window_for(file: ModelFile, wanted: int | None) -> int:
    """Return the context window to load *file* with: what the user wants, within its maximum."""
    maximum = file.model.shape.context_length if file.model else None
    window = wanted or (_GUIDE_WINDOW if file.is_guide else _USUAL_WINDOW)
    window = min(window, maximum) if maximum else window
    return -(-window // _WINDOW_STEP) * _WINDOW_STEP


def config_of_file(file: ModelFile, provider: str, *, served: int | None) -> ModelConfig:
    """Return *file* as a model; *served* is its window while it is in memory."""
    metadata: dict[str, Any] = {
        "display_name": GUIDE_NAME if file.is_guide else file.title,
        "source": "llama_cpp",
        "local": True,
        "path": str(file.path),
    }
    if file.model is None:
        metadata["problem"] = file.problem.details["reason"] if file.problem else ""
        return ModelConfig(
            name=file.id, provider=provider, is_enabled=False, capabilities=(), metadata=metadata
        )
    if file.is_guide:
        metadata["help_only"] = True
    model = file.model
    return ModelConfig(
        name=file.id,
        provider=provider,
        model_type=ModelType.EMBEDDING if model.is_embedding else ModelType.CHAT,
        context_length=model.shape.context_length,
        capabilities=("chat",) if file.is_guide else _capabilities(model),
        metadata=metadata,
        publisher=file.publisher,
        architecture=model.architecture,
        quantization=model.quantization,
        parameters=parameters_text(model.parameters),
        size_bytes=model.size,
        instances=(LoadedInstance(id=file.id, context_length=served),) if served else (),
    )


def parameters_text(count: int) -> str | None:
    """Return a number of weights as people write it: 7.6B, 494M, 800K."""
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if count >= size:
            text = f"{count / size:.1f}".removesuffix(".0")
            return (text if count < 100 * size else f"{count / size:.0f}") + letter
    return None


def _capabilities(model: GGUFModel) -> tuple[str, ...]:
    if model.is_embedding:
        return ("embedding",)
    known = {
        "insert": model.has_infill,
        "tools": model.has_tools,
        "reasoning": model.has_reasoning,
    }
    extra = tuple(name for name, has in known.items() if has)
    return ("chat", "completion", "json_schema", *extra)
