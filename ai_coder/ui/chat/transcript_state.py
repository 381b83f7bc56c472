"""What the reader is doing with a transcript: pointing, selecting, finding, focusing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ai_coder.ui.chat.found_places import FoundPlaces
from ai_coder.ui.chat.layout_item import Highlight, Marks
from ai_coder.ui.chat.message_view import END, START, MessageView, Position

if TYPE_CHECKING:
    from ai_coder.ui.chat.layout_item import Target

_REST = 1 << 40


@dataclass(slots=True)
class Selection:
    """From where to where text is selected: pairs of message and position, in any order."""

    anchor: tuple[int, Position]
    end: tuple[int, Position]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is selected."""
        return self.anchor == self.end

    def shift(self, count: int) -> None:
        """Follow the messages, of which *count* were added before the first one."""
        self.anchor = (self.anchor[0] + count, self.anchor[1])
        self.end = (self.end[0] + count, self.end[1])

    def range_in(self, message: int) -> tuple[Position, Position] | None:
        """Return the selected range of one message."""
        first, last = sorted((self.anchor, self.end))
        if self.is_empty or not first[0] <= message <= last[0]:
            return None
        start = first[1] if message == first[0] else START
        end = last[1] if message == last[0] else END
        return start, end


@dataclass(slots=True)
class TranscriptState:
    """Everything that is painted on top of the text."""

    selection: Selection | None = None
    hovered_message: int = -1
    hovered: Target | None = None
    hovered_item: tuple[int, int] = (-1, -1)
    focused_message: int = -1
    caret: tuple[int, Position] | None = None
    found: FoundPlaces = field(default_factory=FoundPlaces)

    def shift(self, count: int) -> None:
        """Follow the messages, of which *count* were added before the first one."""
        if self.selection is not None:
            self.selection.shift(count)
        if self.hovered_message >= 0:
            self.hovered_message += count
        if self.focused_message >= 0:
            self.focused_message += count
        if self.caret is not None:
            self.caret = (self.caret[0] + count, self.caret[1])
        self.found.shift(count)

    def truncate(self, count: int) -> None:
        """Forget what is only in messages behind the first *count*."""
        selection = self.selection
        if selection is not None and max(selection.anchor[0], selection.end[0]) >= count:
            self.selection = None
        if self.hovered_message >= count:
            self.hovered_message, self.hovered = -1, None
        if self.focused_message >= count:
            self.focused_message, self.caret = -1, None
        self.found.truncate(count)

    def marks_in(self, message: int, view: MessageView) -> dict[int, dict[int, Marks]]:
        """Return what is special in a message, by block and item; what is not listed is plain."""
        found: dict[int, dict[int, list[Highlight]]] = {}
        for number, match in enumerate(self.found.of(message)):
            role = "find_current" if (message, number) == self.found.current else "find"
            mark = Highlight(match.start, match.end, role)
            block = view.shown_block(match.block)
            found.setdefault(block, {}).setdefault(match.item, []).append(mark)
        marks = {
            block: {item: Marks(tuple(highlights)) for item, highlights in items.items()}
            for block, items in found.items()
        }
        if message == self.hovered_message and self.hovered is not None:
            block, item = self.hovered_item
            if block >= 0:
                own = marks.setdefault(block, {})
                own[item] = Marks(own.get(item, Marks()).highlights, self.hovered)
        return marks

    def selection_in(self, message: int, block: int, item: int) -> Highlight | None:
        """Return the selected range of an item."""
        selected = self.selection.range_in(message) if self.selection is not None else None
        if selected is None:
            return None
        start, end = selected
        if not start[:2] <= (block, item) <= end[:2]:
            return None
        first = start.offset if start[:2] == (block, item) else 0
        last = end.offset if end[:2] == (block, item) else _REST
        return Highlight(first, last, "selection") if first < last else None

    def is_selected(self, message: int, block: int) -> bool:
        """Whether a selection touches a block."""
        selected = self.selection.range_in(message) if self.selection is not None else None
        return selected is not None and selected[0].block <= block <= selected[1].block
