"""Trains the network on the guide's questions and answers."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from tools.guide.muon import Muon
from tools.guide.network import GuideNetwork, Shape
from tools.guide.samples import UNSEEN, Samples

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

    from tools.guide.questions import Guide
    from tools.guide.samples import Batch


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to train.

    Choosing the right answer needs many questions, reciting it needs whole answers: each step
    shows `questions` of which only the answer's first token is learned, and `answers` in full.
    """

    seed: int = 20261122
    vocabulary: int = 2048
    steps: int = 1200
    questions: int = 128
    answers: int = 18
    unknown_share: float = 0.3
    matrix_rate: float = 0.02
    rate: float = 6e-3
    weight_decay: float = 0.05
    smoothing: float = 0.1


def train(guide: Guide, plan: Plan) -> tuple[GuideNetwork, Tokenizer]:
    """Return the trained network and its tokenizer; the same plan gives the same weights."""
    torch.manual_seed(plan.seed)
    samples = Samples(guide, plan.seed, plan.vocabulary, plan.unknown_share)
    network = GuideNetwork(Shape(plan.vocabulary))
    optimisers = _optimisers(network, plan)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, plan))
        for optimiser in optimisers
    ]
    started, used = time.monotonic(), time.process_time()
    network.train()
    for step in range(1, plan.steps + 1):
        choice = _loss(network, samples.choices(plan.questions), plan.smoothing)
        text = _loss(network, samples.recitations(plan.answers), 0.0)
        network.zero_grad()
        (choice + text).backward()
        for optimiser, schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
        if step % 50 == 0 or step == plan.steps:
            passed = f"{time.monotonic() - started:.0f} s, {time.process_time() - used:.0f} s CPU"
            print(f"step {step}: choice {choice:.4f} text {text:.4f} ({passed})", flush=True)
    return network.eval(), samples.tokenizer


def _optimisers(network: GuideNetwork, plan: Plan) -> tuple[torch.optim.Optimizer, ...]:
    """Return Muon for the blocks' matrices, where it learns much faster, Adam for the rest."""
    matrices = [weight for weight in network.blocks.parameters() if weight.dim() == 2]
    norms = [weight for weight in network.parameters() if weight.dim() == 1]
    return (
        Muon(matrices, plan.matrix_rate, plan.weight_decay),
        torch.optim.AdamW(
            [network.embedding.weight, *norms],
            plan.rate,
            (0.9, 0.98),
            weight_decay=plan.weight_decay,
        ),
    )


def _loss(network: GuideNetwork, batch: Batch, smoothing: float) -> Tensor:
    states = network(batch.tokens)
    seen = batch.labels != UNSEEN
    return functional.cross_entropy(
        network.scores(states[seen]), batch.labels[seen], label_smoothing=smoothing
    )


def _rate(step: int, plan: Plan) -> float:
    """Return the share of the highest learning rate: a short rise, then a cosine to nothing."""
    rise = 40
    if step < rise:
        return (step + 1) / rise
    return 0.5 + 0.5 * math.cos(math.pi * (step - rise) / max(plan.steps - rise, 1))
