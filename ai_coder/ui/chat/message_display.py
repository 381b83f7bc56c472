"""Turn stored messages into what the transcript shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.chat.conversation import AttachmentKind, MessageStatus
from ai_coder.chat.ending import explain
from ai_coder.llm.models import Locality, Role
from ai_coder.ui.chat.transcript_message import TranscriptCard, TranscriptMessage
from ai_coder.ui.chat.turn_words import ending_text, metrics, notice_text
from ai_coder.ui.connection_words import remedy_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ai_coder.chat.branches import Branches
    from ai_coder.chat.conversation import Failure, Message
    from ai_coder.chat.session import ChatSession
    from ai_coder.llm.catalogue import ModelCatalogue
    from ai_coder.llm.models import ModelConfig

_WHERE = {Locality.LOCAL: "Local", Locality.LAN: "LAN", Locality.CLOUD: "Cloud"}


def _tr(text: str) -> str:
    return QCoreApplication.translate("MessageDisplay", text)


class MessageDisplay:
    """Knows the names of servers and models, and writes the lines around each message."""

    def __init__(self, catalogue: ModelCatalogue, provider_names: Mapping[str, str]) -> None:
        self._catalogue = catalogue
        self._provider_names = provider_names

    def all_of(
        self, session: ChatSession, pictures: Mapping[str, bytes]
    ) -> list[TranscriptMessage]:
        """Return the shown branch; *pictures* are the attached images by digest."""
        return [self.shown(m, session.branches, pictures) for m in session.messages]

    def shown(
        self, message: Message, branches: Branches, pictures: Mapping[str, bytes] | None = None
    ) -> TranscriptMessage:
        """Return one message as the transcript shows it."""
        place, count = branches.position(message.id) if message.id in branches.parents else (1, 1)
        is_answer = message.role is Role.ASSISTANT
        images = [
            (pictures or {})[a.digest]
            for a in message.attachments
            if a.kind is AttachmentKind.IMAGE and a.digest in (pictures or {})
        ]
        return TranscriptMessage(
            id=message.id,
            role=message.role,
            text=message.text,
            title=self.title(message) if is_answer else "",
            subtitle=self.subtitle(message) if is_answer else "",
            reasoning=message.reasoning,
            reasoning_seconds=message.reasoning_seconds,
            footer=metrics(message) if is_answer and _has_answered(message) else "",
            notes=tuple(self.notes(message)) if is_answer else (),
            attachments=tuple(a.name for a in message.attachments),
            images=tuple(images),
            branch=place,
            branches=count,
            card=self.card(message.failure, message) if message.failure else None,
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
        provider_id = (message.model_ref or "").partition("/")[0]
        model = self._model(message)
        parts = [self._provider_names.get(provider_id, provider_id)]
        if model is not None:
            parts += [model.quantization or "", _WHERE[model.locality]]
        return " · ".join(part for part in parts if part)

    def notes(self, message: Message) -> list[str]:
        """Return the one-line truths under an answer."""
        notes = [notice_text(notice) for notice in message.notices]
        model = self._model(message)
        ending = explain(message, model.served_context if model else None)
        if ending is not None and message.failure is None:
            notes.append(ending_text(ending))
        return notes

    def can_continue(self, message: Message) -> bool:
        """Whether *Continue* makes sense for an answer."""
        ending = explain(message)
        return ending is not None and ending.can_continue

    def card(self, failure: Failure, message: Message) -> TranscriptCard:
        """Return the card of a failed turn: what happened, the next step, one button."""
        details = dict(failure.details)
        translate = QCoreApplication.translate
        title = translate("errors", failure.message).format(**details)
        hint = translate("errors", failure.hint).format(**details) if failure.hint else ""
        provider_id = (message.model_ref or "").partition("/")[0]
        name = self._provider_names.get(provider_id, provider_id)
        button = remedy_text(failure.remedy, name) if failure.remedy else ""
        action = failure.remedy.value if failure.remedy else ""
        return TranscriptCard(title, hint, button, action, failure.raw)

    def _model(self, message: Message) -> ModelConfig | None:
        return self._catalogue.get(message.model_ref or "")


def _has_answered(message: Message) -> bool:
    return message.status is not MessageStatus.RUNNING and bool(message.text or message.reasoning)


def code_blocks(text: str) -> list[str]:
    """Return the contents of the fenced code blocks of Markdown *text*, in order."""
    blocks: list[str] = []
    fence = ""
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.strip()
        if fence and bare.startswith(fence) and not bare.strip(fence[0]):
            blocks.append("\n".join(lines))
            fence, lines = "", []
        elif fence:
            lines.append(line)
        elif bare.startswith(("```", "~~~")):
            fence = bare[: len(bare) - len(bare.lstrip(bare[0]))]
    return blocks


def last_answer(messages: Sequence[Message]) -> Message | None:
    """Return the newest answer of the shown branch."""
    return next((m for m in reversed(messages) if m.role is Role.ASSISTANT), None)


def last_prompt(messages: Sequence[Message]) -> Message | None:
    """Return the newest prompt of the shown branch."""
    return next((m for m in reversed(messages) if m.role is Role.USER), None)
