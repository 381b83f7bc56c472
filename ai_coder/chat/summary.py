"""What a conversation that became too long is carried on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.llm.models import ChatMessage, ChatRequest, GenerationParameters, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.conversation import Message

_MOST_TOKENS = 600
_LONGEST_QUOTE = 4000
_LEAST_ROOM = 400
"""Characters per message below which a summary would be guessed rather than read."""

_INSTRUCTION = (
    "Summarise this conversation so that it can go on without it. Keep the goal, decisions, facts,"
    " names, file names and open questions; leave out everything else. Use the language of the"
    " user and at most 300 words.\n\n"
)


def summary_request(model: str, messages: Sequence[Message], characters: int) -> ChatRequest | None:
    """Return what a chat's own model is asked for; `model` without the provider.

    `characters` is how much its window can read. Long messages lose their middle; None when
    that leaves too little of each.
    """
    told = [message for message in messages if message.text.strip()]
    room = characters - len(_INSTRUCTION)
    share = room // len(told) if told else 0
    if share < _LEAST_ROOM and sum(len(message.text) for message in told) > room:
        return None
    if not told:
        return None
    text = "\n\n".join(f"{_speaker(m)}: {_without_middle(m.text, max(share, 0))}" for m in told)
    return ChatRequest(
        model,
        (ChatMessage(Role.USER, _INSTRUCTION + text),),
        GenerationParameters(temperature=0.2, max_tokens=_MOST_TOKENS),
    )


def last_exchange(messages: Sequence[Message]) -> str:
    """Return the last answer and its prompt as Markdown quotes; empty when there is none."""
    answers = [i for i, m in enumerate(messages) if m.role is Role.ASSISTANT and m.text.strip()]
    if not answers:
        return ""
    end = answers[-1]
    exchange = messages[max(end - 1, 0) : end + 1]
    return "\n\n".join(_quoted(message) for message in exchange if message.text.strip())


def _quoted(message: Message) -> str:
    text = f"{_speaker(message)}: {_without_middle(message.text.strip(), _LONGEST_QUOTE)}"
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _speaker(message: Message) -> str:
    return "User" if message.role is Role.USER else "Assistant"


def _without_middle(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = max(most // 2 - 3, 0)
    return f"{text[:half]} […] {text[len(text) - half :]}"
