"""Why an answer ended the way it did, when that is worth a line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ai_coder.chat.conversation import MessageStatus
from ai_coder.llm.models import FinishReason

if TYPE_CHECKING:
    from ai_coder.chat.conversation import Message

_NEAR = 8
"""Tokens by which the counts of servers differ from the limits they apply."""


class EndingKind(StrEnum):
    """What to say; the values that fill in the words stand behind each."""

    STOPPED = "stopped"  # the user stopped it
    INTERRUPTED = "interrupted"  # the application ended or the connection broke
    LIMIT_REACHED = "limit_reached"  # max_tokens
    WINDOW_FULL = "window_full"  # context_length, used
    CUT_OFF = "cut_off"  # limit or window, the server does not say which
    BUDGET_SPENT_THINKING = "budget_spent_thinking"  # reasoning_tokens (maybe), context_length
    ONLY_THOUGHTS = "only_thoughts"  # finished, but everything was thinking
    TOOL_CALL_DROPPED = "tool_call_dropped"  # it wanted to call a tool
    BLOCKED = "blocked"  # content filter
    EMPTY = "empty"  # finished without a word, and nothing tells why


@dataclass(frozen=True, slots=True)
class Ending:
    """One line about the end of an answer; `can_continue` offers *Continue*."""

    kind: EndingKind
    values: tuple[tuple[str, str], ...] = ()
    can_continue: bool = False


def explain(message: Message, context_length: int | None = None) -> Ending | None:
    """Explain how an answer ended; None when it simply is complete.

    `context_length` is the window that was served, None where it is unknown.
    """
    has_text = bool(message.text.strip())
    if message.status is MessageStatus.STOPPED:
        return Ending(EndingKind.STOPPED, can_continue=has_text)
    if message.status is MessageStatus.INTERRUPTED:
        return Ending(EndingKind.INTERRUPTED, can_continue=has_text)
    if message.status is not MessageStatus.COMPLETE:
        return None
    match message.finish_reason:
        case FinishReason.LENGTH:
            return _cut_off(message, context_length)
        case FinishReason.CONTENT_FILTER:
            return Ending(EndingKind.BLOCKED)
        case FinishReason.TOOL_CALLS if not has_text:
            return Ending(EndingKind.TOOL_CALL_DROPPED)
    if has_text:
        return None
    return Ending(EndingKind.ONLY_THOUGHTS if message.reasoning else EndingKind.EMPTY)


def _cut_off(message: Message, context_length: int | None) -> Ending:
    usage = message.usage
    output = usage.output_tokens if usage else None
    limit = message.parameters.max_tokens if message.parameters else None
    used = _sum(usage.input_tokens, output) if usage else None
    values: list[tuple[str, str]] = []
    kind = EndingKind.CUT_OFF
    if limit is not None and output is not None and output >= limit - _NEAR:
        kind = EndingKind.LIMIT_REACHED
        values = [("max_tokens", str(limit))]
    elif context_length is not None and used is not None and used >= context_length - _NEAR:
        kind = EndingKind.WINDOW_FULL
        values = [("context_length", str(context_length)), ("used", str(used))]
    if message.text.strip():
        return Ending(kind, tuple(values), can_continue=True)
    thought = usage.reasoning_tokens if usage else None
    if not message.reasoning and not thought:
        return Ending(kind, tuple(values))
    if thought:
        values.append(("reasoning_tokens", str(thought)))
    return Ending(EndingKind.BUDGET_SPENT_THINKING, tuple(values))


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second
