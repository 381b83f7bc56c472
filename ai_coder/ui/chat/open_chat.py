"""A conversation that is open: its session, its running turn, what is being written."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from ai_coder.chat.turn_events import AnswerEnded, NotSaved
from ai_coder.llm.models import Phase, PhaseChanged
from ai_coder.ui.chat.unsent import Draft, Unsent
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from ai_coder.chat.conversation import AttachedFile
    from ai_coder.chat.session import ChatSession
    from ai_coder.chat.store_problem import StoreProblem
    from ai_coder.chat.turn_events import TurnEvent
    from ai_coder.ui.chat.unsent import Edit


class OpenChat(QObject):
    """Runs the turns of one session, whether or not a view shows it.

    `happened` carries every `TurnEvent`; `running_changed` tells when a turn begins and ends.
    """

    happened = pyqtSignal(object)
    running_changed = pyqtSignal(bool)
    queue_changed = pyqtSignal()
    not_saved = pyqtSignal(object)
    """The `StoreProblem` of the first turn that is only in memory, until it is saved."""

    settled = pyqtSignal()
    """A turn that was stopped at its very beginning stands in the conversation by now."""

    ids_changed = pyqtSignal(object)
    """What was only in memory is on disk: the new ids of its messages by the old."""

    answer_ended = pyqtSignal(object)
    """The final `Message` of a turn that was not stopped."""

    def __init__(self, session: ChatSession, parent: QObject) -> None:
        super().__init__(parent)
        self.session = session
        self.draft = Draft()
        self.edit: Edit | None = None
        """The earlier prompt that is asked differently; the draft waits meanwhile."""

        self.stored = Unsent()
        """What is on disk of the draft and the edit."""

        self.sending = asyncio.Lock()
        """Prompts are sent in the order in which they were asked."""

        self.pictures: dict[str, bytes] = {}
        """Attached pictures of the shown branch by digest."""

        self.tasks = TaskScope(self)
        self.reading = TaskScope(self)
        """What is still read of this chat; it does not count as running."""

        self._has_told = False
        self.phase: PhaseChanged | None = None
        self._phase_began = 0.0
        self.tasks.running_changed.connect(self._running_changed)
        session.queue.on_change = self.queue_changed.emit
        session.on_saved = self._take_ids
        session.when_settled(self._settle)

    @property
    def id(self) -> int:
        """The id of the conversation."""
        return self.session.conversation.id

    @property
    def is_running(self) -> bool:
        """Whether a turn runs."""
        return self.tasks.is_running

    @property
    def written(self) -> Draft:
        """What the composer shows of this chat."""
        return self.draft if self.edit is None else self.edit

    @property
    def files(self) -> list[AttachedFile]:
        """Attachments of the prompt that is being written, as far as they are read."""
        return self.written.files

    @property
    def is_in_hand(self) -> bool:
        """Whether a prompt waits to be sent, or a file is still read."""
        return self.draft.is_in_hand or bool(self.edit and self.edit.is_in_hand)

    @property
    def has_words(self) -> bool:
        """Whether something was said or is being written here."""
        is_written = self.draft.text or self.draft.attachments or self.draft.asked or self.edit
        return bool(self.session.messages or is_written)

    @property
    def unsent(self) -> Unsent:
        """All that is in no message yet: what waits to be sent stands above what is written."""
        draft, edit = self.draft, self.edit
        text, files = _joined(*draft.asked, draft.text), tuple(draft.files)
        if edit is None:
            return Unsent(text, files)
        number = self.session.present_id(edit.message_id)
        edit_text = _joined(*edit.asked, edit.text)
        return Unsent(text, files, number, edit_text, tuple(edit.files))

    @property
    def is_blank(self) -> bool:
        """Whether nothing was said and nothing is written here."""
        return not self.session.messages and self.unsent == Unsent()

    @property
    def has_unsaved_draft(self) -> bool:
        """Whether something that is written is not on disk yet."""
        return self.unsent != self.stored

    @property
    def phase_seconds(self) -> float:
        """How long the present phase has lasted."""
        return time.monotonic() - self._phase_began if self.phase else 0.0

    def run(self, turn: AsyncGenerator[TurnEvent, None]) -> None:
        """Read *turn* to its end in a task of this chat; one at a time."""
        if self.is_running:
            message = "a turn runs already"
            raise RuntimeError(message)
        self._enter(PhaseChanged(Phase.CONNECTING))
        self.tasks.start(self._read(turn), name=f"turn of chat {self.id}")

    def stop(self) -> None:
        """End the running turn; what arrived is kept."""
        self.tasks.cancel_all()

    async def turn_stopped(self) -> None:
        """End the running turn and wait until it has ended."""
        while self.is_running:  # another may begin in the moment in which one ends
            await self.tasks.aclose()

    async def stopped(self) -> None:
        """End everything that runs for this chat."""
        await self.reading.aclose()
        await self.turn_stopped()

    async def _read(self, turn: AsyncGenerator[TurnEvent, None]) -> None:
        async with aclosing(turn) as events:
            async for event in events:
                if isinstance(event, PhaseChanged):
                    self._enter(event)
                self.happened.emit(event)
                if isinstance(event, AnswerEnded):
                    self.answer_ended.emit(event.message)
                elif isinstance(event, NotSaved):
                    self._tell(event.problem)

    def _settle(self, problem: StoreProblem | None) -> None:
        if problem is not None:
            self._tell(problem)
        self.settled.emit()

    def _tell(self, problem: StoreProblem) -> None:
        if not self._has_told:
            self._has_told = True
            self.not_saved.emit(problem)

    def _take_ids(self, ids: Mapping[int, int]) -> None:
        self._has_told = False
        self.ids_changed.emit(ids)

    def _enter(self, event: PhaseChanged) -> None:
        if self.phase is None or self.phase.phase is not event.phase:
            self._phase_began = time.monotonic()
        self.phase = event

    def _running_changed(self, is_running: bool) -> None:
        if not is_running:
            self.phase = None
        self.running_changed.emit(is_running)


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)
