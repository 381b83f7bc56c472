"""What a message says in plain words, and which of its characters stands where on the screen."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication

from ai_coder.llm.models import Role
from ai_coder.markdown.utf16 import utf16_length
from ai_coder.ui.chat.message_view import END, START, Position

if TYPE_CHECKING:
    from ai_coder.ui.chat.message_view import MessageView


class SpokenText:
    """A message for assistive tools; places in it count UTF-16 code units."""

    def __init__(self, view: MessageView) -> None:
        message = view.message
        above = [name for name in message.attachments if name]
        units = sum(utf16_length(name) + 1 for name in above)
        written: list[str] = []
        self._starts: list[int] = []
        self._ends: list[Position] = []
        for part in view.parts_between(START, END):
            units += utf16_length(part.lead)
            self._starts.append(units)
            length = utf16_length(part.text)
            self._ends.append(Position(part.block, part.item, length))
            units += length
            written += (part.lead, part.text)
        below = list(message.notes)
        if message.card is not None:
            below.append(f"{message.card.title} {message.card.cause}")
        parts = [*above, "".join(written), *below, message.footer]
        self.text = "\n".join(part for part in parts if part).replace("\u2028", "\n")

    @property
    def end(self) -> Position:
        """The last place of the text on the screen."""
        return self._ends[-1] if self._ends else START

    def position_at(self, units: int) -> Position:
        """Return the nearest place of the text on the screen."""
        index = max(0, bisect_right(self._starts, units) - 1)
        if index >= len(self._starts):
            return START
        end = self._ends[index]
        return end._replace(offset=max(0, min(units - self._starts[index], end.offset)))

    def units_at(self, position: Position) -> int:
        """Return where a place on the screen stands in the spoken text."""
        for start, end in zip(self._starts, self._ends, strict=True):
            if end[:2] == position[:2]:
                return start + min(position.offset, end.offset)
        return 0


def speaker(view: MessageView) -> str:
    """Return who wrote a message."""
    names = {Role.USER: _tr("You"), Role.SYSTEM: _tr("Instructions")}
    return names.get(view.message.role) or view.message.title or _tr("Answer")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)
