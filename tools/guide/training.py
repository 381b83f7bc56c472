"""Trains the network on the guide's questions and answers."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.guide.chat_format import END, prompt, train_tokenizer
from tools.guide.muon import Muon
from tools.guide.network import GuideNetwork, Shape
from tools.guide.variation import Variation

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from tools.guide.questions import Guide

_UNSEEN = -100  # the label that cross entropy leaves out


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to train.

    Choosing the right answer needs many questions, reciting it needs whole answers: every
    `recite_every`th step shows some whole answers, the others show many questions with the
    first `opening` tokens of theirs.
    """

    seed: int = 20261122
    vocabulary: int = 1280
    steps: int = 850
    questions: int = 128
    opening: int = 5
    recite_every: int = 2
    answers: int = 32
    unknown_share: float = 0.22
    matrix_rate: float = 0.02
    rate: float = 6e-3
    weight_decay: float = 0.05
    choice_weight: float = 0.5


def train(guide: Guide, plan: Plan) -> tuple[GuideNetwork, Tokenizer]:
    """Return the trained network and its tokenizer; the same plan gives the same weights."""
    torch.manual_seed(plan.seed)
    samples = Samples(guide, plan)
    network = GuideNetwork(Shape(plan.vocabulary))
    choice = nn.Linear(network.shape.width, len(guide.all_entries))
    optimisers = _optimisers(network, choice, plan)
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, plan))
        for optimiser in optimisers
    ]
    started = time.monotonic()
    network.train()
    for step in range(1, plan.steps + 1):
        batch = samples.recitation() if step % plan.recite_every == 0 else samples.openings()
        loss, choice_loss = _losses(network, choice, batch)
        network.zero_grad()
        choice.zero_grad()
        (loss + plan.choice_weight * choice_loss).backward()
        for optimiser, schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
        if step % 50 == 0 or step == plan.steps:
            passed = time.monotonic() - started
            print(f"step {step}: {loss:.4f} choice {choice_loss:.4f} ({passed:.0f} s)", flush=True)
    return network.eval(), samples.tokenizer


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids, the labels one token further, where each answer begins and which it is."""

    tokens: Tensor
    labels: Tensor
    starts: Tensor
    entries: Tensor


@dataclass(frozen=True, slots=True)
class Sample:
    """The token ids of one question and of its answer or the beginning of it."""

    entry: int
    asked: list[int]
    answer: list[int]


class Samples:
    """Draws questions in ever new words, with their answers."""

    def __init__(self, guide: Guide, plan: Plan) -> None:
        self._guide = guide
        self._plan = plan
        self._rng = random.Random(plan.seed)
        self._variation = Variation(self._rng)
        self._recited: list[int] = []
        self._pool: list[list[Sample]] = []
        entries = guide.all_entries
        texts = [prompt(p) for entry in entries for p in entry.phrasings] * 4
        texts += [prompt(self._foreign()) for _ in range(2000)]
        texts += [entry.answer for entry in entries]
        self.tokenizer = train_tokenizer(texts, plan.vocabulary)
        self._answers = [self.tokenizer.encode(entry.answer + END).ids for entry in entries]

    def openings(self) -> Batch:
        """Return many questions, of about the same length, with the beginnings of answers."""
        size = self._plan.questions
        if not self._pool:
            drawn = [self._sample(self._drawn(), self._plan.opening) for _ in range(16 * size)]
            drawn.sort(key=lambda sample: len(sample.asked) + len(sample.answer))
            self._pool = [drawn[start : start + size] for start in range(0, len(drawn), size)]
            self._rng.shuffle(self._pool)
        return _batch(self._pool.pop())

    def recitation(self) -> Batch:
        """Return some questions with their whole answers; each answer comes equally often."""
        if len(self._recited) < self._plan.answers:
            order = list(range(len(self._answers)))
            self._rng.shuffle(order)
            self._recited.extend(sorted(order, key=lambda i: len(self._answers[i]) // 64))
        drawn = self._recited[: self._plan.answers]
        del self._recited[: self._plan.answers]
        return _batch([self._sample(entry, None) for entry in drawn])

    def _drawn(self) -> int:
        unknown = len(self._answers) - 1
        if self._rng.random() < self._plan.unknown_share:
            return unknown
        return self._rng.randrange(unknown)

    def _sample(self, entry: int, limit: int | None) -> Sample:
        asked = self.tokenizer.encode(prompt(self._question(entry))).ids
        return Sample(entry, asked, self._answers[entry][:limit])

    def _question(self, entry: int) -> str:
        if entry == len(self._answers) - 1 and self._rng.random() < 0.6:
            question = self._foreign()
        else:
            question = self._rng.choice(self._guide.all_entries[entry].phrasings)
        return self._variation.vary(question)

    def _foreign(self) -> str:
        """Return a made-up question that the guide cannot answer."""
        chance = self._rng.random()
        if chance < 0.04:
            return self._variation.nonsense()
        question = self._guide.patterns.fill(self._rng)
        if chance < 0.1:
            return f"{question} {self._variation.nonsense()}"
        if chance < 0.16:
            text = self._rng.choice(self._guide.entries).answer
            return f"{question}: {self._variation.pasted(text)}"
        return question


def _batch(samples: list[Sample]) -> Batch:
    width = max(len(sample.asked) + len(sample.answer) for sample in samples) - 1
    tokens = torch.zeros(len(samples), width, dtype=torch.long)
    labels = torch.full_like(tokens, _UNSEEN)
    for row, sample in enumerate(samples):
        text = torch.tensor(sample.asked + sample.answer)
        tokens[row, : len(text) - 1] = text[:-1]
        labels[row, len(sample.asked) - 1 : len(text) - 1] = text[len(sample.asked) :]
    starts = torch.tensor([len(sample.asked) - 1 for sample in samples])
    return Batch(tokens, labels, starts, torch.tensor([sample.entry for sample in samples]))


def _optimisers(
    network: GuideNetwork, choice: nn.Linear, plan: Plan
) -> tuple[torch.optim.Optimizer, ...]:
    """Return Muon for the blocks' matrices, where it learns much faster, Adam for the rest."""
    matrices = [weight for weight in network.blocks.parameters() if weight.dim() == 2]
    norms = [weight for weight in network.parameters() if weight.dim() == 1]
    others = [network.embedding.weight, *norms, *choice.parameters()]
    return (
        Muon(matrices, plan.matrix_rate, plan.weight_decay),
        torch.optim.AdamW(others, plan.rate, (0.9, 0.98), weight_decay=plan.weight_decay),
    )


def _losses(network: GuideNetwork, choice: nn.Linear, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return how badly the answers were written, and how badly they were chosen.

    The second is asked of the state before the answer's first token through a layer that is
    thrown away after training.
    """
    states = network(batch.tokens)
    seen = batch.labels != _UNSEEN
    loss = functional.cross_entropy(network.scores(states[seen]), batch.labels[seen])
    chosen = choice(states[torch.arange(len(batch.starts)), batch.starts])
    return loss, functional.cross_entropy(chosen, batch.entries, label_smoothing=0.05)


def _rate(step: int, plan: Plan) -> float:
    """Return the share of the highest learning rate: a short rise, then a cosine to nothing."""
    rise = 40
    if step < rise:
        return (step + 1) / rise
    return 0.5 + 0.5 * math.cos(math.pi * (step - rise) / max(plan.steps - rise, 1))
