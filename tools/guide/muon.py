"""The Muon optimiser in single precision: torch's own computes in bfloat16, slow without a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    """Momentum whose direction is made orthogonal; for matrices only.

    Source: Keller Jordan, "Muon: An optimizer for hidden layers in neural networks".
    """

    def __init__(self, matrices: Iterable[Tensor], lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": 0.95})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move every matrix once; matrices of one shape are computed together."""
        assert closure is None
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for matrix in group["params"]:
                by_shape.setdefault(matrix.shape, []).append(matrix)
            for matrices in by_shape.values():
                momenta = [self._momentum(matrix, group["momentum"]) for matrix in matrices]
                rows, columns = matrices[0].shape
                rate = group["lr"] * max(1.0, rows / columns) ** 0.5
                for matrix, direction in zip(matrices, _orthogonal(momenta), strict=True):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"])
                    matrix.sub_(direction, alpha=rate)

    def _momentum(self, matrix: Tensor, share: float) -> Tensor:
        """Return Nesterov's look-ahead of the gradient's running mean."""
        assert matrix.grad is not None
        state = self.state[matrix]
        if "mean" not in state:
            state["mean"] = torch.zeros_like(matrix)
        mean: Tensor = state["mean"].lerp_(matrix.grad, 1 - share)
        return matrix.grad.lerp(mean, share)


def _orthogonal(momenta: list[Tensor]) -> Tensor:
    """Return the nearest matrices whose singular values are about 1 (Newton-Schulz)."""
    stacked = torch.stack(momenta)
    is_tall = stacked.shape[1] > stacked.shape[2]
    x = stacked.mT if is_tall else stacked
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = _NEWTON_SCHULZ
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if is_tall else x
