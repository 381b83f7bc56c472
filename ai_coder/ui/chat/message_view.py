"""One message near the viewport: where its blocks stand, and what is where in them."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QPointF

from ai_coder.markdown.utf16 import utf16_slice
from ai_coder.ui.chat.code_block import CodeItem
from ai_coder.ui.chat.found_places import THOUGHTS
from ai_coder.ui.chat.layout_item import Target
from ai_coder.ui.chat.message_blocks import MessageBlocks
from ai_coder.ui.chat.sideways_item import SidewaysItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PyQt6.QtGui import QImage

    from ai_coder.ui.chat.block_view import BlockView
    from ai_coder.ui.chat.layout_item import LayoutItem
    from ai_coder.ui.chat.rendering import Rendering
    from ai_coder.ui.chat.transcript_message import TranscriptMessage


class Position(NamedTuple):
    """A place between two characters of a message, comparable in reading order."""

    block: int
    item: int
    offset: int


class Part(NamedTuple):
    """The text of an item, or a part of it, and what divides it from the text before."""

    block: int
    item: int
    lead: str
    text: str

    @property
    def copied(self) -> str:
        """How it reads where it is pasted."""
        return f"{self.lead}{self.text}".replace("\u2028", "\n")


START = Position(-1, 0, 0)
END = Position(1 << 40, 0, 0)


class MessageView(MessageBlocks):
    """Lays out the blocks that are seen; for the others a guess of their height will do."""

    def __init__(self, message: TranscriptMessage, rendering: Rendering) -> None:
        super().__init__(message, rendering)
        self.width = 0

    @property
    def height(self) -> int:
        """The height at the width of the last layout."""
        return self.frame.height

    def invalidate(self, block: int = 0) -> None:
        """Place the blocks from *block* on anew at the next layout."""
        self._dirty_from = min(self._dirty_from, block)

    def lay_out(self, width: int, top: int, bottom: int) -> int:
        """Lay out what lies between *top* and *bottom* and return the height of the message."""
        if width != self.width:
            self.width = width
            self._dirty_from = 0
        inner = self.frame.text_width(width)
        first = min(self._dirty_from, self._first_at(top))
        del self._tops[first + 1 :]
        y = self._tops[first] if first < len(self._tops) else self.frame.insets.top
        if not first:
            y = self.frame.insets.top
        self._tops[first:] = [y]
        for index in range(first, len(self.blocks)):
            block = self.blocks[index]
            own = inner - self._lead(index)
            if block.width != own:
                guess = block.height if block.width else block.estimate(own)
                if y + guess >= top and y <= bottom:
                    guess = block.lay_out(own)
                y += guess
            else:
                y += block.height
            if index + 1 == self.reasoning_count:
                y += self._rendering.style.gap
            self._tops.append(y)
        self._dirty_from = len(self.blocks)
        self.frame.arrange(width, y - self.frame.insets.top)
        return self.frame.height

    def lay_out_block(self, index: int, width: int) -> int:
        """Lay out one block, with guesses for those above it, and return where it begins."""
        block, own = self.blocks[index], self.frame.text_width(width) - self._lead(index)
        if width != self.width or block.width != own or self._dirty_from < len(self.blocks):
            block.lay_out(own)
            self.invalidate()
            self.lay_out(width, -1, -1)
        return self.block_top(index)

    def _first_at(self, y: int) -> int:
        return max(0, min(bisect_right(self._tops, y) - 1, len(self.blocks)))

    def _lead(self, index: int) -> int:
        return self._rendering.style.px(16) if index < self.reasoning_count else 0

    def block_left(self, index: int) -> int:
        """Return where a block begins from the left."""
        return self.frame.insets.left + self._lead(index)

    def block_at(self, y: float) -> int:
        """Return the block nearest to *y*, -1 if there is none."""
        return (
            max(0, min(bisect_right(self._tops, y) - 1, len(self.blocks) - 1))
            if (self.blocks)
            else -1
        )

    def is_measured(self, index: int) -> bool:
        """Whether the place of a block is no guess."""
        return self.blocks[index].width == self.frame.text_width(self.width) - self._lead(index)

    # -- positions --

    def position_at(self, point: QPointF) -> Position:
        """Return the character boundary nearest to *point*."""
        if not self.blocks or point.y() < self.block_top(0):
            return START
        index = self.block_at(point.y())
        block = self.blocks[index]
        if not block.items:
            return Position(index, 0, 0)
        inside = point - QPointF(self.block_left(index), self.block_top(index))
        item = block.item_at(inside.y())
        return Position(index, item, block.items[item].offset_at(block.point_in(item, inside)))

    def item_under(self, point: QPointF) -> tuple[int, int, QPointF] | None:
        """Return block, item and the point inside it, none beside all items."""
        index = self.block_at(point.y())
        if index < 0 or not self.is_measured(index):
            return None
        inside = point - QPointF(self.block_left(index), self.block_top(index))
        for number, item in enumerate(self.blocks[index].items):
            own = inside - QPointF(item.x, item.y)
            if 0 <= own.x() <= item.width and 0 <= own.y() < item.height:
                return index, number, own
        return None

    def target_at(self, point: QPointF) -> Target | None:
        """Return the link or button at *point*; its rectangle is in the message."""
        for button in self.frame.buttons():
            if button.action and button.rect.contains(point):
                return Target("button", button.action, button.rect)
        found = self.item_under(point)
        if found is None:
            return None
        block, item, inside = found
        target = self.blocks[block].items[item].target_at(inside)
        if target is None:
            return None
        return Target(target.kind, target.value, target.rect.translated(point - inside))

    def item(self, block: int, item: int) -> LayoutItem | None:
        """Return an item by its numbers, none if the message has changed since."""
        if 0 <= block < len(self.blocks) and 0 <= item < len(self.blocks[block].items):
            return self.blocks[block].items[item]
        return None

    def code_items(self) -> list[CodeItem]:
        """Return the code blocks of the message in reading order."""
        return [item for block in self.blocks for item in block.items if isinstance(item, CodeItem)]

    def last_code(self) -> CodeItem | None:
        """Return the last code block that is no thought, none if there is none."""
        blocks = reversed(self.blocks[self.reasoning_count :])
        items = (item for block in blocks for item in reversed(block.items))
        return next((item for item in items if isinstance(item, CodeItem)), None)

    def links(self) -> list[str]:
        """Return the addresses that the message refers to, each once, in reading order."""
        items = (item for block in self.blocks for item in block.items)
        return list(dict.fromkeys(link for item in items for link in item.links()))

    def sideways_items(self) -> list[SidewaysItem]:
        """Return what is laid out of the code and tables, which may be wider than the message."""
        laid_out = (block for block in self.blocks if block.width)
        return [
            item for block in laid_out for item in block.items if isinstance(item, SidewaysItem)
        ]

    def item_changed(self, item: LayoutItem) -> None:
        """Lay out and paint an item's block anew."""
        for index, block in enumerate(self.blocks):
            if block.has(item):
                block.invalidate()
                self.invalidate(index)

    def recolor(self, language: str) -> None:
        """Colour the code of *language*, whose lexer has arrived."""
        for block in self.blocks:
            block.recolor(language)

    def show_image(self, item: object, image: QImage) -> None:
        """Show a picture that was decoded, if it is one of this message."""
        self.frame.show_image(item, image)
        for block in self.blocks:
            block.show_image(item, image)

    def readable(self) -> Iterator[tuple[int, BlockView]]:
        """Yield everything that can be read, folded thoughts included, numbered as in a `Match`."""
        yield from enumerate(self.thoughts(), THOUGHTS)
        yield from enumerate(self.blocks[self.reasoning_count :])

    def shown_block(self, number: int) -> int:
        """Return which block a `Match` means by its number, -1 while that is folded."""
        if number >= 0:
            return number + self.reasoning_count
        return number - THOUGHTS if number - THOUGHTS < self.reasoning_count else -1

    def text_between(self, start: Position, end: Position) -> str:
        """Return the selected text of the message, blocks divided by line ends."""
        return "".join(part.copied for part in self.parts_between(start, end))

    def parts_between(self, start: Position, end: Position) -> Iterator[Part]:
        """Return what is selected of each item, in reading order.

        Blocks that come or go before the last part is read do not count.
        """
        blocks = list(enumerate(self.blocks))[max(0, start.block) : end.block + 1]
        return _parts(blocks, start, end)


def _parts(
    blocks: Iterable[tuple[int, BlockView]], start: Position, end: Position
) -> Iterator[Part]:
    last_block = -1
    for index, block in blocks:
        for number, item in enumerate(block.items):
            here, text, lead = (index, number), item.text, ""
            if here < start[:2] or here > end[:2]:
                continue
            if here == end[:2]:
                text = utf16_slice(text, 0, end.offset)
            if here == start[:2]:
                text = utf16_slice(text, start.offset, len(text) * 2)
            if last_block >= 0:
                lead = "\n" if index == last_block or block.block.is_tight else "\n\n"
            offset = start.offset if here == start[:2] else 0
            yield Part(index, number, lead + _marker(block, number, offset), text)
            last_block = index


def _marker(block: BlockView, item: int, offset: int) -> str:
    """Return the number or bullet that a copied list item keeps, if it is copied from its start."""
    marker = block.marker(item)
    return f"{marker} " if marker and not offset else ""
