"""How many tokens of a window a conversation takes with its next prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_coder.chat.conversation import AttachmentKind
from ai_coder.llm.models import Role, provider_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.conversation import Message
    from ai_coder.llm.context_budget import ContextBudget


@dataclass(frozen=True, slots=True)
class ContextUse:
    """Tokens, and whether the server counted every one of them."""

    tokens: int
    is_exact: bool


def context_use(
    budget: ContextBudget, ref: str, messages: Sequence[Message], system_prompt: str = ""
) -> ContextUse:
    """Return what *messages* take when they are sent to the model *ref*.

    The newest count of that model is the base; what came after it is estimated. Counts of other
    models say nothing, for each cuts texts in its own way.
    """
    characters = 0
    for place, message in enumerate(reversed(messages)):
        base = _counted(budget, ref, message)
        if base is not None:
            later = budget.estimate_length(ref, characters)
            return ContextUse(base.tokens + later, base.is_exact and place == 0)
        characters += _length(message)
    characters += len(system_prompt)
    return ContextUse(budget.estimate_length(ref, characters), is_exact=not characters)


def _counted(budget: ContextBudget, ref: str, message: Message) -> ContextUse | None:
    """Return what the server counted down to an answer; its thoughts are not sent again."""
    usage = message.usage
    if usage is None or message.failure is not None or not _is_counted_by(message, ref):
        return None
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    thoughts = usage.reasoning_tokens
    if thoughts is None:
        thoughts = budget.estimate_length(ref, len(message.reasoning))
    kept = max(usage.output_tokens - thoughts, 0)
    is_exact = usage.reasoning_tokens is not None or not message.reasoning
    return ContextUse(usage.input_tokens + kept, is_exact)


def _is_counted_by(message: Message, ref: str) -> bool:
    """Whether *ref* answered; a server may call its model by another name than was asked for."""
    if message.role is not Role.ASSISTANT:
        return False
    asked, answered = message.model_ref or "", message.answered_by or message.model_ref
    is_same_server = provider_of(asked) == provider_of(answered or "")
    return ref == answered or (ref == asked and is_same_server)


def _length(message: Message) -> int:
    """Return how many characters of a message are sent, those of its texts included."""
    texts = (a.size for a in message.attachments if a.kind is AttachmentKind.TEXT)
    return len(message.text) + sum(texts)
