"""Words for what a turn is doing and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from PyQt6.QtCore import QCoreApplication

from ai_coder.chat.ending import Ending, EndingKind
from ai_coder.llm.models import Notice, NoticeKind, Phase, PhaseChanged
from ai_coder.ui.chat.parameter_words import parameter_title
from ai_coder.ui.number_text import cost_text, token_text

if TYPE_CHECKING:
    from ai_coder.chat.conversation import Message

_SHOW_ELAPSED_AFTER = 2.0
"""Seconds after which a timer appears beside the phase (interface.md)."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("TurnWords", text)


def phase_name(phase: Phase) -> str:
    """Return the name of a phase."""
    match phase:
        case Phase.CONNECTING:
            return _tr("Connecting")
        case Phase.LOADING_MODEL:
            return _tr("Loading the model")
        case Phase.READING_PROMPT:
            return _tr("Reading the prompt")
        case Phase.THINKING:
            return _tr("Thinking")
        case Phase.WRITING:
            return _tr("Writing")
        case _:
            assert_never(phase)


def phase_detail(event: PhaseChanged, seconds: float) -> str:
    """Return what is known of a phase that has lasted *seconds*; estimates say that they are."""
    parts: list[str] = []
    if event.processed is not None and event.total:
        read = _tr("{done} of {total} tokens")
        parts.append(read.format(done=f"{event.processed:,}", total=f"{event.total:,}"))
    elif event.progress is not None:
        parts.append(_tr("{percent} %").format(percent=round(event.progress * 100)))
    elif event.total and event.phase is Phase.READING_PROMPT:
        parts.append(_tr("about {total} tokens").format(total=token_text(event.total)))
    if event.seconds_left is not None and event.seconds_left >= 1:
        left = _tr("about {time} left").format(time=duration_text(event.seconds_left))
        parts.append(left)
    if event.is_estimate and parts:
        parts.append(_tr("estimate"))
    if event.is_unanswered:
        parts.append(_tr("the server answers no questions"))
    if seconds >= _SHOW_ELAPSED_AFTER:
        parts.append(duration_text(seconds))
    return " · ".join(parts)


def duration_text(seconds: float) -> str:
    """Return 40 ms, 0.9 s, 12 s or 2 min 5 s."""
    if seconds < 0.095:
        return _tr("{n} ms").format(n=max(1, round(seconds * 1000)))
    if seconds < 10:
        return _tr("{seconds} s").format(seconds=f"{seconds:.1f}")
    if seconds < 60:
        return _tr("{seconds} s").format(seconds=round(seconds))
    minutes, rest = divmod(round(seconds), 60)
    return _tr("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)


def speed_text(message: Message) -> str:
    """Return how fast an answer came."""
    speed = message.output_per_second
    return _tr("{speed} tok/s").format(speed=f"{speed:,.1f}") if speed else _tr("speed unknown")


def metrics(message: Message, *, is_cloud: bool = False) -> str:
    """Return speed, time to the first token, tokens and cost of an answer; unknown is said.

    Nothing is said about the cost of an answer that one's own computers gave.
    """
    parts = [speed_text(message)]
    if message.first_token_seconds is not None:
        first = duration_text(message.first_token_seconds)
        parts.append(_tr("first token {time}").format(time=first))
    count, usage = message.output_tokens, message.usage
    counted = _tr("1 token") if count == 1 else _tr("{count} tokens")
    parts.append(_tr("tokens unknown") if count is None else counted.format(count=f"{count:,}"))
    if usage and usage.input_tokens is not None:
        parts.append(_tr("prompt {count}").format(count=f"{usage.input_tokens:,}"))
    if message.cost:
        parts.append(cost_text(message.cost))
    elif is_cloud:
        parts.append(_tr("price unknown") if message.cost is None else cost_text(0))
    return " · ".join(parts)


def notice_text(notice: Notice) -> str:
    """Return one line of truth about a turn."""
    values = dict(notice.values)
    match notice.kind:
        case NoticeKind.OTHER_MODEL:
            text = _tr("You asked for {asked}; {answered} answered.")
        case NoticeKind.PARAMETER_DROPPED:
            values["parameter"] = parameter_title(values.get("parameter", ""))
            text = _tr("This model does not accept “{parameter}”; it was left out.")
        case NoticeKind.PROMPT_TRUNCATED:
            text = _tr("The server dropped about {tokens} tokens of this conversation.")
        case NoticeKind.FELL_BACK:
            text = _tr("{from} was not available; {to} answers instead.")
        case NoticeKind.RETRIED:
            text = _tr("Asked again after: {reason}")
        case NoticeKind.SERVER_WARNING:
            text = "{text}"
        case _:
            assert_never(notice.kind)
    return _filled(text, values)


def _filled(text: str, values: dict[str, str]) -> str:
    """Fill *values* in; a value that was not told reads as “unknown”."""

    class _Known(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return _tr("unknown")

    return text.format_map(_Known(values))


def ending_text(ending: Ending) -> str:
    """Return why an answer ended the way it did."""
    values = dict(ending.values)
    match ending.kind:
        case EndingKind.STOPPED:
            text = _tr("Stopped. What arrived is kept.")
        case EndingKind.INTERRUPTED:
            text = _tr("Interrupted before the end. What arrived is kept.")
        case EndingKind.LIMIT_REACHED:
            text = _tr("Cut at the limit of {max_tokens} tokens that is set for answers.")
        case EndingKind.WINDOW_FULL:
            text = _tr("Cut because the window of {context_length} tokens is full.")
        case EndingKind.CUT_OFF:
            text = _tr("Cut short: the window is full or the server's limit was reached.")
        case EndingKind.BUDGET_SPENT_THINKING:
            text = _tr("No answer: the model spent its whole budget on thinking.")
        case EndingKind.ONLY_THOUGHTS:
            text = _tr("The model finished thinking without writing an answer.")
        case EndingKind.TOOL_CALL_DROPPED:
            text = _tr("No answer: the model tried to call a tool, and none was offered.")
        case EndingKind.BLOCKED:
            text = _tr("Blocked by the provider's content filter.")
        case EndingKind.EMPTY:
            text = _tr("The server finished without a word and does not say why. Try again.")
        case _:
            assert_never(ending.kind)
    return _filled(text, values)
