"""How a scripted Ollama is made to fail, in a word each."""

from __future__ import annotations

from collections.abc import Callable

from tests.fake_ollama import (
    Answer,
    FakeOllama,
    Reply,
)
from tests.fake_payloads import replay

Arrange = Callable[[FakeOllama], None]
LLAMA = "llama3.2:3b"
PAGE = "<!doctype html><html><body>Sign in</body></html>"
NESTED_400 = "ollama/ctx_native_long_truncate_false"
GONE = Answer(chunks=[b""], close_abruptly=True)


def chat_answers(*answers: Answer) -> Arrange:
    return lambda server: server.next("/api/chat", *answers)


def chat_replays(name: str) -> Arrange:
    return lambda server: server.next("/api/chat", replay(f"ollama/{name}"))


def says(**fields) -> Arrange:
    return lambda server: setattr(server, "reply", Reply(**fields))


def always(path: str, answer: Answer) -> Arrange:
    return lambda server: server.always(path, answer)


def tags_answer(answer: Answer) -> Arrange:
    return always("/api/tags", answer)


def line(text: str) -> bytes:
    return f'{{"message":{{"content":"{text}"}},"done":false}}\n'.encode()
