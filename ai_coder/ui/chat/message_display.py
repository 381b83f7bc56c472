"""Turn stored messages into what the transcript shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.chat.conversation import AttachmentKind, MessageStatus
from ai_coder.chat.ending import EndingKind, explain
from ai_coder.errors import Remedy
from ai_coder.llm.models import Locality, NoticeKind, Role, provider_of
from ai_coder.ui.chat.parameter_words import set_parameters
from ai_coder.ui.chat.transcript_message import Offer, TranscriptCard, TranscriptMessage
from ai_coder.ui.chat.turn_offers import (
    estimate_words,
    is_estimated,
    is_overflow,
    overflow_offers,
    prompt_of,
)
from ai_coder.ui.chat.turn_words import ending_text, metrics, notice_text
from ai_coder.ui.connection_words import remedy_text
from ai_coder.ui.error_text import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ai_coder.chat.branches import Branches
    from ai_coder.chat.conversation import Failure, Message
    from ai_coder.chat.ending import Ending
    from ai_coder.chat.session import ChatSession
    from ai_coder.llm.catalogue import ModelCatalogue
    from ai_coder.llm.models import ModelConfig

_CARD_ENDINGS = frozenset(
    (
        EndingKind.LIMIT_REACHED,
        EndingKind.WINDOW_FULL,
        EndingKind.CUT_OFF,
        EndingKind.INTERRUPTED,
    )
)
"""Endings that are not what the user wanted; the others are a line."""

_WHERE = {Locality.LOCAL: "Local", Locality.LAN: "LAN", Locality.CLOUD: "Cloud"}


def _tr(text: str) -> str:
    return QCoreApplication.translate("MessageDisplay", text)


class MessageDisplay:
    """Knows the names of servers and models, and writes the lines around each message."""

    def __init__(
        self,
        catalogue: ModelCatalogue,
        provider_names: Mapping[str, str],
        can_choose_context: Callable[[str], bool] = lambda _provider_id: False,
    ) -> None:
        self._catalogue = catalogue
        self._provider_names = provider_names
        self._can_choose_context = can_choose_context

    def shown_in(
        self, session: ChatSession, message: Message, pictures: Mapping[str, bytes]
    ) -> TranscriptMessage:
        """Return a message of *session* as the transcript shows it."""
        return self.shown(
            message,
            session.branches,
            pictures,
            prompt=prompt_of(message, session.messages) if is_overflow(message) else None,
            is_newest=message.id == session.conversation.head,
        )

    def shown(
        self,
        message: Message,
        branches: Branches,
        pictures: Mapping[str, bytes] | None = None,
        *,
        prompt: Message | None = None,
        is_newest: bool = False,
    ) -> TranscriptMessage:
        """Return one message as the transcript shows it; *prompt* is what it answers."""
        place, count = branches.position(message.id) if message.id in branches.parents else (1, 1)
        is_answer = message.role is Role.ASSISTANT
        images = [
            (pictures or {})[a.digest]
            for a in message.attachments
            if a.kind is AttachmentKind.IMAGE and a.digest in (pictures or {})
        ]
        card = self.card(message, prompt, is_newest=is_newest) if is_answer else None
        can_continue = is_newest and may_go_on(message)
        ending = self._ending(message) if can_continue and card is None else None
        return TranscriptMessage(
            id=message.id,
            role=message.role,
            text=message.text,
            title=self.title(message) if is_answer else "",
            subtitle=self.subtitle(message) if is_answer else "",
            reasoning=message.reasoning,
            reasoning_seconds=message.reasoning_seconds,
            footer=self._footer(message, has_siblings=count > 1) if is_answer else "",
            notes=tuple(self.notes(message)) if is_answer else (),
            attachments=tuple(a.name for a in message.attachments),
            images=tuple(images),
            branch=place,
            branches=count,
            card=card,
            can_continue=can_continue,
            offers=(_continue(),) if ending is not None and ending.can_continue else (),
        )

    def title(self, message: Message) -> str:
        """Return the name of the model that answers."""
        return self.model_name(message.model_ref or "")

    def model_name(self, ref: str) -> str:
        """Return what people call the model *ref*, also while its server is away."""
        model = self._catalogue.get(ref)
        return model.display_name if model else ref.partition("/")[2]

    def subtitle(self, message: Message) -> str:
        """Return server, quantization and where it runs."""
        provider_id = provider_of(message.model_ref or "")
        model = self._model(message)
        parts = [self._provider_names.get(provider_id, provider_id)]
        if model is not None:
            parts += [model.quantization or "", _WHERE[model.locality]]
        return " · ".join(part for part in parts if part)

    def _footer(self, message: Message, *, has_siblings: bool) -> str:
        """Return how the answer came; beside others also the parameters that made this one."""
        if not _has_answered(message):
            return ""
        made_by = message.parameters if has_siblings else None
        parts = set_parameters(made_by) if made_by is not None else []
        return " · ".join([*parts, metrics(message, is_cloud=self._is_cloud(message))])

    def notes(self, message: Message) -> list[str]:
        """Return the one-line truths under an answer that no card tells."""
        notices = [n for n in message.notices if n.kind is not NoticeKind.PROMPT_TRUNCATED]
        notes = [notice_text(notice) for notice in notices]
        ending = self._ending(message)
        if ending is not None and message.failure is None and not _needs_card(ending):
            notes.append(ending_text(ending))
        return notes

    def card(
        self, message: Message, prompt: Message | None = None, *, is_newest: bool = False
    ) -> TranscriptCard | None:
        """Return the card of an answer that needs something: what happened, and what helps.

        Only the newest answer goes on; what was said after an older one would be out of sight.
        """
        goes_on = (_continue(),) if is_newest else ()
        if message.failure is not None:
            return self._failure_card(message.failure, message, prompt, goes_on)
        ending = self._ending(message)
        is_cut = ending is not None and _needs_card(ending)
        for notice in message.notices:
            if notice.kind is NoticeKind.PROMPT_TRUNCATED:
                hint = _tr("The model answered without them.")
                if ending is not None and is_cut:
                    hint = f"{hint} {ending_text(ending)}"
                offers = (*self._overflow_offers(message, prompt), *(goes_on if is_cut else ()))
                return TranscriptCard(notice_text(notice), hint, offers)
        if ending is not None and is_cut:
            return TranscriptCard(ending_text(ending), "", goes_on)
        return None

    def _failure_card(
        self,
        failure: Failure,
        message: Message,
        prompt: Message | None,
        goes_on: tuple[Offer, ...],
    ) -> TranscriptCard:
        details = dict(failure.details)
        title = filled(failure.message, details)
        hint = filled(failure.hint, details) if failure.hint else ""
        provider_id = provider_of(message.model_ref or "")
        name = self._provider_names.get(provider_id, provider_id)
        offers: tuple[Offer, ...] = ()
        if is_overflow(message):
            hint = estimate_words(message) if is_estimated(message) else hint
            offers = tuple(self._overflow_offers(message, prompt))
        elif failure.remedy is not None and failure.remedy is not Remedy.CONTINUE:
            offers = (Offer(remedy_text(failure.remedy, name), failure.remedy.value),)
        has_begun = bool(message.text.strip()) and not is_overflow(message)
        if has_begun or failure.remedy is Remedy.CONTINUE:
            offers += goes_on
        return TranscriptCard(title, hint, offers, failure.raw)

    def _overflow_offers(self, message: Message, prompt: Message | None) -> list[Offer]:
        provider_id = provider_of(message.model_ref or "")
        model = self._model(message)
        is_elsewhere = model is not None and model.runs_at is not None
        can_choose = self._can_choose_context(provider_id) and not is_elsewhere
        return overflow_offers(message, prompt, model, can_choose=can_choose)

    def _ending(self, message: Message) -> Ending | None:
        model = self._model(message)
        return explain(message, model.served_context if model else None)

    def _is_cloud(self, message: Message) -> bool:
        """Whether a company's model answered, as far as its server told."""
        asked, answered = message.model_ref or "", message.answered_by or ""
        is_same_server = provider_of(asked) == provider_of(answered)
        model = self._catalogue.get(asked if is_same_server or not answered else answered)
        return model is not None and model.locality is Locality.CLOUD

    def _model(self, message: Message) -> ModelConfig | None:
        return self._catalogue.get(message.model_ref or "")


def _continue() -> Offer:
    return Offer(remedy_text(Remedy.CONTINUE), Remedy.CONTINUE.value)


def _needs_card(ending: Ending) -> bool:
    return ending.can_continue and ending.kind in _CARD_ENDINGS


def _has_answered(message: Message) -> bool:
    return message.status is not MessageStatus.RUNNING and bool(message.text or message.reasoning)


def may_go_on(message: Message) -> bool:
    """Whether a message, if it is the newest, is an answer that can be continued."""
    return message.role is Role.ASSISTANT and bool(message.text) and _has_answered(message)


def last_answer(messages: Sequence[Message]) -> Message | None:
    """Return the newest answer of the shown branch."""
    return next((m for m in reversed(messages) if m.role is Role.ASSISTANT), None)


def last_prompt(messages: Sequence[Message]) -> Message | None:
    """Return the newest prompt of the shown branch."""
    return next((m for m in reversed(messages) if m.role is Role.USER), None)
