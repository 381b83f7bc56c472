"""The values a chat is made of: conversations, messages, attachments."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003  # the export format reads these annotations
from enum import StrEnum
from typing import TYPE_CHECKING

from ai_coder.errors import Remedy  # noqa: TC001  # the export format reads these annotations
from ai_coder.llm.models import (
    FinishReason,
    GenerationParameters,
    Notice,
    Role,
    Timings,
    TokenUsage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_coder.errors import AICoderError


class MessageStatus(StrEnum):
    """How far a message got.

    `stopped` was ended by the user, `interrupted` by a crash or a broken connection,
    `failed` by an error; whatever had arrived is kept in each case.
    """

    COMPLETE = "complete"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    FAILED = "failed"


class AttachmentKind(StrEnum):
    """Whether an attachment is read as words or looked at."""

    TEXT = "text"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a prompt; its content is kept once under `digest` (SHA-256, hex)."""

    name: str
    kind: AttachmentKind
    media_type: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """An attachment together with its content: UTF-8 for text, the encoded bytes for images."""

    name: str
    kind: AttachmentKind
    media_type: str
    content: bytes
    is_guess: bool = field(default=False, compare=False)
    """Whether nothing tells in which encoding the words of the file are."""

    @property
    def record(self) -> Attachment:
        """What a message keeps of it."""
        digest = hashlib.sha256(self.content).hexdigest()
        return Attachment(self.name, self.kind, self.media_type, len(self.content), digest)

    @property
    def text(self) -> str:
        """The words of a text attachment."""
        return self.content.decode("utf-8", "replace")


def attached_files(
    records: Iterable[Attachment], contents: Mapping[str, bytes]
) -> list[AttachedFile]:
    """Return the files whose content, by digest, is there."""
    return [
        AttachedFile(record.name, record.kind, record.media_type, contents[record.digest])
        for record in records
        if record.digest in contents
    ]


@dataclass(frozen=True, slots=True)
class Failure:
    """The error of a turn, kept with its message so that its card can be shown again.

    `message` and `hint` are the English templates of the error; `details` fill them in.
    """

    kind: str
    message: str
    hint: str = ""
    details: tuple[tuple[str, str], ...] = ()
    remedy: Remedy | None = None
    raw: str = ""

    @classmethod
    def of(cls, error: AICoderError) -> Failure:
        """Return what has to be remembered of *error*."""
        details = dict(error.details)
        for name in ("prompt_tokens", "context_length", "is_estimate", "retry_after"):
            if (value := getattr(error, name, None)) is not None:
                details[name] = str(value)
        kind = type(error).__name__
        return cls(kind, error.message, error.hint, tuple(details.items()), error.remedy, error.raw)

    @property
    def text(self) -> str:
        """The English message with its details filled in."""
        return self.message.format(**dict(self.details))

    @property
    def hint_text(self) -> str:
        """The English hint with its details filled in; empty when there is none."""
        return self.hint.format(**dict(self.details))


@dataclass(slots=True)
class Message:
    """One prompt or answer; `parent_id` makes the messages of a conversation a tree.

    Siblings are the branches. `model_ref` is the model that was asked, `answered_by` the
    model that really answered; in a prompt that sums up another chat, `model_ref` is a model of
    one's own computers that had a part in it. What is unknown is None. `cost` is in US dollars.

    A value like the others, never changed after it was made. It is not frozen because that
    makes it take six times as long to build, and a long chat has thousands.
    """

    id: int
    conversation_id: int
    parent_id: int | None
    role: Role
    text: str
    created_at: datetime
    status: MessageStatus = MessageStatus.COMPLETE
    reasoning: str = ""
    reasoning_seconds: float | None = None
    model_ref: str | None = None
    answered_by: str | None = None
    finish_reason: FinishReason | None = None
    usage: TokenUsage | None = None
    timings: Timings | None = None
    first_token_seconds: float | None = None
    """From sending to the first word or thought, measured here."""

    seconds: float | None = None
    """From sending to the end, measured here."""

    parameters: GenerationParameters | None = None
    notices: tuple[Notice, ...] = ()
    failure: Failure | None = None
    attachments: tuple[Attachment, ...] = ()
    cost: float | None = None
    earlier_tokens: int | None = 0

    @property
    def output_tokens(self) -> int | None:
        """Tokens of the whole answer, as its servers counted them."""
        last = self.usage.output_tokens if self.usage else None
        return None if last is None or self.earlier_tokens is None else self.earlier_tokens + last

    @property
    def output_per_second(self) -> float | None:
        """Tokens per second: the server's figure, else its count over the time measured here."""
        if self.timings and self.timings.output_per_second:
            return self.timings.output_per_second
        tokens = self.usage.output_tokens if self.usage else None
        if not tokens or self.seconds is None or self.first_token_seconds is None:
            return None
        writing = self.seconds - self.first_token_seconds
        return tokens / writing if writing > 0 else None


@dataclass(frozen=True, slots=True)
class ConversationSettings:
    """What a conversation sends with every prompt; None leaves the choice to the server."""

    system_prompt: str = ""
    parameters: GenerationParameters = field(default_factory=GenerationParameters)
    template: str | None = None
    """The name of the template it was set up from."""

    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class EditedPrompt:
    """An earlier prompt that is being asked differently, as far as that is written."""

    message_id: int
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """A chat as the list shows it; `head` is the last message of the branch that is shown.

    An empty title means that none was given or made yet.
    """

    id: int
    title: str
    created_at: datetime
    updated_at: datetime
    is_pinned: bool = False
    is_title_automatic: bool = True
    model_ref: str | None = None
    draft: str = ""
    deleted_at: datetime | None = None
    message_count: int = 0
    settings: ConversationSettings = field(default_factory=ConversationSettings)
    head: int | None = None
    draft_attachments: tuple[Attachment, ...] = ()
    edited: EditedPrompt | None = None

    @property
    def unsent_attachments(self) -> tuple[Attachment, ...]:
        """The files of the draft and of the prompt that is asked differently."""
        return self.draft_attachments + (self.edited.attachments if self.edited else ())

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said and nothing waits to be sent."""
        return not (self.message_count or self.draft or self.draft_attachments)
