"""What is written and not sent yet, kept on disk for each chat."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.chat.store_problem import StoreFault, StoreProblem, not_yet_saved
from ai_coder.errors import AICoderError
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_coder.chat.store import ChatStore
    from ai_coder.ui.chat.attachments import Attachments
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.prompt_bar import PromptBar

logger = logging.getLogger(__name__)

_PAUSE_MS = 400
_LOCKED_PAUSE_MS = 1000
_TOLD_AFTER = 5.0
"""Seconds after which it is told that the file is locked: another window is done long before."""


class Drafts(QObject):
    """Stores the words and the attachments of the composer, soon after each change."""

    failed = pyqtSignal(AICoderError)
    caught_up = pyqtSignal()
    """What waited for the file is on disk."""

    def __init__(
        self,
        store: ChatStore,
        chats: Iterable[OpenChat],
        bar: PromptBar,
        attachments: Attachments,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._chats = chats
        self._bar = bar
        self._attachments = attachments
        self._shown: OpenChat | None = None
        self._locked_since: float | None = None
        self._has_told = False
        self._tasks = TaskScope(self)
        self._tasks.failed.connect(self.failed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self.save_now)
        bar.draft_changed.connect(self._changed)
        attachments.changed.connect(self.save_soon)

    @property
    def is_waiting(self) -> bool:
        """Whether something that is written waits for a file that another program has locked."""
        return self._locked_since is not None

    def show(self, chat: OpenChat) -> None:
        """Put the draft of *chat* into the composer; the one before is kept."""
        if self._shown is not None:
            self.save_now()
        self._fill(chat)
        if chat.has_unsaved_draft:
            self.save_soon()

    def refresh(self, chat: OpenChat) -> None:
        """Show what is written in *chat* by now, if the composer is its, and store it soon."""
        if chat is self._shown:
            self._fill(chat)
        self.save_soon()

    @pyqtSlot()
    def save_soon(self) -> None:
        """Store what is not on disk yet, and what comes within a moment with it."""
        if not self._pause.isActive():
            self._pause.start(_PAUSE_MS)

    async def save(self, *, is_patient: bool = True) -> None:
        """Store what is not on disk yet; *is_patient* waits a while for a locked file."""
        self._pause.stop()
        for chat in self._chats:
            await self._save(chat, is_patient=is_patient)

    async def save_or_wait(self) -> None:
        """Store the drafts; while another program locks the file, try again later."""
        try:
            await self.save(is_patient=False)
        except StoreProblem as problem:
            if problem.fault is not StoreFault.LOCKED:
                raise
            self._wait(problem)
        else:
            was_waiting, self._locked_since, self._has_told = self.is_waiting, None, False
            if was_waiting:
                self.caught_up.emit()

    async def aclose(self) -> None:
        """Store what is not on disk yet; what cannot be is lost with the application."""
        try:
            await self.save()
        except AICoderError as error:
            logger.warning("A draft was not stored: %s", error)
        await self._tasks.aclose()

    @pyqtSlot(str)
    def _changed(self, text: str) -> None:
        if self._shown is not None:
            self._shown.written.text = text
            self.save_soon()

    def _fill(self, chat: OpenChat) -> None:
        """Put what is written in *chat* into the composer."""
        self._shown = None  # what the composer is told now was not typed
        self._bar.set_editing(chat.edit is not None)
        self._bar.set_text(chat.written.text)
        self._attachments.set_chat(chat)
        self._shown = chat

    @pyqtSlot()
    def save_now(self) -> None:
        """Store what is not on disk yet."""
        self._tasks.start(self.save_or_wait(), name="store drafts")

    def _wait(self, problem: StoreProblem) -> None:
        """Try again later, and tell once that it takes long."""
        self._pause.start(_LOCKED_PAUSE_MS)
        if self._locked_since is None:
            self._locked_since = time.monotonic()
        is_long = time.monotonic() - self._locked_since >= _TOLD_AFTER
        if is_long and not self._has_told:
            self._has_told = True
            self.failed.emit(not_yet_saved(problem))

    async def _save(self, chat: OpenChat, *, is_patient: bool) -> None:
        now, before = chat.unsent, chat.stored
        if now.text != before.text:
            await self._store.set_draft(chat.id, now.text, is_patient=is_patient)
        if now.files != before.files:
            await self._store.set_draft_files(chat.id, now.files, is_patient=is_patient)
        if (now.edited, now.edit_text) != (before.edited, before.edit_text):
            await self._store.set_edit(chat.id, now.edited, now.edit_text, is_patient=is_patient)
        if now.edit_files != before.edit_files:
            await self._store.set_edit_files(chat.id, now.edit_files, is_patient=is_patient)
        chat.stored = now
