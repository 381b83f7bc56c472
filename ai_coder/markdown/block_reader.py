"""The pieces of a block that grows: what is finished inside a long item or quote is read once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ai_coder.markdown.block import Block, BlockKind
from ai_coder.markdown.block_builder import BlockBuilder
from ai_coder.markdown.containers import Container, container_of
from ai_coder.markdown.inline import RichText
from ai_coder.markdown.pieces import Piece, Place, TextPiece, marker_of, pieces_of, with_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.markdown.parser import MarkdownParser

_LINES_AT_ONCE = 50
_CHARACTERS_AT_ONCE = 4_000
_DEEPEST = 20


class BlockReader:
    """Reads a block as it is now; the same block is expected again with more lines.

    *path* tells the lists and quotes around it.
    """

    def __init__(
        self, parser: MarkdownParser, *, keep_breaks: bool = False, path: str = ""
    ) -> None:
        self._parser = parser
        self._keep_breaks = keep_breaks
        self._path = path
        self._inside: InsideReader | None = None

    def read(self, block: Block, environment: dict[str, Any]) -> list[Piece]:
        """Return the pieces of *block*; reference links are read from *environment*."""
        inside = self._inside_of(block)
        if inside is None:
            return self._whole(block, environment)
        *above, last = block.lines
        if inside.takes(block.lines):
            return inside.read(block, environment)
        if inside.container.is_left_by(last, above[-1]) and inside.takes(above):
            beside = self._whole(self._beside(block), environment)
            return [*inside.read(replace(block, lines=tuple(above)), environment), *beside]
        return self._whole(block, environment)

    def forget(self) -> None:
        """Read everything anew the next time, because a link got its address."""
        self._inside = None

    def _inside_of(self, block: Block) -> InsideReader | None:
        """Return what reads the inside of *block*; none if it is read as a whole."""
        container = container_of(block.lines[0]) if self._is_long(block) else None
        if container is None:
            self._inside = None
        elif self._inside is None or not self._inside.goes_on_with(block):
            self._inside = InsideReader(
                container, self._parser, keep_breaks=self._keep_breaks, path=self._path
            )
        return self._inside

    def _whole(self, block: Block, environment: dict[str, Any]) -> list[Piece]:
        return pieces_of(
            block, self._parser, environment, keep_breaks=self._keep_breaks, path=self._path
        )

    def _is_long(self, block: Block) -> bool:
        if block.kind is not BlockKind.TEXT or len(self._path) >= _DEEPEST:
            return False
        lines = block.lines
        return len(lines) > _LINES_AT_ONCE or (
            len(lines) > 1 and sum(map(len, lines)) > _CHARACTERS_AT_ONCE
        )

    def _beside(self, block: Block) -> Block:
        """Return the block that the last line begins, below the item or quote of the others."""
        first, above, last = block.lines[0], block.lines[-2], block.lines[-1]
        lines = (first, last) if above.strip(" ") else (first, "", last)
        known, beside = BlockBuilder(self._parser, self._path[-1:]).blocks_with(lines)
        if beside.number is None or known.number is None or block.number is None:
            return beside
        return replace(beside, number=beside.number + block.number - known.number)


class InsideReader:
    """Splits what is inside an item or a quote, and keeps the pieces of what is finished."""

    def __init__(
        self, container: Container, parser: MarkdownParser, *, keep_breaks: bool, path: str
    ) -> None:
        self.container = container
        self._path = path + container.letter
        self._new_reader = partial(BlockReader, parser, keep_breaks=keep_breaks, path=self._path)
        self._builder = BlockBuilder(parser, container.letter)
        self._read: tuple[str, ...] = ()
        """The lines the builder has; the last line, which may grow, never is among them."""

        self._unread: list[str] = []
        self._pieces: list[Piece] = []
        self._readers: list[BlockReader] = []
        """For the blocks below the pieces that are kept."""

    def goes_on_with(self, block: Block) -> bool:
        """Whether *block* is what was read last with more lines."""
        return block.lines[: len(self._read)] == self._read

    def takes(self, lines: Sequence[str]) -> bool:
        """Whether *lines* are certainly all inside, and define no links for the others."""
        self._unread = []
        for number in range(len(self._read), len(lines)):
            line = lines[number]
            inside = self.container.inside(line) if number else self.container.first_inside(line)
            if inside is None or "]:" in line:
                return False
            self._unread.append(inside)
        return True

    def read(self, block: Block, environment: dict[str, Any]) -> list[Piece]:
        """Return the pieces of *block*, whose lines were taken before."""
        for line in self._unread[:-1]:
            self._builder.take(line)
        self._read = block.lines[: max(len(self._read), len(block.lines) - 1)]
        for finished in self._builder.finished():
            reader = self._readers.pop(0) if self._readers else self._new_reader()
            self._pieces += reader.read(finished, environment)
        last = self._builder.blocks_with(self._unread[-1:])
        del self._readers[len(last) :]
        self._readers += [self._new_reader() for _block in last[len(self._readers) :]]
        pieces = [*self._pieces]
        for reader, open_block in zip(self._readers, last, strict=True):
            pieces += reader.read(open_block, environment)
        return self._begun(pieces, block)

    def _begun(self, pieces: list[Piece], block: Block) -> list[Piece]:
        """Give the first piece the marker of the item."""
        first = pieces[0] if pieces else TextPiece(Place(self._path), RichText(""))
        marker = first.place.marker
        if self.container.letter == "L" and not marker:
            number = self.container.number if block.number is None else block.number
            marker = marker_of(number, self._path)
        first = replace(first, place=replace(first.place, marker=marker, is_tight=block.is_tight))
        return [with_box(first) if isinstance(first, TextPiece) else first, *pieces[1:]]
