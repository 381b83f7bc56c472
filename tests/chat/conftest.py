"""A store in a folder of its own and a script in place of a model."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, field

import pytest

from ai_coder.chat.imports import ChatImport
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.llm.models import ChatRequest, Finished, FinishReason, TextDelta

MODEL = "lm_studio/qwen/qwen3-8b"


@dataclass
class Script:
    """Answers requests with `events`; an exception among them is raised, `None` waits for ever."""

    events: list = field(default_factory=list)
    requests: list[tuple[str, ChatRequest]] = field(default_factory=list)
    closed: int = 0

    def say(self, *words: str) -> None:
        self.events = [*map(TextDelta, words), Finished(FinishReason.STOP)]

    async def stream(self, ref, request):
        self.requests.append((ref, request))
        try:
            for event in self.events:
                if event is None:
                    await asyncio.Event().wait()
                if isinstance(event, Exception):
                    raise event
                await asyncio.sleep(0)
                yield event
        finally:
            self.closed += 1


@pytest.fixture
def script():
    script = Script()
    script.say("Hello", " there")
    return script


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "chats.sqlite3"


@pytest.fixture
def store(loop, path):
    store = ChatStore(path)
    assert loop.run_until_complete(store.open()) is None
    yield store
    loop.run_until_complete(store.aclose())


@pytest.fixture
def session(loop, store, script):
    conversation = loop.run_until_complete(store.create_conversation(model_ref=MODEL))
    session = ChatSession(store, conversation, script.stream)
    loop.run_until_complete(session.load())
    return session


async def events_of(turn):
    """Read a turn to its end."""
    return [event async for event in turn]


async def imported(store, paths):
    """Import files; return the chats that were made and what went wrong."""
    running = ChatImport(store)
    running.add(paths)
    await running.run()
    return running.made, running.problems


def texts(messages):
    """Return who said what."""
    return [(message.role.value, message.text) for message in messages]


async def reloaded(session, store, script):
    """Return the same conversation as it is on disk."""
    again = ChatSession(store, session.conversation, script.stream)
    await again.load()
    return again


async def begin_turn(store, *turn):
    """Store a prompt and the answer that begins, and wait for their ids."""
    return await asyncio.wrap_future(store.begin_soon(*turn))


async def go_on_in_memory(store, code):
    """Let a write fail once as SQLite says it with *code*."""
    calls = []

    def write(_db):
        calls.append(code)
        if len(calls) == 1:
            error = sqlite3.OperationalError("as on a failing disk")
            error.sqlite_errorcode = code
            raise error

    await store._file.writer.run(write)
