"""The conversation on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.llm.models import Role
from ai_coder.markdown.thinking import ThinkingSplitter
from ai_coder.ui.chat.code_lexers import CodeLexers
from ai_coder.ui.chat.frame_scheduler import FrameScheduler
from ai_coder.ui.chat.keyed_view import KeyedView
from ai_coder.ui.chat.stream_pacer import StreamPacer

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from PyQt6.QtWidgets import QWidget

    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.theme import Theme


class Transcript(KeyedView):
    """Shows messages, streams the running answer, and lets the reader select, copy and find.

    *frames* is shared by all panes, so that several running answers never add up in one frame;
    *lexers* are shared so that each language is loaded once.
    """

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        frames: FrameScheduler | None = None,
        lexers: CodeLexers | None = None,
    ) -> None:
        own_lexers = lexers or CodeLexers()
        super().__init__(theme, own_lexers, parent)
        self.setObjectName("transcript")
        self.setAccessibleName(self.tr("Conversation"))
        if lexers is None:
            own_lexers.setParent(self)
        self._thinking = ThinkingSplitter()

        self._frames = frames or FrameScheduler(self)
        self._pacer = StreamPacer(self._frames, self._show_delta, self._finish_frame)
        self.destroyed.connect(self._pacer.stop)

    # -- messages --

    def set_messages(self, messages: Sequence[TranscriptMessage]) -> None:
        """Show a conversation at its end; a running stream is dropped."""
        self._pacer.stop()
        self._forget_marks()
        self._painter.pixmaps.clear()
        self._layout.set_messages(messages)
        self._follows = True
        self._is_held = False
        self._find.begin_again()
        self._unsettle()

    def prepend(self, messages: Sequence[TranscriptMessage]) -> None:
        """Add earlier messages above, without moving what the reader looks at."""
        place = self._origin().y()
        grown = self._layout.prepend(messages)
        self._state.shift(len(messages))
        self._pointer.shift(len(messages), grown)
        self._find.search_above(len(messages))
        self._place_bar(self._bar.value() + grown)
        if self._origin().y() != place - grown:
            self._unsettle()

    def append(self, message: TranscriptMessage) -> None:
        """Add a message; the reader's own prompt is scrolled into view."""
        self._append(message)
        self._follows = self._follows or message.role is Role.USER
        self._unsettle()

    def replace(self, message: TranscriptMessage) -> None:
        """Show a message anew; raises KeyError if it is not there."""
        index = self._layout.index_of(message.id)
        before = self._layout.source_of(index)
        self._layout.replace(message)
        if (message.reasoning, message.text) != before:
            self._find.search_in(index)
        self._unsettle()

    def take(self, message: TranscriptMessage) -> None:
        """Show what another window wrote: a new message at the end, or one that has changed."""
        if self._layout.has(message.id):
            self.replace(message)
        else:
            self._append(message)
            self._unsettle()

    def rename(self, ids: Mapping[int, int]) -> None:
        """Give messages other ids; nothing of it can be seen."""
        self._layout.rename(ids)

    def has(self, message_id: int) -> bool:
        """Whether a message is shown."""
        return self._layout.has(message_id)

    def first_outside(self, ids: Container[int]) -> int | None:
        """Return the first message that is none of *ids*."""
        return next((each.id for each in self._layout.messages if each.id not in ids), None)

    def remove_after(self, message_id: int) -> None:
        """Remove all messages below one; raises KeyError if it is not there."""
        index = self._layout.index_of(message_id)
        self._layout.remove_after(index)
        self._state.truncate(index + 1)
        self._find.forget_after(index)
        self._unsettle()

    def turn_to(self, message_id: int, branch: Sequence[TranscriptMessage]) -> None:
        """Replace a message and all below it by another branch; raises KeyError.

        The first message of the branch begins where the other one began on the screen, or ends
        where that ended if it began above.
        """
        index = self._layout.index_of(message_id)
        self._settle()
        place = self._place_beside(index)
        is_focused = self._state.focused_message == index
        self._layout.remove_after(index - 1)
        self._state.truncate(index)
        self._find.forget_after(index - 1)
        for message in branch:
            self._layout.append(message)
        self._find.search_below(index)
        self._show_place(place, may_pass_end=True)
        if is_focused:
            self._take_focus(index)

    # -- streaming --

    def begin_stream(self, message: TranscriptMessage) -> None:
        """Append *message* and expect more of it; one with its id is continued in place."""
        if not self._layout.has(message.id):
            self._append(message)
        self._layout.begin_stream(message)
        self._thinking = ThinkingSplitter()
        self._pacer.start()
        self._unsettle()

    def add_text(self, text: str) -> None:
        """Show more of the running answer with the next frame."""
        self._pacer.add_text(text)

    def add_reasoning(self, text: str) -> None:
        """Show more of the model's thinking with the next frame."""
        self._pacer.add_reasoning(text)

    def render_frame(self) -> None:
        """Show what waits for the next frame now, as far as a frame's time goes."""
        self._pacer.render_frame()

    def end_stream(self, message: TranscriptMessage) -> None:
        """Show the finished answer; what is on screen already stays as it is."""
        self._pacer.flush()
        self._pacer.stop()
        self._show_split(self._thinking.close())
        self._layout.end_stream(message)
        if self._layout.has(message.id):
            self._find.search_in(self._layout.index_of(message.id))
        self._unsettle()

    def _append(self, message: TranscriptMessage) -> None:
        self._layout.append(message)
        self._find.search_in(len(self._layout.messages) - 1)

    def _show_delta(self, reasoning: str, text: str) -> None:
        if reasoning:
            self._show_split((reasoning, ""))
        if text:
            self._show_split(self._thinking.feed(text))

    def _show_split(self, delta: tuple[str, str]) -> None:
        streaming = self._layout.streaming
        if streaming is not None and any(delta):
            streaming.feed(*delta)

    def _finish_frame(self) -> None:
        """Lay out what arrived and paint what changed."""
        streaming = self._layout.streaming
        if streaming is None:
            return
        changed_from = streaming.update_open()
        self._settle_growth(self._layout.index_of(streaming.message.id), changed_from)
        self._find.search_growing()
