"""The reader's place in a conversation, which outlives a new look of everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ai_coder.ui.chat.transcript_layout import TranscriptLayout


class ReadingPlace(NamedTuple):
    """What stands at the upper edge: how much of a block is above it, 0 to 1.

    `beside` are the pixels to a block that is wholly above or below the edge; `block` is -1
    where no block of the message is laid out, and the part is one of the message.
    """

    message: int
    block: int
    part: float
    beside: int


def reading_place(layout: TranscriptLayout, scroll: int, height: int) -> ReadingPlace:
    """Return what is at the upper edge of a window of *height*."""
    anchor = layout.anchor(scroll, height)
    if anchor.block < 0:
        whole = layout.height(anchor.message) if layout.messages else 0
    else:
        whole = layout.view(anchor.message).blocks[anchor.block].height
    inside = max(0, min(anchor.offset, whole))
    part = inside / whole if whole else 0.0
    return ReadingPlace(anchor.message, anchor.block, part, anchor.offset - inside)


def scroll_to(layout: TranscriptLayout, place: ReadingPlace, height: int) -> int:
    """Lay out what is seen from *place* on, and return where it is."""
    if place.message >= len(layout.messages):
        return 0
    scroll = _scroll(layout, place)
    layout.lay_out(scroll, scroll + height)
    return _scroll(layout, place)


def _scroll(layout: TranscriptLayout, place: ReadingPlace) -> int:
    view = layout.view(place.message)
    top = layout.top(place.message)
    if not 0 <= place.block < len(view.blocks):
        whole = layout.height(place.message)
    else:
        top += view.lay_out_block(place.block, layout.width)
        whole = view.blocks[place.block].height
    return top + round(place.part * whole) + place.beside
