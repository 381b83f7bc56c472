"""The content of a message as blocks: whole, or growing while an answer runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_coder.llm.models import Role
from ai_coder.markdown.block import Block, BlockKind
from ai_coder.markdown.blocks import BlockSplitter
from ai_coder.markdown.thinking import split_thinking
from ai_coder.ui.chat.block_view import BlockView
from ai_coder.ui.chat.growing_text import GrowingText
from ai_coder.ui.chat.message_frame import MessageFrame

if TYPE_CHECKING:
    from ai_coder.ui.chat.rendering import Rendering
    from ai_coder.ui.chat.transcript_message import TranscriptMessage

_NOWHERE = 1 << 30


class MessageBlocks:
    """The blocks of a message with what is known of their places.

    The model's thinking, when it is unfolded, comes first: `reasoning_count` blocks.
    """

    def __init__(self, message: TranscriptMessage, rendering: Rendering) -> None:
        self.message = message
        self.frame = MessageFrame(message, rendering.style, rendering.images)
        self.blocks: list[BlockView] = []
        self.reasoning_count = 0
        self._rendering = rendering
        self._environment: dict[str, Any] = {"references": {}}
        self._tops: list[int] = []
        self._dirty_from = 0
        self._changed_from = _NOWHERE
        self._is_reshaped = False
        self._answer: GrowingText | None = None
        self._thoughts: GrowingText | None = None
        """While an answer runs: what arrives of it, and of the thinking if that is unfolded."""

        self._received: list[str] = []
        self._reasoning: list[str] = []
        self._load(self._take_reasoning(message))

    def block_top(self, index: int) -> int:
        """Return where a block begins; one past the last gives the end of the text."""
        if index < len(self._tops):
            return self._tops[index]
        return self._tops[-1] if self._tops else self.frame.insets.top

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
        view = BlockView(
            block,
            self._rendering,
            self._environment,
            is_first=len(self.blocks) == self.reasoning_count,
            keep_breaks=self.message.role is Role.USER,
        )
        self.blocks.append(view)
        return view

    def _append_thought(self, block: Block) -> BlockView:
        view = self._thought(block, is_first=self.reasoning_count == 0)
        self.blocks.insert(self.reasoning_count, view)
        self.reasoning_count += 1
        return view

    def _thought(self, block: Block, *, is_first: bool) -> BlockView:
        environment: dict[str, Any] = {"references": {}}
        return BlockView(block, self._rendering, environment, is_first=is_first, is_muted=True)

    # -- a running answer --

    def begin_stream(self) -> None:
        """Expect more text."""
        self._answer = GrowingText(self._rendering.parser)
        self.blocks = self.blocks[: self.reasoning_count]
        self._received = []
        self.frame.is_streaming = True
        self.feed("", split_thinking(self.message.text)[1])
        self.update_open()

    def restyle(self) -> None:
        """Build everything anew with the current look; a running answer goes on."""
        received = self._received
        was_open = self.frame.is_reasoning_open
        self.frame = MessageFrame(self.message, self._rendering.style, self._rendering.images)
        self.frame.has_reasoning = bool(self._reasoning)
        self.blocks, self.reasoning_count, self._thoughts = [], 0, None
        self._tops, self._dirty_from = [], 0
        self.begin_stream()
        self.blocks, self._received = [], []
        self._answer = GrowingText(self._rendering.parser)
        self.feed("", "".join(received))
        self.update_open()
        if was_open:
            self.toggle_reasoning()

    @property
    def text(self) -> str:
        """What has arrived."""
        return "".join(self._received) if self._answer is not None else self.message.text

    @property
    def reasoning(self) -> str:
        """The model's thinking so far."""
        return "".join(self._reasoning)

    def feed(self, reasoning: str, text: str) -> None:
        """Take more of the answer; `update_open` makes it visible."""
        assert self._answer is not None
        if reasoning:
            self._reasoning.append(reasoning)
            if not self.frame.has_reasoning:
                self.frame.has_reasoning = True
                self.frame.refresh()
                self._dirty_from = 0
                self._is_reshaped = True
            if self._thoughts is not None:
                self._thoughts.feed(reasoning)
            elif self.frame.is_reasoning_open:
                self.reload_reasoning()
        if text:
            self._received.append(text)
            self._answer.feed(text)

    def update_open(self) -> int:
        """Show the blocks that were finished and what the open one has become.

        Returns the height from which on the message looks different.
        """
        assert self._answer is not None
        is_empty = len(self.blocks) == self.reasoning_count  # the chip above says so
        self._changed_from = 0 if self._is_reshaped or is_empty else _NOWHERE
        self._is_reshaped = False
        for growing in (self._thoughts, self._answer):
            if growing is not None and growing.has_news:
                self._place(growing)
        return self._changed_from

    def _place(self, growing: GrowingText) -> None:
        """Show what is new of a growing text."""
        finished, block_now = growing.take()
        for block in finished:
            self._place_open(growing, block)
            growing.open = None
            if growing is self._answer and _may_define(block):
                self._learn_late(block)
        if block_now is not None:
            self._place_open(growing, block_now)
        elif growing.open is not None:
            self._drop_open(growing)

    def _place_open(self, growing: GrowingText, block: Block) -> None:
        """Make *block* the last one, keeping the layout of the open one if it has its kind."""
        if growing.open is not None and growing.open.block.kind is block.kind:
            last = self._end_of(growing) - 1
            if growing.open.block != block:
                inside = growing.open.update(block)
                self._changed_from = min(self._changed_from, self.block_top(last) + inside)
            self._dirty_from = min(self._dirty_from, last)
            return
        if growing.open is not None:
            self._drop_open(growing)
        self._change_at(self._end_of(growing))
        is_answer = growing is self._answer
        growing.open = self._append(block) if is_answer else self._append_thought(block)

    def _drop_open(self, growing: GrowingText) -> None:
        last = self._end_of(growing) - 1
        del self.blocks[last]
        if growing is not self._answer:
            self.reasoning_count -= 1
        growing.open = None
        self._change_at(last)

    def _change_at(self, index: int) -> None:
        self._dirty_from = min(self._dirty_from, index)
        self._changed_from = min(self._changed_from, self.block_top(index))

    def _end_of(self, growing: GrowingText) -> int:
        return len(self.blocks) if growing is self._answer else self.reasoning_count

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
        growing = (self._answer, self._thoughts)
        return any(text is not None and block is text.open for text in growing)

    def shows(self, message: TranscriptMessage) -> bool:
        """Whether the text on screen is that of *message*."""
        return "".join(self._received) == split_thinking(message.text)[1]

    def end_stream(self) -> None:
        """Finish the open block."""
        assert self._answer is not None
        self._answer.close()
        if self._thoughts is not None:
            self._thoughts.close()
        self.update_open()
        self._answer = self._thoughts = None
        self.frame.is_streaming = False

    def set_message(self, message: TranscriptMessage) -> None:
        """Take over everything but the text, which must be the same."""
        self.message = message
        self.frame.message = message
        self._take_reasoning(message)
        self.frame.refresh()
        self._dirty_from = 0

    # -- folding --

    def unfold_like(self, other: MessageBlocks) -> None:
        """Show of the thinking and of the card's detail what *other* shows."""
        if other.frame.is_reasoning_open != self.frame.is_reasoning_open:
            self.toggle_reasoning()
        if other.frame.is_detail_open != self.frame.is_detail_open:
            self.toggle_detail()

    def toggle_reasoning(self) -> None:
        """Show or fold the model's thinking."""
        self.frame.is_reasoning_open = not self.frame.is_reasoning_open
        self.reload_reasoning()

    def reload_reasoning(self) -> None:
        """Show the thinking as it is now, if it is not folded."""
        del self.blocks[: self.reasoning_count]
        self.reasoning_count = 0
        self._thoughts = None
        if self.frame.is_reasoning_open:
            growing = GrowingText(self._rendering.parser)
            growing.feed(self.reasoning)
            if self._answer is None:
                growing.close()
            else:
                self._thoughts = growing
            self._place(growing)
        self._dirty_from = 0
        self._is_reshaped = True

    def thoughts(self) -> list[BlockView]:
        """Return the blocks of the thinking; those that are folded are made for who asks."""
        if self.frame.is_reasoning_open or not self._reasoning:
            return self.blocks[: self.reasoning_count]
        splitter = BlockSplitter(self._rendering.parser)
        blocks = [*splitter.feed(self.reasoning), *splitter.close()]
        return [self._thought(block, is_first=not number) for number, block in enumerate(blocks)]

    def toggle_detail(self) -> None:
        """Show or fold the raw detail of the card."""
        self.frame.is_detail_open = not self.frame.is_detail_open
        self.frame.refresh()
        self._dirty_from = 0


def _may_define(block: Block) -> bool:
    """Whether a block may hold definitions of links, which other blocks refer to."""
    return block.kind is BlockKind.TEXT and any("]:" in line for line in block.lines)
