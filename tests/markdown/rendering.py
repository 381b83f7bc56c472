"""Two ways to the pieces of a text: all at once, and block by block."""

from dataclasses import replace

from ai_coder.markdown.blocks import BlockSplitter
from ai_coder.markdown.pieces import PieceReader, pieces_of


def whole(text, parser):
    """What CommonMark makes of the whole text."""
    return _without_gaps(PieceReader().read(parser.tokens(text)))


def block_by_block(blocks, parser):
    """What our blocks give, reference links included."""
    environment = {}
    for block in blocks:
        pieces_of(block, parser, environment)
    return _without_gaps(
        piece for block in blocks for piece in pieces_of(block, parser, environment)
    )


def split_in_chunks(text, sizes, parser):
    """Feed a splitter with portions of the given sizes, the last of them repeated."""
    splitter = BlockSplitter(parser)
    blocks, position = [], 0
    for size in sizes:
        blocks += splitter.feed(text[position : position + size])
        splitter.open_block()
        position += size
    blocks += splitter.feed(text[position:])
    return [*blocks, *splitter.close()]


def _without_gaps(pieces):
    """How much room stands between items is our own decision, not CommonMark's."""
    return [replace(piece, place=replace(piece.place, is_tight=False)) for piece in pieces]
