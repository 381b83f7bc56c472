"""The mouse over a transcript: selecting text, pressing buttons, following links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QObject, QPointF, Qt, QTimer, pyqtSignal, pyqtSlot

from ai_coder.markdown.utf16 import utf16_index, utf16_length
from ai_coder.ui.chat.code_block import CodeItem
from ai_coder.ui.chat.message_view import Position
from ai_coder.ui.chat.sideways_item import SidewaysItem
from ai_coder.ui.chat.transcript_state import Selection

if TYPE_CHECKING:
    from PyQt6.QtGui import QMouseEvent

    from ai_coder.ui.chat.layout_item import Target
    from ai_coder.ui.chat.transcript_layout import TranscriptLayout
    from ai_coder.ui.chat.transcript_state import TranscriptState

_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)
_DRAG_DISTANCE = 4
_SCROLL_INTERVAL_MS = 30


class Spot(NamedTuple):
    """A point of the widget as message and point inside it."""

    message: int
    point: QPointF


class TranscriptPointer(QObject):
    """Turns mouse events into selections and wishes; coordinates are the conversation's."""

    pressed = pyqtSignal(int, object)
    """A button or link was clicked: message and target."""

    changed = pyqtSignal()
    """Something must be painted again."""

    scrolled_sideways = pyqtSignal()
    """The content of an item was moved by its scroll bar."""

    scroll_wanted = pyqtSignal(int)
    """Pixels to scroll while a selection is dragged beyond the edge."""

    def __init__(
        self, layout: TranscriptLayout, state: TranscriptState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._layout = layout
        self._state = state
        self._armed: Target | None = None
        self._pressed_at = QPointF()
        self._is_dragging = False
        self._unit = 1
        self._unit_range: tuple[tuple[int, Position], tuple[int, Position]] | None = None
        self._dragged_bar: tuple[SidewaysItem, float] | None = None
        self._edge_speed = 0
        self._edge_timer = QTimer(self)
        self._edge_timer.setInterval(_SCROLL_INTERVAL_MS)
        self._edge_timer.timeout.connect(self._scroll_at_edge)

    def spot(self, point: QPointF) -> Spot | None:
        """Return the message at a point of the conversation."""
        if not self._layout.messages:
            return None
        index = self._layout.at(int(max(0.0, point.y())))
        return Spot(index, point - QPointF(0, self._layout.top(index)))

    def place(self, point: QPointF) -> tuple[int, Position] | None:
        """Return the character boundary nearest to a point of the conversation."""
        spot = self.spot(point)
        if spot is None:
            return None
        return spot.message, self._layout.view(spot.message).position_at(spot.point)

    def shift(self, count: int, pixels: int) -> None:
        """Follow the text under a drag, above which *count* messages were added."""
        self._pressed_at += QPointF(0, pixels)
        if self._unit_range is not None:
            first, last = self._unit_range
            self._unit_range = (first[0] + count, first[1]), (last[0] + count, last[1])

    def hover(self, point: QPointF | None) -> bool:
        """Note what the pointer is over and return whether that looks different."""
        state = self._state
        before = (state.hovered_message, state.hovered)
        spot = self.spot(point) if point is not None else None
        state.hovered_message, state.hovered, state.hovered_item = -1, None, (-1, -1)
        if spot is not None and spot.point.y() < self._layout.height(spot.message):
            view = self._layout.view(spot.message)
            state.hovered_message = spot.message
            state.hovered = view.target_at(spot.point)
            under = view.item_under(spot.point)
            if under is not None and state.hovered is not None:
                state.hovered_item = under[:2]
        return before != (state.hovered_message, state.hovered)

    def is_over_text(self, point: QPointF) -> bool:
        """Whether a drag from here would select text."""
        spot = self.spot(point)
        return spot is not None and self._layout.view(spot.message).item_under(spot.point) is not (
            None
        )

    def press(self, event: QMouseEvent, point: QPointF, *, clicks: int = 1) -> None:
        """Begin a click, or a selection of characters; with Shift extend the selection.

        Two quick *clicks* select the word under the pointer, three its paragraph. On a button
        each of them is a click of its own.
        """
        self._pressed_at = point
        self.hover(point)
        self._armed = self._state.hovered
        self._unit = 1
        if self._armed is not None and self._armed.kind == "scroll":
            self._grab_scroll_bar(point)
            return
        if self._armed is not None and self._armed.kind in ("button", "code"):
            return
        if clicks > 1:
            self._armed = None
            self._select_unit(point, clicks)
            return
        place = self.place(point)
        if place is None:
            return
        selection = self._state.selection
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and selection is not None:
            selection.end = place
        else:
            self._state.selection = Selection(place, place)
        self._is_dragging = True
        self._unit_range = None
        self.changed.emit()

    def _grab_scroll_bar(self, point: QPointF) -> None:
        item = self.sideways_at(point)
        if item is not None:
            self._dragged_bar = (item, point.x())

    def sideways_at(self, point: QPointF) -> SidewaysItem | None:
        """Return the code or table under a point."""
        spot = self.spot(point)
        if spot is None:
            return None
        view = self._layout.view(spot.message)
        under = view.item_under(spot.point)
        item = view.item(*under[:2]) if under is not None else None
        return item if isinstance(item, SidewaysItem) else None

    def _select_unit(self, point: QPointF, clicks: int) -> None:
        """Select the word (2 clicks) or the paragraph (3) under the pointer."""
        place = self.place(point)
        if place is None:
            return
        self._unit = clicks
        self._unit_range = self._unit_around(place)
        self._state.selection = Selection(*self._unit_range)
        self._is_dragging = True
        self.changed.emit()

    def _unit_around(
        self, place: tuple[int, Position]
    ) -> tuple[tuple[int, Position], tuple[int, Position]]:
        message, (block, number, offset) = place
        item = self._layout.view(message).item(block, number)
        if item is None:
            return place, place
        text = item.text
        start, end = 0, len(text)
        index = utf16_index(text, offset)
        if self._unit == 2:
            for match in _WORD.finditer(text):
                if match.start() <= index < match.end() or match.end() == len(text):
                    start, end = match.span()
                    break
        elif isinstance(item, CodeItem):
            start = text.rfind("\n", 0, index) + 1
            end = text.find("\n", index)
            end = len(text) if end < 0 else end
        first = Position(block, number, utf16_length(text[:start]))
        last = Position(block, number, utf16_length(text[:end]))
        return (message, first), (message, last)

    def move(self, point: QPointF, visible: tuple[int, int]) -> None:
        """Extend the selection; *visible* is the part of the conversation on the screen."""
        if self._dragged_bar is not None:
            item, x = self._dragged_bar
            if item.drag_scroll_bar(point.x() - x):
                self._dragged_bar = (item, point.x())
                self.scrolled_sideways.emit()
            return
        if not self._is_dragging or self._state.selection is None:
            return
        if self._armed is not None and (point - self._pressed_at).manhattanLength() > (
            _DRAG_DISTANCE
        ):
            self._armed = None
        self._extend(point)
        beyond = min(0, round(point.y()) - visible[0]) or max(0, round(point.y()) - visible[1])
        self._edge_speed = max(-60, min(60, beyond))
        if self._edge_speed and not self._edge_timer.isActive():
            self._edge_timer.start()
        elif not self._edge_speed:
            self._edge_timer.stop()

    def _extend(self, point: QPointF) -> None:
        place = self.place(point)
        selection = self._state.selection
        if place is None or selection is None:
            return
        if self._unit_range is None:
            selection.end = place
        else:
            first, last = self._unit_range
            start, end = self._unit_around(place)
            if place < first:
                selection.anchor, selection.end = last, start
            else:
                selection.anchor, selection.end = first, max(end, last)
        self.changed.emit()

    @pyqtSlot()
    def _scroll_at_edge(self) -> None:
        self.scroll_wanted.emit(self._edge_speed)

    def release(self, point: QPointF) -> None:
        """End the click or drag; a click on a button or link is reported."""
        self._edge_timer.stop()
        self._is_dragging = False
        self._dragged_bar = None
        armed, self._armed = self._armed, None
        if armed is None or armed.kind == "scroll":
            return
        self.hover(point)
        if self._state.hovered == armed:
            self.pressed.emit(self._state.hovered_message, armed)
