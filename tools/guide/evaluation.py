"""Measures through the real engine how often the guide gives the right answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, Request, build_opener

import xllamacpp

from tools.guide.chat_format import prompt

if TYPE_CHECKING:
    from pathlib import Path

    from tools.guide.questions import Entry, Guide


class Engine:
    """llama.cpp with the guide loaded, answering at temperature 0."""

    def __init__(self, model: Path) -> None:
        params = xllamacpp.CommonParams()
        params.model.path = str(model)
        params.n_ctx = 2048
        params.n_parallel = 1
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.use_jinja = True
        params.verbosity = 1  # errors only
        params.cpuparams.n_threads = 2
        self._server = xllamacpp.Server(params)
        self._opener = build_opener(ProxyHandler({}))

    def answer(self, *messages: dict[str, str]) -> str:
        """Return the answer to the conversation."""
        body = {"messages": messages, "temperature": 0, "max_tokens": 1000}
        return str(self._post("/v1/chat/completions", body)["choices"][0]["message"]["content"])

    def rendered(self, *messages: dict[str, str]) -> str:
        """Return what the chat template makes of the conversation."""
        return str(self._post("/apply-template", {"messages": messages})["prompt"])

    def _post(self, path: str, body: dict[str, object]) -> dict[str, object]:
        request = Request(
            self._server.listening_address + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with self._opener.open(request, timeout=60) as reply:
            return json.load(reply)


@dataclass(frozen=True, slots=True)
class Score:
    """Right answers among all questions of one kind, and the questions that went wrong."""

    name: str
    asked: int
    wrong: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        right = self.asked - len(self.wrong)
        return f"{self.name}: {right} of {self.asked} right ({right / self.asked:.1%})"


def evaluate(guide: Guide, model: Path) -> list[Score]:
    """Ask everything; an answer is right when it is the written one, word for word."""
    engine = Engine(model)
    _check_template(engine)
    entries = guide.entries
    return [
        _score(engine, "trained phrasings", [(p, e) for e in entries for p in e.phrasings]),
        _score(engine, "held-out phrasings", [(p, e) for e in entries for p in e.held_out]),
        _score(
            engine,
            "trained foreign questions",
            [(p, guide.unknown) for p in guide.unknown.phrasings],
        ),
        _score(
            engine,
            "held-out foreign questions",
            [(p, guide.unknown) for p in guide.unknown.held_out],
        ),
        _follow_ups(engine, guide),
    ]


def _score(engine: Engine, name: str, questions: list[tuple[str, Entry]]) -> Score:
    wrong = []
    for question, entry in questions:
        answer = engine.answer({"role": "user", "content": question})
        if answer.strip() != entry.answer:
            wrong.append((question, answer))
    return Score(name, len(questions), tuple(wrong))


def _follow_ups(engine: Engine, guide: Guide) -> Score:
    """Ask each heading as the second question of a chat that has instructions."""
    wrong = []
    for before, entry in zip(guide.entries, guide.entries[1:], strict=False):
        answer = engine.answer(
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": before.phrasings[0]},
            {"role": "assistant", "content": before.answer},
            {"role": "user", "content": entry.phrasings[0]},
        )
        if answer.strip() != entry.answer:
            wrong.append((entry.phrasings[0], answer))
    return Score("second questions", len(guide.entries) - 1, tuple(wrong))


def _check_template(engine: Engine) -> None:
    """Raise when llama.cpp renders something other than what was trained on."""
    question = '  What is "GGUF"? '
    user = {"role": "user", "content": question}
    system = {"role": "system", "content": "Be brief."}
    earlier = ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"})
    for messages in ((user,), (system, user), (system, *earlier, user)):
        rendered = engine.rendered(*messages)
        if rendered != prompt(question):
            raise ValueError(f"the chat template renders {rendered!r}")
