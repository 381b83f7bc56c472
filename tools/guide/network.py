"""A small network of the llama architecture, as llama.cpp computes it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the network; `context` is what the model file promises."""

    vocabulary: int
    width: int = 128
    layers: int = 3
    heads: int = 4
    hidden: int = 352
    context: int = 2048
    epsilon: float = 1e-5
    rope_base: float = 10_000.0
    dropout: float = 0.1


class GuideNetwork(nn.Module):
    """Token ids to next-token scores; the input and the output embedding are one matrix."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.dropout = nn.Dropout(shape.dropout)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                deep = name.endswith(("output.weight", "down.weight"))
                scale = 0.03 / (2 * shape.layers) ** 0.5 if deep else 0.03
                nn.init.normal_(weight, std=scale)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the states after the last norm, one per token."""
        state = self.dropout(self.embedding(tokens))
        rotation = _rotation(self.shape, tokens.shape[1])
        for block in self.blocks:
            state = block(state, rotation)
        normed: Tensor = self.norm(state)
        return normed

    def scores(self, states: Tensor) -> Tensor:
        """Return the score of every token of the vocabulary."""
        return functional.linear(states, self.embedding.weight)


class Block(nn.Module):
    """Attention and feed-forward, each with a norm before and a residual around it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, hidden = shape.width, shape.hidden
        self.heads = shape.heads
        self.attention_norm = nn.RMSNorm(width, eps=shape.epsilon)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.feed_norm = nn.RMSNorm(width, eps=shape.epsilon)
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, state: Tensor, rotation: Tensor) -> Tensor:
        """Return the state after this block."""
        normed = self.attention_norm(state)
        query, key, value = (
            part(normed).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        mixed = functional.scaled_dot_product_attention(
            _rotate(query, rotation), _rotate(key, rotation), value, is_causal=True
        )
        state = state + self.output(mixed.transpose(1, 2).flatten(2))
        normed = self.feed_norm(state)
        fed: Tensor = self.down(functional.silu(self.gate(normed)) * self.up(normed))
        return state + fed


def _rotation(shape: Shape, length: int) -> Tensor:
    """Return cos and sin by position and pair of dimensions: [2, length, pairs]."""
    size = shape.width // shape.heads
    frequencies = shape.rope_base ** (-torch.arange(0, size, 2) / size)
    angles = torch.outer(torch.arange(length), frequencies)
    return torch.stack((angles.cos(), angles.sin()))


def _rotate(state: Tensor, rotation: Tensor) -> Tensor:
    """Rotate dimension 2i with 2i+1, the order of llama.cpp's `llama` (llama_cpp.md)."""
    cos, sin = rotation
    even, odd = state[..., 0::2], state[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)
