"""A process that streams an answer into a store until somebody kills it.

Used by the tests and by `tools/bench_store.py`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ai_coder.chat.conversation import Message, MessageStatus
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.chat.turn_events import AnswerStarted
from ai_coder.llm.models import ReasoningDelta, TextDelta

PACE = 0.004


def word(number: int) -> str:
    return f"word{number} "


async def stream_words(path: Path) -> None:
    """Stream numbered words and print when each was handed over: "<number> <monotonic>"."""
    store = ChatStore(path)
    assert await store.open() is None

    async def stream(_ref, _request):
        yield ReasoningDelta("Thinking. ")
        for number in range(1_000_000):
            yield TextDelta(word(number))
            os.write(1, f"{number} {time.monotonic()}\n".encode())
            await asyncio.sleep(PACE)

    session = ChatSession(store, await store.create_conversation(model_ref="x/y"), stream)
    async for event in session.send("Count for ever"):
        if isinstance(event, AnswerStarted):
            os.write(1, f"answer {event.message.id}\n".encode())


@dataclass(frozen=True)
class Loss:
    """What a kill cost: words handed over, words found, and how old the oldest lost one was."""

    handed_over: int
    found: int
    seconds: float


async def loss_of(path: Path, output: str, killed_at: float) -> Loss:
    """Open the database after the kill and compare it with what the victim printed."""
    first, *lines = output.splitlines(keepends=True)
    answer_id = int(first.split()[1])
    times = [float(line.split()[1]) for line in lines if line.endswith("\n")]
    store = ChatStore(path)
    problem = await store.open()
    assert problem is None, problem
    message = await store.message(answer_id)
    await store.aclose()
    found = _checked(message)
    lost_since = times[found] if found < len(times) else killed_at
    return Loss(len(times), found, killed_at - lost_since)


def _checked(message: Message | None) -> int:
    """Return how many words the message has; they must be an unbroken beginning."""
    assert message is not None
    assert message.status is MessageStatus.INTERRUPTED
    words = message.text.split()
    assert message.text == "".join(word(number) for number in range(len(words)))
    assert message.reasoning == ("Thinking. " if words else message.reasoning)
    return len(words)


if __name__ == "__main__":
    asyncio.run(stream_words(Path(sys.argv[1])))
