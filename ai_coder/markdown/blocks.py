"""Split Markdown into blocks while it arrives: finished ones never change, one stays open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.markdown.block_builder import BlockBuilder

if TYPE_CHECKING:
    from ai_coder.markdown.block import Block
    from ai_coder.markdown.parser import MarkdownParser


class BlockSplitter:
    """Reads text in any portions and returns each block as soon as nothing can change it.

    Parsing every block alone gives what parsing the whole text gives, apart from reference links.
    """

    def __init__(self, parser: MarkdownParser) -> None:
        self._builder = BlockBuilder(parser)
        self._partial = ""

    def feed(self, text: str) -> list[Block]:
        """Take the next portion and return the blocks it finished."""
        text = self._partial + text
        held = ""
        if text.endswith("\r"):
            text, held = text[:-1], "\r"
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.replace("\0", "\ufffd").split("\n")
        self._partial = lines.pop() + held
        for line in lines:
            self._builder.take(line)
        return self._builder.finished()

    def close(self) -> list[Block]:
        """Return what was still open; nothing may be fed afterwards."""
        last = self._partial.removesuffix("\r")
        self._partial = ""
        if last:
            self._builder.take(last)
        self._builder.finish()
        return self._builder.finished()

    def open_block(self) -> Block | None:
        """Return the unfinished block with the unfinished line, for showing it meanwhile."""
        return self._builder.open_block(self._partial.removesuffix("\r"))


def split(text: str, parser: MarkdownParser) -> list[Block]:
    """Return the blocks of a whole text."""
    splitter = BlockSplitter(parser)
    return [*splitter.feed(text), *splitter.close()]
