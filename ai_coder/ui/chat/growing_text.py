"""A text while it arrives: the blocks that are finished, and the one that still grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.markdown.blocks import BlockSplitter

if TYPE_CHECKING:
    from ai_coder.markdown.block import Block
    from ai_coder.markdown.parser import MarkdownParser
    from ai_coder.ui.chat.block_view import BlockView


class GrowingText:
    """Splits what arrives; `open` is how the unfinished block is shown, if there is one."""

    def __init__(self, parser: MarkdownParser) -> None:
        self.open: BlockView | None = None
        self.has_news = False
        """Whether something came since it was taken last."""

        self._splitter = BlockSplitter(parser)
        self._finished: list[Block] = []

    def feed(self, text: str) -> None:
        """Take more text."""
        self.has_news = True
        self._finished += self._splitter.feed(text)

    def close(self) -> None:
        """Finish the open block; nothing may be fed afterwards."""
        self.has_news = True
        self._finished += self._splitter.close()

    def take(self) -> tuple[list[Block], Block | None]:
        """Return the blocks finished since the last time, and the open one as it is now."""
        self.has_news = False
        finished, self._finished = self._finished, []
        return finished, self._splitter.open_block()
