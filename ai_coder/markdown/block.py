"""A block of Markdown, the unit that is laid out on its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """How a block is shown while it grows."""

    TEXT = "text"
    CODE = "code"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message that is laid out on its own.

    A block of text is Markdown; a block of code is the code itself; a table is its rows.
    """

    kind: BlockKind
    lines: tuple[str, ...]
    language: str = ""
    number: int | None = None
    """What the item of a numbered list counts as, because each item is a block."""

    is_tight: bool = False
    """Whether it follows another item of its list without an empty line."""

    @property
    def source(self) -> str:
        """The lines as one text that ends with a line end."""
        return "\n".join((*self.lines, ""))
