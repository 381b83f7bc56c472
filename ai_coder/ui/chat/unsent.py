"""What is written in a chat and not sent yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_coder.chat.conversation import AttachedFile
from ai_coder.ui.chat.incoming_file import IncomingFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.chat.conversation import Message


@dataclass(slots=True, eq=False)
class Draft:
    """Words and attachments as the composer has them."""

    text: str = ""
    attachments: list[AttachedFile | IncomingFile] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Prompts that were sent and wait: for a file, or for the answer to a question."""

    @property
    def files(self) -> list[AttachedFile]:
        """The attachments that are read."""
        return [each for each in self.attachments if isinstance(each, AttachedFile)]

    @property
    def incoming(self) -> list[IncomingFile]:
        """The attachments that are still read."""
        return [each for each in self.attachments if isinstance(each, IncomingFile)]

    @property
    def is_in_hand(self) -> bool:
        """Whether something goes on here that is on no disk."""
        return bool(self.asked or self.incoming)

    def put_above(self, text: str) -> None:
        """Put words above what is written by now."""
        self.text = f"{text}\n\n{self.text}" if self.text.strip() else text

    def put_below(self, text: str) -> None:
        """Put words below what is written by now."""
        self.text = f"{self.text}\n\n{text}" if self.text.strip() else text

    def let_go(self, files: Sequence[AttachedFile]) -> None:
        """Take off *files*, which are sent; what came since they were taken stays."""
        gone = {id(file) for file in files}
        self.attachments[:] = [each for each in self.attachments if id(each) not in gone]


@dataclass(slots=True, eq=False)
class Edit(Draft):
    """An earlier prompt that is asked differently."""

    message_id: int = 0
    original: str = ""
    """The words of the prompt as it was sent."""

    given: frozenset[str] = frozenset()
    """The digests of the attachments that it was sent with."""

    @property
    def added(self) -> list[AttachedFile | IncomingFile]:
        """The attachments that the prompt did not have."""
        return [
            each
            for each in self.attachments
            if isinstance(each, IncomingFile) or each.record.digest not in self.given
        ]

    @property
    def is_changed(self) -> bool:
        """Whether it has words that would be missed."""
        return bool(self.text.strip()) and self.text != self.original


@dataclass(frozen=True, slots=True)
class Unsent:
    """All of it at one moment, as it is stored."""

    text: str = ""
    files: tuple[AttachedFile, ...] = ()
    edited: int | None = None
    edit_text: str = ""
    edit_files: tuple[AttachedFile, ...] = ()


def edit_of(prompt: Message, files: Sequence[AttachedFile]) -> Edit:
    """Return the edit of *prompt* as it begins, with *files*."""
    given = frozenset(attachment.digest for attachment in prompt.attachments)
    text = prompt.text
    return Edit(text, [*files], message_id=prompt.id, original=text, given=given)
