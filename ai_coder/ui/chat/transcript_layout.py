"""Where each message of a conversation stands, without laying out those nobody sees."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ai_coder.llm.models import Role
from ai_coder.ui.chat.height_index import HeightIndex
from ai_coder.ui.chat.message_view import MessageView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ai_coder.ui.chat.rendering import Rendering
    from ai_coder.ui.chat.transcript_message import TranscriptMessage

_KEPT_VIEWS = 64
_SETTLING_ROUNDS = 8


class Anchor(NamedTuple):
    """What must stay where it is on the screen: a block, or a message when `block` is -1."""

    message: int
    block: int
    offset: int


class TranscriptLayout:
    """The messages with their heights, guessed until they come near the viewport.

    Vertical coordinates begin at the top of the whole conversation.
    """

    def __init__(self, rendering: Rendering) -> None:
        self.messages: list[TranscriptMessage] = []
        self.width = 600
        self.streaming: MessageView | None = None
        self._rendering = rendering
        self._guessed_width = self.width
        self._heights = HeightIndex()
        self._views: OrderedDict[int, MessageView] = OrderedDict()
        self._indexes: dict[int, int] = {}

    # -- messages --

    def set_messages(self, messages: Sequence[TranscriptMessage]) -> None:
        """Replace the conversation."""
        self.messages = list(messages)
        self._indexes = {message.id: index for index, message in enumerate(messages)}
        self._views.clear()
        self.streaming = None
        self.forget_heights()

    def append(self, message: TranscriptMessage) -> None:
        """Add a message at the end."""
        self._indexes[message.id] = len(self.messages)
        self.messages.append(message)
        self._heights.append(self._guess(message))

    def prepend(self, messages: Sequence[TranscriptMessage]) -> int:
        """Add messages before the first one and return how high they are guessed to be."""
        self.messages[:0] = messages
        self._indexes = {message.id: index for index, message in enumerate(self.messages)}
        heights = list(self._guesses(messages))
        self._heights.prepend(heights)
        return sum(heights)

    def replace(self, message: TranscriptMessage) -> None:
        """Show a message anew, keeping its text's layout if only the rest has changed."""
        index = self.index_of(message.id)
        old = self.messages[index]
        self.messages[index] = message
        view = self._views.get(message.id)
        if view is not None and old.text == message.text and old.role is message.role:
            view.set_message(message)
            if view.frame.is_reasoning_open and old.reasoning != message.reasoning:
                view.reload_reasoning()
        else:
            self._views.pop(message.id, None)
            self._heights.set(index, self._guess(message))

    def rename(self, ids: Mapping[int, int]) -> None:
        """Give messages other ids; those that are not there are passed over."""
        for old, new in ids.items():
            index = self._indexes.pop(old, None)
            if index is None:
                continue
            self._indexes[new] = index
            message = self.messages[index] = replace(self.messages[index], id=new)
            view = self._views.pop(old, None)
            if view is not None:
                view.message = view.frame.message = replace(view.message, id=message.id)
                self._views[new] = view

    def remove_after(self, index: int) -> None:
        """Keep the messages up to *index*."""
        for message in self.messages[index + 1 :]:
            del self._indexes[message.id]
            self._views.pop(message.id, None)
        del self.messages[index + 1 :]
        self._heights.truncate(index + 1)

    def has(self, message_id: int) -> bool:
        """Whether a message is in the conversation."""
        return message_id in self._indexes

    def begin_stream(self, message: TranscriptMessage) -> None:
        """Let a message grow."""
        index = self.index_of(message.id)
        self.messages[index] = message
        self._views.pop(message.id, None)
        self.streaming = self.view(index)
        self.streaming.begin_stream()

    def end_stream(self, message: TranscriptMessage) -> None:
        """Finish the growing message; it is only built anew if its text is another."""
        view = self.streaming
        self.streaming = None
        if view is None or not self.has(view.message.id):
            return
        view.end_stream()
        index = self.index_of(view.message.id)
        if message.id != view.message.id:
            del self._indexes[view.message.id]
            self._indexes[message.id] = index
            self._views[message.id] = self._views.pop(view.message.id)
        self.messages[index] = message
        if view.shows(message):
            view.set_message(message)
        else:
            del self._views[message.id]

    def index_of(self, message_id: int) -> int:
        """Return the place of a message in the conversation; raises KeyError."""
        return self._indexes[message_id]

    def source_of(self, index: int) -> tuple[str, str]:
        """Return the source of a message's thoughts and of its text, as far as they arrived."""
        message = self.messages[index]
        if self.streaming is not None and message.id == self.streaming.message.id:
            return self.streaming.reasoning, self.streaming.text
        return message.reasoning, message.text

    def view(self, index: int) -> MessageView:
        """Return the view of a message, made if need be; the least recently seen goes away."""
        message = self.messages[index]
        view = self._views.get(message.id)
        if view is None:
            view = MessageView(message, self._rendering)
            self._views[message.id] = view
            if len(self._views) > _KEPT_VIEWS:
                self._drop_oldest()
        else:
            self._views.move_to_end(message.id)
        return view

    def glance(self, index: int) -> MessageView:
        """Return the view of a message without keeping it if it is not live."""
        return self.view_of(self.messages[index])

    def view_of(self, message: TranscriptMessage) -> MessageView:
        """Return a view of *message*, which may have changed or gone since, without keeping it."""
        view = self._views.get(message.id)
        if view is not None and view.message.text == message.text:
            return view
        return MessageView(message, self._rendering)

    def live_views(self) -> list[MessageView]:
        """Return the views that exist now."""
        return list(self._views.values())

    def _drop_oldest(self) -> None:
        for message_id, view in self._views.items():
            if view is not self.streaming:
                del self._views[message_id]
                return

    def restyle(self, width: int) -> None:
        """Build every view anew for that width, because the look has changed."""
        self.width = width
        for message_id, view in list(self._views.items()):
            if view is self.streaming:
                view.restyle()
            elif view.frame.is_reasoning_open or view.frame.is_detail_open:
                self._views[message_id] = MessageView(view.message, self._rendering)
                self._views[message_id].unfold_like(view)
            else:
                del self._views[message_id]
        self.forget_heights()

    def forget_heights(self) -> None:
        """Guess all heights anew."""
        self._guessed_width = self.width
        self._heights.reset(self._guesses(self.messages))

    def set_width(self, width: int) -> None:
        """Use another column width; heights known for the old one serve as guesses.

        `refine` replaces them when there is time, because that takes longer than a frame.
        """
        self.width = width

    def refine(self) -> bool:
        """Guess heights anew if they are those of another width; return whether it was so."""
        if self._guessed_width == self.width:
            return False
        self.forget_heights()
        for message_id, view in self._views.items():
            if view.height:
                self._heights.set(self._indexes[message_id], view.height)
        return True

    def _guess(self, message: TranscriptMessage) -> int:
        return next(self._guesses([message]))

    def _guesses(self, messages: Iterable[TranscriptMessage]) -> Iterator[int]:
        style = self._rendering.style
        line, chrome, advance = style.line_height(0), style.px(86), style.px(7.2)
        answer_columns = max(20, self.width // advance)
        prompt_columns = max(20, (self.width - style.px(108)) // advance)
        user = Role.USER
        for message in messages:
            text = message.text
            columns = prompt_columns if message.role is user else answer_columns
            rows = len(text) // columns + 1 + text.count("\n") * 7 // 10
            yield rows * line + chrome

    # -- places --

    @property
    def total(self) -> int:
        """The height of the whole conversation."""
        return self._heights.total

    def top(self, index: int) -> int:
        """Return where a message begins."""
        return self._heights.top(index)

    def height(self, index: int) -> int:
        """Return the height of a message."""
        return self._heights[index]

    def at(self, y: int) -> int:
        """Return the message at *y*, the nearest one outside; there must be one."""
        return self._heights.at(y)

    def between(self, top: int, bottom: int) -> Iterator[tuple[int, int]]:
        """Yield index and top of the messages that reach into a range."""
        if not self.messages:
            return
        index = self.at(top)
        y = self.top(index)
        while index < len(self.messages) and y < bottom:
            yield index, y
            y += self._heights[index]
            index += 1

    def lay_out(self, top: int, bottom: int) -> bool:
        """Lay out what lies in a range and return whether anything changed its height."""
        changed = False
        if not self.messages:
            return False
        growing = -1 if self.streaming is None else self.index_of(self.streaming.message.id)
        index = self.at(top)
        while index < len(self.messages):
            y = self.top(index)
            if y >= bottom:
                break
            changed |= self._lay_out_message(index, top - y, bottom - y)
            growing = -1 if index == growing else growing
            index += 1
        if growing >= 0:  # how much it grew counts even where nobody sees it
            y = self.top(growing)
            changed |= self._lay_out_message(growing, top - y, bottom - y)
        return changed

    def _lay_out_message(self, index: int, top: int, bottom: int) -> bool:
        height = self.view(index).lay_out(self.width, top, bottom)
        return bool(self._heights.set(index, height))

    def settle(self, scroll: int, height: int, *, follows: bool, may_pass_end: bool) -> int:
        """Lay out the visible part and return where to scroll so that nothing jumps."""
        for _round in range(_SETTLING_ROUNDS):
            if follows:
                scroll = max(0, self.total - height)
            anchor = self.anchor(scroll, height)
            changed = self.lay_out(scroll, scroll + height)
            wanted = self.place_of(anchor)
            if follows:
                wanted = max(0, self.total - height)
            if not may_pass_end:
                wanted = min(wanted, self.total - height)
            wanted = max(0, wanted)
            if not changed and wanted == scroll:
                break
            scroll = wanted
        return scroll

    def anchor(self, scroll: int, height: int) -> Anchor:
        """Return the first visible block whose place is known, or the first message."""
        first: Anchor | None = None
        for index, top in self.between(scroll, scroll + height):
            if first is None:
                first = Anchor(index, -1, scroll - top)
            view = self._views.get(self.messages[index].id)
            if view is None or view.width != self.width:
                continue
            start = max(0, view.block_at(scroll - top))
            for block in range(start, len(view.blocks)):
                block_top = top + view.block_top(block)
                if block_top >= scroll + height:
                    break
                if view.is_measured(block):
                    return Anchor(index, block, scroll - block_top)
        return first or Anchor(0, -1, 0)

    def place_of(self, anchor: Anchor) -> int:
        """Return the scroll position at which *anchor* stands where it was."""
        if anchor.message >= len(self.messages):
            return 0
        y = self.top(anchor.message)
        if anchor.block >= 0:
            y += self.view(anchor.message).block_top(anchor.block)
        return y + anchor.offset
