"""What can be done about the newest answer besides reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.errors import ContextOverflowError, Remedy, RequestTooLargeError
from ai_coder.llm.context_window import next_window, window_step
from ai_coder.llm.models import NoticeKind, Role
from ai_coder.ui.chat.transcript_message import Offer
from ai_coder.ui.connection_words import remedy_text
from ai_coder.ui.number_text import token_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.conversation import Message
    from ai_coder.llm.models import ModelConfig

REMOVE_ATTACHMENTS = "remove_attachments"
SEND_QUEUED = "send_queued"
_TOO_LARGE = RequestTooLargeError.__name__
_TOO_MUCH = (ContextOverflowError.__name__, _TOO_LARGE)
_UNKNOWN_WINDOW = 4096
_ROOM_FOR_AN_ANSWER = 1024


def _tr(text: str) -> str:
    return QCoreApplication.translate("TurnOffers", text)


def is_overflow(message: Message) -> bool:
    """Whether too much was sent, by the server's error or by its own count."""
    if message.failure is not None and message.failure.kind in _TOO_MUCH:
        return True
    return any(notice.kind is NoticeKind.PROMPT_TRUNCATED for notice in message.notices)


def is_estimated(message: Message) -> bool:
    """Whether a conversation was found too long here, before it was sent."""
    return message.failure is not None and "is_estimate" in dict(message.failure.details)


def estimate_words(message: Message) -> str:
    """Return what the estimate said that kept a conversation from being sent."""
    details = dict(message.failure.details) if message.failure else {}
    text = _tr("Nothing was sent: it has about {tokens} tokens, and the window holds {window}.")
    tokens, window = _number(details.get("prompt_tokens")), _number(details.get("context_length"))
    return text.format(tokens=token_text(tokens or 0), window=token_text(window or 0))


def larger_window(message: Message, model: ModelConfig | None) -> int | None:
    """Return the next step of the window that holds what was sent; None when there is none."""
    details = dict(message.failure.details) if message.failure else {}
    tried = _number(details.get("context_length")) or 0
    served = (model.served_context if model else None) or 0
    most = model.context_length if model else None
    larger = next_window(max(tried, served) or _UNKNOWN_WINDOW, most=most)
    sent = _number(details.get("prompt_tokens"))
    if larger is None or sent is None:
        return larger
    if most is not None and sent > most and not is_estimated(message):
        return None
    return max(larger, window_step(sent + _ROOM_FOR_AN_ANSWER, most=most))


def overflow_offers(
    message: Message, prompt: Message | None, model: ModelConfig | None, *, can_choose: bool
) -> list[Offer]:
    """Return what helps against a conversation that is too long, the best first."""
    offers: list[Offer] = []
    is_too_large = message.failure is not None and message.failure.kind == _TOO_LARGE
    window = larger_window(message, model) if can_choose and not is_too_large else None
    if window is not None:
        text = _tr("Reload with {window}").format(window=token_text(window))
        offers.append(Offer(text, Remedy.RELOAD_LARGER.value))
    if prompt is not None and prompt.role is Role.USER and prompt.attachments and prompt.text:
        offers.append(Offer(_tr("Remove attachments"), REMOVE_ATTACHMENTS))
    offers.append(Offer(_tr("Start fresh with a summary"), Remedy.START_FRESH.value))
    if is_estimated(message):
        offers.append(Offer(remedy_text(Remedy.SEND_ANYWAY), Remedy.SEND_ANYWAY.value))
    return offers


def prompt_of(message: Message, messages: Sequence[Message]) -> Message | None:
    """Return the prompt that *message* answers."""
    return next((m for m in messages if m.id == message.parent_id), None)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
