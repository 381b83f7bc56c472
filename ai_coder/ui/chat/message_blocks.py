"""The content of a message as blocks: whole, or growing while an answer runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_coder.llm.models import Role
from ai_coder.markdown.block import Block, BlockKind
from ai_coder.markdown.blocks import BlockSplitter
from ai_coder.markdown.thinking import split_thinking
from ai_coder.ui.chat.block_view import BlockView
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
        self._splitter: BlockSplitter | None = None
        self._open: BlockView | None = None
        self._finished: list[Block] = []
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
        self.feed("", split_thinking(self.message.text)[1])
        self.update_open()

    def restyle(self) -> None:
        """Build everything anew with the current look; a running answer goes on."""
        received = self._received
        was_open = self.frame.is_reasoning_open
        self.frame = MessageFrame(self.message, self._rendering.style, self._rendering.images)
        self.frame.has_reasoning = bool(self._reasoning)
        self.blocks, self.reasoning_count, self._open = [], 0, None
        self._tops, self._dirty_from = [], 0
        self.begin_stream()
        self.blocks, self._received, self._open = [], [], None
        self._splitter = BlockSplitter(self._rendering.parser)
        self.feed("", "".join(received))
        self.update_open()
        if was_open:
            self.toggle_reasoning()

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
        is_empty = len(self.blocks) == self.reasoning_count  # the chip above says so
        self._changed_from = 0 if self._is_reshaped or is_empty else _NOWHERE
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


def _may_define(block: Block) -> bool:
    """Whether a block may hold definitions of links, which other blocks refer to."""
    return block.kind is BlockKind.TEXT and any("]:" in line for line in block.lines)
