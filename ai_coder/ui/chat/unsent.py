"""What is written in a chat and not sent yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_coder.chat.conversation import AttachedFile


@dataclass(slots=True)
class Draft:
    """Words and attachments as the composer has them."""

    text: str = ""
    files: list[AttachedFile] = field(default_factory=list)

    def put_above(self, text: str) -> None:
        """Put words above what is written by now."""
        self.text = f"{text}\n\n{self.text}" if self.text.strip() else text

    def put_below(self, text: str) -> None:
        """Put words below what is written by now."""
        self.text = f"{self.text}\n\n{text}" if self.text.strip() else text


@dataclass(slots=True)
class Edit(Draft):
    """An earlier prompt that is asked differently."""

    message_id: int = 0
    original: str = ""
    """The words of the prompt as it was sent."""

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
