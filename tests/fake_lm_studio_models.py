"""The models of the fake LM Studio and how its three routes list them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass
class Instance:
    """A model in memory."""

    id: str
    context_length: int
    is_jit: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    """What it was loaded with besides the window, where that is not the default."""


@dataclass
class LMModel:
    """A model on the disk of the fake LM Studio."""

    key: str
    display_name: str = ""
    type: Literal["llm", "embedding"] = "llm"
    publisher: str = "lmstudio-community"
    architecture: str | None = "qwen2"
    quantization: str | None = "Q4_K_M"
    bits: int | None = 4
    size_bytes: int = 4_683_074_048
    params: str | None = "7B"
    max_context_length: int = 131072
    format: Literal["gguf", "mlx"] | None = "gguf"
    vision: bool = False
    tools: bool = True
    reasoning: tuple[str, ...] | None = None
    """The allowed options, e.g. ("off", "on"); the first but "off" is the default."""
    loaded: list[Instance] = field(default_factory=list)

    def instance(self, name: str) -> Instance | None:
        """Return the instance that requests naming *name* go to."""
        for instance in self.loaded:
            if instance.id == name:
                return instance
        return self.loaded[0] if self.loaded and self.is_named(name) else None

    def is_named(self, name: str) -> bool:
        return name == self.key or name.split("@")[0] == self.key

    def load(self, context_length: int, *, is_jit: bool = False) -> Instance:
        """Add an instance; the second one of a model is called `key:2`."""
        taken = {instance.id for instance in self.loaded}
        number, name = 1, self.key
        while name in taken:
            number += 1
            name = f"{self.key}:{number}"
        self.loaded.append(Instance(name, min(context_length, self.max_context_length), is_jit))
        return self.loaded[-1]

    def native(self) -> dict[str, Any]:
        """Return the entry of `GET /api/v1/models`."""
        entry = {
            "type": self.type,
            "publisher": self.publisher,
            "key": self.key,
            "display_name": self.display_name or self.key,
            "quantization": {"name": self.quantization, "bits_per_weight": self.bits},
            "size_bytes": self.size_bytes,
            "params_string": self.params,
            "loaded_instances": [self._native_instance(each) for each in self.loaded],
            "max_context_length": self.max_context_length,
            "format": self.format,
        }
        if self.type == "embedding":
            return entry
        capabilities: dict[str, Any] = {
            "vision": self.vision,
            "trained_for_tool_use": self.tools,
        }
        if self.reasoning:
            default = next((o for o in self.reasoning if o != "off"), self.reasoning[0])
            capabilities["reasoning"] = {
                "allowed_options": list(self.reasoning),
                "default": default,
            }
        variant = f"{self.key}@{(self.quantization or 'unknown').lower()}"
        return entry | {
            "architecture": self.architecture,
            "capabilities": capabilities,
            "description": None,
            "variants": [variant],
            "selected_variant": variant,
        }

    def _native_instance(self, instance: Instance) -> dict[str, Any]:
        config: dict[str, Any] = {"context_length": instance.context_length}
        if self.type == "llm":
            config |= {
                "eval_batch_size": 512,
                "parallel": 4,
                "flash_attention": True,
                "offload_kv_cache_to_gpu": True,
                **instance.options,
            }
        return {"id": instance.id, "config": config}

    def v0(self) -> dict[str, Any]:
        """Return the entry of `GET /api/v0/models`."""
        kind = {"embedding": "embeddings", "llm": "vlm" if self.vision else "llm"}[self.type]
        entry: dict[str, Any] = {
            "id": self.loaded[0].id if self.loaded else self.key,
            "object": "model",
            "type": kind,
            "publisher": self.publisher,
            "arch": self.architecture,
            "compatibility_type": self.format,
            "quantization": self.quantization,
            "state": "loaded" if self.loaded else "not-loaded",
            "max_context_length": self.max_context_length,
        }
        if self.loaded:
            entry["loaded_context_length"] = self.loaded[0].context_length
        if self.tools and self.type == "llm":
            entry["capabilities"] = ["tool_use"]
        return entry

    def v1_ids(self) -> list[str]:
        """Return the ids in `GET /v1/models`: instances when loaded, the key when not."""
        return [instance.id for instance in self.loaded] or [self.key]


def usual_models() -> list[LMModel]:
    """Return the disk of somebody who programs: one model loaded, four not."""
    coder = LMModel("qwen2.5-coder-7b-instruct", "Qwen2.5 Coder 7B Instruct", publisher="qwen")
    coder.load(32768)
    return [
        coder,
        LMModel(
            "deepseek-coder-v2-lite-instruct",
            "DeepSeek Coder V2 Lite Instruct",
            architecture="deepseek2",
            size_bytes=10_364_416_768,
            params="16B",
            max_context_length=163840,
            tools=False,
        ),
        LMModel(
            "gemma-3-12b",
            "Gemma 3 12B",
            publisher="google",
            architecture="gemma3",
            size_bytes=8_149_190_253,
            params="12B",
            vision=True,
            tools=False,
        ),
        LMModel(
            "qwen3-coder-30b",
            "Qwen3 Coder 30B",
            publisher="qwen",
            architecture="qwen3moe",
            size_bytes=18_632_186_880,
            params="30B-A3B",
            max_context_length=262144,
            reasoning=("off", "on"),
        ),
        LMModel(
            "text-embedding-nomic-embed-text-v1.5",
            "Nomic Embed Text v1.5",
            type="embedding",
            publisher="nomic-ai",
            architecture=None,
            size_bytes=84_106_624,
            params=None,
            max_context_length=2048,
        ),
    ]
