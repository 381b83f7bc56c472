"""Requests to an Ollama, and what comes back."""

from __future__ import annotations

from contextlib import aclosing

from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    Role,
    TextDelta,
)

LLAMA = "llama3.2:3b"


def request_for(model=LLAMA, text="Hi", **options):
    return ChatRequest(model, (ChatMessage(Role.USER, text),), **options)


async def events_of(stream):
    async with aclosing(stream) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def collect(stream, into):
    """Gather events into a list that survives an error."""
    async with aclosing(stream) as events:
        async for event in events:
            into.append(event)
