"""Draws the questions and answers that each training step sees."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from tools.guide.chat_format import END, answer_token, normalised, prompt, train_tokenizer
from tools.guide.variation import Variation

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from tools.guide.questions import Guide

UNSEEN = -100  # the label that cross entropy leaves out
_UNKNOWN_RECITED = 10  # times as often as another answer
_POOLED = 16  # batches drawn at once and sorted by length


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids, and the labels one token further."""

    tokens: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Sample:
    """The token ids of a question and of the answer; its first is not learned if `is_told`."""

    asked: list[int]
    answer: list[int]
    is_told: bool = False


class Samples:
    """Questions in ever new words, with their answers; never a held-out one."""

    def __init__(self, guide: Guide, seed: int, vocabulary: int, unknown_share: float) -> None:
        self._guide = guide
        self._rng = random.Random(seed)
        self._unknown_share = unknown_share
        self._variation = Variation(self._rng, _words(guide))
        self._recited: list[int] = []
        self._pools: dict[str, list[list[Sample]]] = {"choices": [], "recitations": []}
        entries = guide.all_entries
        self._held_out = {_bare(p) for entry in entries for p in entry.held_out}
        texts = [prompt(p) for entry in entries for p in entry.phrasings] * 4
        texts += [prompt(entry.question(self._rng)) for entry in entries for _ in range(12)]
        texts += [prompt(self._foreign()) for _ in range(2000)]
        texts += [entry.answer for entry in entries]
        self.tokenizer = train_tokenizer(texts, vocabulary, len(entries))
        self._answers = [
            self.tokenizer.encode(answer_token(number) + entry.answer + END).ids
            for number, entry in enumerate(entries)
        ]

    def choices(self, size: int) -> Batch:
        """Return many questions, of about the same length, with the first token of the answer."""
        return self._pooled("choices", size, self._choice)

    def recitations(self, size: int) -> Batch:
        """Return some whole answers, the known equally often, half of them to any question.

        So the text depends on its first token alone, whatever was asked.
        """
        return self._pooled("recitations", size, self._recitation)

    def _pooled(self, kind: str, size: int, draw: Callable[[], Sample]) -> Batch:
        pool = self._pools[kind]
        if not pool:
            drawn = [draw() for _ in range(_POOLED * size)]
            drawn.sort(key=lambda sample: len(sample.asked) + len(sample.answer))
            pool.extend(drawn[start : start + size] for start in range(0, len(drawn), size))
            self._rng.shuffle(pool)
        return _batch(pool.pop())

    def _choice(self) -> Sample:
        entry = self._drawn()
        return Sample(self._asked(entry), self._answers[entry][:1])

    def _recitation(self) -> Sample:
        if not self._recited:
            last = len(self._answers) - 1  # asked in more ways than all others together
            self._recited = [*range(last), *[last] * _UNKNOWN_RECITED]
            self._rng.shuffle(self._recited)
        entry = self._recited.pop()
        if self._rng.random() < 0.5:
            return Sample(self._asked(entry), self._answers[entry])
        return Sample(self._asked(self._drawn()), self._answers[entry], is_told=True)

    def _drawn(self) -> int:
        unknown = len(self._answers) - 1
        if self._rng.random() < self._unknown_share:
            return unknown
        return self._rng.randrange(unknown)

    def _asked(self, entry: int) -> list[int]:
        while True:
            question = self._question(entry)
            if _bare(question) not in self._held_out:
                return self.tokenizer.encode(prompt(question)).ids

    def _question(self, entry: int) -> str:
        if entry == len(self._answers) - 1 and self._rng.random() < 0.75:
            return self._variation.vary(self._foreign(), is_foreign=True)
        question = self._guide.all_entries[entry].question(self._rng)
        return self._variation.vary(question, is_foreign=entry == len(self._answers) - 1)

    def _foreign(self) -> str:
        """Return a made-up question that the guide cannot answer."""
        chance = self._rng.random()
        variation = self._variation
        if chance < 0.05:
            return variation.nonsense()
        if chance < 0.10:
            return variation.unheard()
        if chance < 0.20:
            return variation.estranged(self._rng.choice(self._guide.entries).question(self._rng))
        question = self._guide.patterns.fill(self._rng)
        if chance < 0.26:
            return f"{question} {variation.nonsense()}"
        if chance < 0.30:
            return f"{question}: {variation.pasted(self._rng.choice(self._guide.entries).answer)}"
        if chance < 0.40:
            return variation.estranged(question, share=0.5)
        return question


def _words(guide: Guide) -> list[str]:
    """Return the words that fill patterns and that no question of the guide uses."""
    known = {word for e in guide.entries for p in e.phrasings for word in p.lower().split()}
    texts = (text for listed in guide.patterns.words.values() for text in listed)
    words = (word.lower() for text in texts for word in text.split())
    return sorted({word for word in words if word.isalpha() and len(word) > 3} - known)


def _bare(question: str) -> str:
    """Return the words of a question, without what does not change its meaning."""
    return " ".join(re.findall(r"[\w/+.-]*\w", normalised(question)))


def _batch(samples: list[Sample]) -> Batch:
    width = max(len(sample.asked) + len(sample.answer) for sample in samples) - 1
    tokens = torch.zeros(len(samples), width, dtype=torch.long)
    labels = torch.full_like(tokens, UNSEEN)
    for row, sample in enumerate(samples):
        text = torch.tensor(sample.asked + sample.answer)
        first = len(sample.asked) + sample.is_told
        tokens[row, : len(text) - 1] = text[:-1]
        labels[row, first - 1 : len(text) - 1] = text[first:]
    return Batch(tokens, labels)
