"""The caret in a message: where it is painted, and the moves that go by lines as they are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF

from ai_coder.markdown.utf16 import utf16_length

if TYPE_CHECKING:
    from ai_coder.ui.chat.message_view import MessageView, Position

_FAR = 1e6


def caret_rect(view: MessageView, position: Position) -> QRectF | None:
    """Return where the caret stands in the message; none where nothing is laid out."""
    item = view.item(position.block, position.item)
    if item is None or not view.is_measured(position.block):
        return None
    end = utf16_length(item.text)
    if 0 < end <= position.offset:
        rect = item.rect_of(end - 1, end)
        left = rect.right()
    else:
        rect = item.rect_of(position.offset, position.offset + 1)
        left = rect.left()
    corner = QPointF(view.block_left(position.block) + item.x, view.block_top(position.block))
    return QRectF(left, rect.top() + item.y, 1, rect.height()).translated(corner)


def line_away(view: MessageView, position: Position, direction: int) -> Position | None:
    """Return the place one line below (1) or above (-1), none beyond the text."""
    here = caret_rect(view, position)
    if here is None:
        return None
    step = max(2.0, here.height() / 2)
    top, bottom = view.block_top(0), view.block_top(len(view.blocks))
    y = here.center().y() + direction * step
    while top <= y < bottom:
        place = view.position_at(QPointF(here.x(), y))
        there = caret_rect(view, place)
        if there is not None and not _same_line(here, there):
            return place
        y += direction * step
    return None


def line_edge(view: MessageView, position: Position, *, at_end: bool) -> Position:
    """Return the first or the last place of the line."""
    here = caret_rect(view, position)
    if here is None:
        return position
    place = view.position_at(QPointF(_FAR if at_end else -_FAR, here.center().y()))
    there = caret_rect(view, place)
    if at_end and place.offset and (there is None or not _same_line(here, there)):
        return place._replace(offset=place.offset - 1)  # a line ends where the next one begins
    return place


def _same_line(here: QRectF, there: QRectF) -> bool:
    return abs(here.center().y() - there.center().y()) < min(here.height(), there.height()) / 2
