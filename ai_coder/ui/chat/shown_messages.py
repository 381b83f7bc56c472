"""The messages of the open chat in the transcript: the newest first, the older ones later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ai_coder.chat.conversation import Message
    from ai_coder.ui.chat.message_display import MessageDisplay
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.transcript import Transcript
    from ai_coder.ui.chat.transcript_message import TranscriptMessage


class ShownMessages(QObject):
    """Keeps the transcript true to one chat, and never moves what the reader looks at."""

    def __init__(self, transcript: Transcript, display: MessageDisplay, parent: QObject) -> None:
        super().__init__(parent)
        self._transcript = transcript
        self._display = display
        self._chat: OpenChat | None = None
        self._streaming: int | None = None
        self._names: dict[str, tuple[str, str]] = {}
        self._first: int | None = None
        """The first message of the transcript while earlier ones are read; None when all are
        there."""

    def show(self, chat: OpenChat, shown: list[TranscriptMessage]) -> None:
        """Show *chat*; *shown* are its newest messages, or all of them."""
        self._chat = chat
        session = chat.session
        shown = self._up_to_date(shown)
        self._note_first(shown)
        self._streaming = None
        if session.is_running and shown:
            self._transcript.set_messages(shown[:-1])
            self._begin(shown[-1])
        else:
            self._transcript.set_messages(shown)
        self._remember_names()

    def first_outside(self, path: Collection[int]) -> int | None:
        """Return the first message of the transcript that is not on a path; None if all are."""
        return self._transcript.first_outside(set(path))

    def turn_to(self, message_id: int, branch: list[TranscriptMessage]) -> None:
        """Show another branch from where a message stands, and leave the reader there."""
        if self._first == message_id:
            self._first = branch[0].id
        self._transcript.turn_to(message_id, branch)
        self._remember_names()

    def take_older(self, chat: OpenChat, older: list[TranscriptMessage]) -> None:
        """Put the messages before those that are shown above them; other ones are left out."""
        if chat is not self._chat or self._first is None:
            return
        end = next((i for i, shown in enumerate(older) if shown.id == self._first), len(older))
        parent = chat.session.branches.parents.get(self._first)
        if end and older[end - 1].id == parent:
            self._first = None
            self._transcript.prepend(older[:end])

    def present(self) -> list[Message]:
        """Return the messages that the transcript has."""
        return [message for message in self._wanted() if self._transcript.has(message.id)]

    def _wanted(self) -> list[Message]:
        """Return the messages that it shall have by now."""
        messages = self._chat.session.messages if self._chat else []
        if self._first is None:
            return messages
        start = next((i for i, m in enumerate(messages) if m.id == self._first), 0)
        return messages[start:]

    def add_prompt(self, message: Message) -> None:
        """Show a prompt where its branch begins; what is above does not offer to go on now."""
        self._cut_after(message.parent_id)
        above = next((m for m in reversed(self.present()) if m.id == message.parent_id), None)
        if above is not None:
            self._transcript.replace(self._display_of(above))
        self._transcript.append(self._display_of(message))

    def take_changes(self, changed: Collection[int]) -> None:
        """Show what another window wrote, without moving the reader."""
        for message in self._wanted():
            if message.id in changed:
                self._transcript.take(self._display_of(message))

    @pyqtSlot(object)
    def take_ids(self, ids: Mapping[int, int]) -> None:
        """Know messages under the ids that they got on disk, however late."""
        self._streaming = ids.get(self._streaming or 0, self._streaming)
        self._first = ids.get(self._first or 0, self._first)
        self._transcript.rename(ids)

    def begin(self, message: Message) -> None:
        """Show an answer that begins."""
        self._cut_after(message.parent_id)
        self._begin(self._display_of(message))

    def end(self) -> None:
        """Replace the streamed answer by its final state; also after a stop."""
        if self._streaming is None or self._chat is None:
            return
        messages = self._chat.session.messages
        final = next((m for m in messages if m.id == self._streaming), None)
        self._streaming = None
        if final is not None:
            self._transcript.end_stream(self._display_of(final))

    def refresh_names(self) -> None:
        """Show what models and servers are called now, where that is news."""
        before = self._names
        self._remember_names()
        changed = {ref for ref, names in self._names.items() if before.get(ref) != names}
        for message in self.present() if changed else ():
            if message.id != self._streaming and message.model_ref in changed:
                self._transcript.replace(self._display_of(message))

    def _up_to_date(self, shown: list[TranscriptMessage]) -> list[TranscriptMessage]:
        """Return *shown* with what happened to the chat while it was prepared."""
        messages = self._chat.session.messages if self._chat else []
        last = shown[-1].id if shown else None
        place = next((i for i in reversed(range(len(messages))) if messages[i].id == last), None)
        if place is None:
            return [self._display_of(message) for message in messages]
        return shown[:-1] + [self._display_of(message) for message in messages[place:]]

    def _begin(self, shown: TranscriptMessage) -> None:
        self._transcript.begin_stream(shown)
        self._streaming = shown.id

    def _cut_after(self, message_id: int | None) -> None:
        """Remove what stands below a message, because another branch goes on there."""
        if message_id is None:
            self._first = None
            self._transcript.set_messages([])
            return
        if all(message.id != message_id for message in self.present()):
            self._show_all()
        self._transcript.remove_after(message_id)

    def _show_all(self) -> None:
        """Show everything that is read by now."""
        messages = self._chat.session.messages if self._chat else []
        shown = [self._display_of(message) for message in messages]
        self._note_first(shown)
        self._transcript.set_messages(shown)

    def _note_first(self, shown: Sequence[TranscriptMessage]) -> None:
        assert self._chat is not None
        session = self._chat.session
        is_whole = len(shown) >= len(session.branches.path(session.conversation.head))
        self._first = None if is_whole or not shown else shown[0].id

    def _display_of(self, message: Message) -> TranscriptMessage:
        assert self._chat is not None
        return self._display.shown_in(self._chat.session, message, self._chat.pictures)

    def _remember_names(self) -> None:
        latest = {m.model_ref: m for m in self.present() if m.model_ref}
        self._names = {
            ref: (self._display.title(m), self._display.subtitle(m)) for ref, m in latest.items()
        }
