"""One message near the viewport: its blocks with their places, whole or still growing."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from PyQt6.QtCore import QCoreApplication, QPointF

from ai_coder.llm.models import Role
from ai_coder.markdown.blocks import Block, BlockKind, BlockSplitter
from ai_coder.markdown.thinking import split_thinking
from ai_coder.markdown.utf16 import utf16_slice
from ai_coder.ui.chat.block_view import BlockView
from ai_coder.ui.chat.code_block import CodeItem
from ai_coder.ui.chat.layout_item import Target
from ai_coder.ui.chat.message_frame import MessageFrame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PyQt6.QtGui import QImage

    from ai_coder.ui.chat.layout_item import LayoutItem
    from ai_coder.ui.chat.rendering import Rendering
    from ai_coder.ui.chat.transcript_message import TranscriptMessage


class Position(NamedTuple):
    """A place between two characters of a message, comparable in reading order."""

    block: int
    item: int
    offset: int


def _tr(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)


def _may_define(block: Block) -> bool:
    """Whether a block may hold definitions of links, which other blocks refer to."""
    return block.kind is BlockKind.TEXT and any("]:" in line for line in block.lines)


_NOWHERE = 1 << 30
START = Position(-1, 0, 0)
END = Position(1 << 40, 0, 0)


class MessageView:
    """Lays out the blocks that are seen; for the others a guess of their height will do."""

    def __init__(self, message: TranscriptMessage, rendering: Rendering) -> None:
        self.message = message
        self.frame = MessageFrame(message, rendering.style, rendering.images)
        self.blocks: list[BlockView] = []
        self.reasoning_count = 0
        self.width = 0
        self._rendering = rendering
        self._environment: dict[str, Any] = {"references": {}}
        self._tops: list[int] = []
        self._dirty_from = 0
        self._changed_from = _NOWHERE
        self._is_reshaped = False
        self._splitter: BlockSplitter | None = None
        self._open: BlockView | None = None
        self._finished: list[Block] = []
        self._received: list[str] = []
        self._reasoning: list[str] = []
        self._load(self._take_reasoning(message))

    def _take_reasoning(self, message: TranscriptMessage) -> str:
        """Keep what the model thought and return the rest of the text."""
        answer = message.text
        self._reasoning = [message.reasoning] if message.reasoning else []
        if message.role is Role.ASSISTANT:
            thought, answer = split_thinking(message.text)
            if thought:
                self._reasoning.append(thought)
        self.frame.has_reasoning = bool(self._reasoning)
        return answer

    def _load(self, text: str) -> None:
        splitter = BlockSplitter(self._rendering.parser)
        blocks = [*splitter.feed(text), *splitter.close()]
        if "]:" in text:
            self._learn_references(blocks)
        for block in blocks:
            self._append(block)

    def _learn_references(self, blocks: list[Block]) -> None:
        for block in blocks:
            if _may_define(block):
                self._rendering.parser.tokens(block.source, self._environment)

    def _append(self, block: Block) -> BlockView:
        view = self._view_of(block, is_first=len(self.blocks) == self.reasoning_count)
        self.blocks.append(view)
        return view

    def _view_of(self, block: Block, *, is_first: bool) -> BlockView:
        return BlockView(
            block,
            self._rendering,
            self._environment,
            is_first=is_first,
            keep_breaks=self.message.role is Role.USER,
        )

    # -- a running answer --

    def begin_stream(self) -> None:
        """Expect more text."""
        self._splitter = BlockSplitter(self._rendering.parser)
        self.blocks = self.blocks[: self.reasoning_count]
        self._received = []
        self.frame.is_streaming = True
        if self.message.text:
            self.feed("", self.message.text)
            self.update_open()

    @property
    def text(self) -> str:
        """What has arrived."""
        return "".join(self._received) if self._splitter is not None else self.message.text

    @property
    def reasoning(self) -> str:
        """The model's thinking so far."""
        return "".join(self._reasoning)

    def feed(self, reasoning: str, text: str) -> None:
        """Take more of the answer; `update_open` makes it visible."""
        assert self._splitter is not None
        if reasoning:
            self._reasoning.append(reasoning)
            if not self.frame.has_reasoning:
                self.frame.has_reasoning = True
                self.frame.refresh()
                self._dirty_from = 0
                self._is_reshaped = True
            if self.frame.is_reasoning_open:
                self.reload_reasoning()
        if text:
            self._received.append(text)
            self._finished += self._splitter.feed(text)

    def update_open(self) -> int:
        """Show the blocks that were finished and what the open one has become.

        Returns the height from which on the message looks different.
        """
        assert self._splitter is not None
        self._changed_from = 0 if self._is_reshaped else _NOWHERE
        self._is_reshaped = False
        for block in self._finished:
            self._place_open(block)
            self._open = None
            if _may_define(block):
                self._learn_late(block)
        self._finished = []
        block_now = self._splitter.open_block()
        if block_now is not None:
            self._place_open(block_now)
        elif self._open is not None:
            self.blocks.pop()
            self._open = None
            self._dirty_from = min(self._dirty_from, len(self.blocks))
            self._changed_from = min(self._changed_from, self.block_top(len(self.blocks)))
        return self._changed_from

    def _place_open(self, block: Block) -> None:
        """Make *block* the last one, keeping the layout of the open one if it has its kind."""
        if self._open is not None and self._open.block.kind is block.kind:
            last = len(self.blocks) - 1
            if self._open.block != block:
                inside = self._open.update(block)
                self._changed_from = min(self._changed_from, self.block_top(last) + inside)
            self._dirty_from = min(self._dirty_from, last)
            return
        if self._open is not None:
            self.blocks.pop()
        self._dirty_from = min(self._dirty_from, len(self.blocks))
        self._changed_from = min(self._changed_from, self.block_top(len(self.blocks)))
        self._open = self._append(block)

    def _learn_late(self, block: Block) -> None:
        """Give earlier blocks the addresses of links that are defined only now."""
        references = self._environment["references"]
        known = len(references)
        self._rendering.parser.tokens(block.source, self._environment)
        if len(references) > known:
            for view in self.blocks[self.reasoning_count :]:
                if any("[" in line for line in view.block.lines):
                    view.forget_pieces()
            self._dirty_from = self._changed_from = 0

    def is_open(self, block: BlockView) -> bool:
        """Whether *block* still grows."""
        return block is self._open

    def shows(self, message: TranscriptMessage) -> bool:
        """Whether the text on screen is that of *message*."""
        return "".join(self._received) == split_thinking(message.text)[1]

    def end_stream(self) -> None:
        """Finish the open block."""
        assert self._splitter is not None
        self._finished += self._splitter.close()
        self.update_open()
        self._open = None
        self._splitter = None
        self.frame.is_streaming = False

    def set_message(self, message: TranscriptMessage) -> None:
        """Take over everything but the text, which must be the same."""
        self.message = message
        self.frame.message = message
        self._take_reasoning(message)
        self.frame.refresh()
        self._dirty_from = 0

    # -- folding --

    def toggle_reasoning(self) -> None:
        """Show or fold the model's thinking."""
        self.frame.is_reasoning_open = not self.frame.is_reasoning_open
        self.reload_reasoning()

    def reload_reasoning(self) -> None:
        """Show the thinking as it is now, if it is not folded."""
        del self.blocks[: self.reasoning_count]
        self.reasoning_count = 0
        if self.frame.is_reasoning_open:
            splitter = BlockSplitter(self._rendering.parser)
            text = self.reasoning
            blocks = [*splitter.feed(text), *splitter.close()]
            views = [
                BlockView(
                    block, self._rendering, {"references": {}}, is_first=not index, is_muted=True
                )
                for index, block in enumerate(blocks)
            ]
            self.blocks[:0] = views
            self.reasoning_count = len(views)
        self._dirty_from = 0
        self._is_reshaped = True

    def toggle_detail(self) -> None:
        """Show or fold the raw detail of the card."""
        self.frame.is_detail_open = not self.frame.is_detail_open
        self.frame.refresh()
        self._dirty_from = 0

    # -- layout --

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

    def _first_at(self, y: int) -> int:
        return max(0, min(bisect_right(self._tops, y) - 1, len(self.blocks)))

    def _lead(self, index: int) -> int:
        return self._rendering.style.px(16) if index < self.reasoning_count else 0

    def block_left(self, index: int) -> int:
        """Return where a block begins from the left."""
        return self.frame.insets.left + self._lead(index)

    def block_top(self, index: int) -> int:
        """Return where a block begins; one past the last gives the end of the text."""
        if index < len(self._tops):
            return self._tops[index]
        return self._tops[-1] if self._tops else self.frame.insets.top

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

    def spoken_name(self) -> str:
        """Return who wrote the message, for assistive tools."""
        names = {Role.USER: _tr("You"), Role.SYSTEM: _tr("Instructions")}
        return names.get(self.message.role) or self.message.title or _tr("Answer")

    def spoken_text(self) -> str:
        """Return everything the message says, for assistive tools."""
        parts = [*self.message.attachments, self.text_between(START, END), *self.message.notes]
        if self.message.card is not None:
            parts.append(f"{self.message.card.title} {self.message.card.cause}")
        return "\n".join(part for part in (*parts, self.message.footer) if part)

    def texts(self) -> Iterator[tuple[int, int, str]]:
        """Yield block, item and text of everything that can be selected."""
        for index, block in enumerate(self.blocks):
            for number, item in enumerate(block.items):
                yield index, number, item.text

    def text_between(self, start: Position, end: Position) -> str:
        """Return the selected text of the message, blocks divided by line ends."""
        parts: list[str] = []
        last_block = -1
        for index, number, text in self.texts():
            here = (index, number)
            if here < start[:2] or here > end[:2]:
                continue
            if here == end[:2]:
                text = utf16_slice(text, 0, end.offset)
            if here == start[:2]:
                text = utf16_slice(text, start.offset, len(text) * 2)
            if parts:
                block = self.blocks[index]
                parts.append("\n" if index == last_block or block.block.is_tight else "\n\n")
            parts.append(block_marker(self.blocks[index], number, here == start[:2], start) + text)
            last_block = index
        return "".join(parts).replace("\u2028", "\n")


def block_marker(block: BlockView, item: int, is_start: bool, start: Position) -> str:  # noqa: FBT001
    """Return the number or bullet that a copied list item keeps."""
    marker = block.marker(item)
    if not marker or (is_start and start.offset):
        return ""
    return f"{marker} "
