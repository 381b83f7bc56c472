"""The next generation of a fake model, as data shared by both fake servers."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass
class ToolCall:
    """A call the model makes; *arguments* may be raw text to send broken JSON."""

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)
    id: str = "365174485"

    @property
    def arguments_text(self) -> str:
        if isinstance(self.arguments, str):
            return self.arguments
        return json.dumps(self.arguments)


@dataclass
class Reply:
    """One generation, with every way in which it may go wrong.

    A lone surrogate such as "\\udcff" in a text is sent as that invalid UTF-8 byte.
    """

    content: list[str] = field(default_factory=lambda: ["Hello", " world"])
    reasoning: list[str] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish_reason: str | None = "stop"
    """None leaves it out; calls turn "stop" into "tool_calls" on OpenAI routes."""
    prompt_tokens: int | None = None
    """What the server reports; None estimates it from the request."""
    model: str | None = None
    """The model that claims to have answered, when it is not the one asked."""

    stall_after: int | None = None
    """Fall silent after this many deltas (reasoning and content) until the client hangs up."""
    gates: dict[int, asyncio.Event] = field(default_factory=dict)
    """Delta number n (from 0) is held back until its event is set."""
    close_after: int | None = None
    """Break the connection after this many deltas."""
    end_after: int | None = None
    """End the stream cleanly after this many deltas, without any closing message."""
    error: str | None = None
    """The message of an error sent in the stream after the deltas."""

    # OpenAI routes of LM Studio
    reasoning_form: Literal["reasoning_content", "reasoning", "think", "prose"] = (
        "reasoning_content"
    )
    tool_form: Literal["deltas", "empty_name", "empty_id", "concatenated", "whole", "text"] = (
        "deltas"
    )
    usage: Literal["last", "with_finish", "zero", "none"] = "last"
    """Where the usage goes when asked for; "last" is a chunk with `choices: []`."""
    done: bool = True
    """End with `data: [DONE]`."""
    content_null: bool = False
    """The first and the last chunk carry `content: null`."""
    schema_in_reasoning: bool = False
    """Put the content into `reasoning_content` and leave `content` blank (lmstudio.md Q13)."""
    error_form: Literal["event", "object", "string"] = "event"
    newline: str = "\n"
    comments: bool = False
    """Send SSE comment lines between the frames."""
    last_blank_line: bool = True

    # Ollama
    calls_with_done: bool = False
    """Tool calls sit in the object with `done:true` (GGUF template) and not before it."""

    # any stream
    split_every: int | None = None
    split_at: tuple[int, ...] = ()
    join: int = 1

    @property
    def text(self) -> str:
        return "".join(self.content)

    @property
    def thoughts(self) -> str:
        return "".join(self.reasoning)

    @property
    def tokens(self) -> int:
        return len(self.content) + len(self.reasoning) + 4 * len(self.tool_calls)

    @property
    def is_cut(self) -> bool:
        """Whether the stream breaks off before all was said."""
        cuts = (self.close_after, self.end_after)
        return any(cut is not None for cut in cuts)

    def deltas(self) -> Iterator[tuple[Literal["reasoning", "content"], str]]:
        """Yield the pieces of text in order, up to the scripted end."""
        pieces = [("reasoning", text) for text in self.reasoning]
        pieces += [("content", text) for text in self.content]
        for number, piece in enumerate(pieces):
            if number in (self.close_after, self.end_after):
                return
            yield piece

    def before(self, number: int, delay: float = 0) -> Iterator[float | asyncio.Event]:
        """Yield what to wait for before delta *number*: a gate, a stall, the speed of the model."""
        if number in self.gates:
            yield self.gates[number]
        if number == self.stall_after:
            yield asyncio.Event()
        if delay and number:
            yield delay


@dataclass
class ScriptedReplies:
    """What a fake model says: the queue of `then` first, and *reply* ever after."""

    reply: Reply | list[str] = field(default_factory=Reply)
    stall_after: int | None = None
    """The same as `Reply.stall_after`, for every reply."""
    token_delay: float = 0
    """Seconds between two deltas."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._queue: deque[Reply | list[str]] = deque()

    def then(self, *replies: Reply | list[str]) -> None:
        """Say *replies* one after the other before falling back to `reply`."""
        self._queue.extend(replies)

    def next_reply(self) -> Reply:
        """Return what to say now, as a complete `Reply`."""
        reply = self._queue.popleft() if self._queue else self.reply
        if isinstance(reply, list):
            reply = Reply(content=reply)
        if reply.stall_after is None:
            reply = replace(reply, stall_after=self.stall_after)
        return reply


def words_of(text: str) -> list[str]:
    """Cut *text* into pieces about as long as tokens."""
    pieces = []
    for line in text.splitlines(keepends=True):
        rest = line
        while rest:
            end = rest.find(" ", 1)
            end = min(end if end > 0 else len(rest), 12)
            pieces.append(rest[:end])
            rest = rest[end:]
    return pieces


def text_of(messages: Any) -> str:
    """Return all the text in a list of chat messages of any of the dialects."""
    texts = []
    for message in messages or []:
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            content = "".join(str(p.get("text", "")) for p in content if isinstance(p, dict))
        texts.append(str(content or ""))
    return "\n".join(texts)


def tokens_in(text: str) -> int:
    """Estimate how many tokens *text* has."""
    return max(1, len(text) // 4)
