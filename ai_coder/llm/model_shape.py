"""The numbers of a model's header that decide how much memory it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Layers, heads and widths; None where the header does not say."""

    context_length: int | None = None
    embedding_length: int | None = None
    layers: int | None = None
    heads: int | None = None
    kv_heads: tuple[int, ...] = ()
    """Key-value heads: one number for all layers, or one for each."""

    key_length: int | None = None
    value_length: int | None = None
    sliding_window: int | None = None

    @property
    def cache_numbers(self) -> int | None:
        """How many numbers the key-value cache holds for each token of the window."""
        if not (self.layers and self.kv_heads and self.key_length and self.value_length):
            return None
        is_uniform = len(self.kv_heads) == 1
        heads = self.kv_heads[0] * self.layers if is_uniform else sum(self.kv_heads)
        return heads * (self.key_length + self.value_length)


def shape_of_header(header: Mapping[str, object]) -> ModelShape:
    """Read a GGUF header, or Ollama's `model_info`, which has the same keys.

    Ollama gives null for a long list, such as one number for each layer (ollama.md §3): such
    a model is not taken for one whose layers all have every head.
    """
    architecture = header.get("general.architecture")

    def numbers(key: str) -> tuple[int, ...]:
        value = header.get(f"{architecture}.{key}")
        items = value if isinstance(value, list) else [value]
        return tuple(item for item in items if isinstance(item, int) and item >= 0)

    def number(key: str) -> int | None:
        return max(numbers(key), default=0) or None

    heads = numbers("attention.head_count")
    of_cache = f"{architecture}.attention.head_count_kv"
    is_untold = of_cache in header and header[of_cache] is None
    embedding, most_heads = number("embedding_length"), max(heads, default=0)
    head_size = embedding // most_heads if embedding and most_heads else None
    return ModelShape(
        context_length=number("context_length"),
        embedding_length=embedding,
        layers=number("block_count"),
        heads=most_heads or None,
        kv_heads=() if is_untold else numbers("attention.head_count_kv") or heads,
        key_length=number("attention.key_length") or head_size,
        value_length=number("attention.value_length") or head_size,
        sliding_window=number("attention.sliding_window"),
    )
