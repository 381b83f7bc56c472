"""What the transcript is told about each message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_coder.llm.models import Role


@dataclass(frozen=True, slots=True)
class Offer:
    """Words on a button and the action that it asks for."""

    text: str
    action: str


@dataclass(frozen=True, slots=True)
class TranscriptCard:
    """What went wrong in a turn and what mends it, the best first.

    The action of a button comes back as `card:<action>`.
    """

    title: str
    cause: str
    offers: tuple[Offer, ...] = ()
    detail: str = ""
    """The raw answer of the server, folded until asked for."""


@dataclass(frozen=True, slots=True)
class TranscriptMessage:
    """One message as it is shown; a change is a new value given to `Transcript.replace`."""

    id: int
    role: Role
    text: str
    title: str = ""
    subtitle: str = ""
    reasoning: str = ""
    reasoning_seconds: float | None = None
    footer: str = ""
    notes: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    images: tuple[bytes, ...] = ()
    branch: int = 1
    branches: int = 1
    card: TranscriptCard | None = None
    can_continue: bool = False
    """Whether the answer is the newest and may go on."""

    offers: tuple[Offer, ...] = ()
    """What is offered beside the notes."""
