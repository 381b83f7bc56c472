"""Chats that are kept from the disk, stored as soon as the file can be written."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.chat.store_problem import StoreFault, StoreProblem
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_coder.chat.store import ChatStore
    from ai_coder.ui.chat.drafts import Drafts
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.open_chats import OpenChats

_PAUSE_MS = 2000
_MEMORY_PAUSE_MS = 10_000


class LateSaving(QObject):
    """Tries again and again while a chat waits for the file, or memory stands in for it.

    *leave_memory* goes back to the file and raises `StoreProblem` while that is not possible.
    """

    saved = pyqtSignal()
    """Everything that waited is on disk."""

    def __init__(
        self,
        store: ChatStore,
        chats: OpenChats,
        drafts: Drafts,
        leave_memory: Callable[[], Awaitable[None]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._chats = chats
        self._drafts = drafts
        self._tasks = TaskScope(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._try)
        self._leave_memory = leave_memory
        self._memory_pause = QTimer(self)
        self._memory_pause.setInterval(_MEMORY_PAUSE_MS)
        self._memory_pause.timeout.connect(self._try_file)
        self._memory_pause.start()
        chats.not_saved.connect(self._wait)
        store.on_caught_up = self._caught_up
        drafts.caught_up.connect(self._caught_up)

    @property
    def has_unsaved(self) -> bool:
        """Whether something that was said is only in memory."""
        is_behind = self._store.has_unfinished or self._store.has_only_in_memory
        is_behind = is_behind or self._drafts.is_waiting
        return is_behind or any(chat.session.has_unsaved for chat in self._chats)

    @property
    def can_export(self) -> bool:
        """Whether all that is not saved can be exported."""
        return self._store.has_only_in_memory

    async def aclose(self) -> None:
        """Try a last time, with some patience."""
        self._pause.stop()
        self._memory_pause.stop()
        await self._tasks.aclose()
        await self._save(is_patient=True)

    @pyqtSlot(object, object)
    def _wait(self, _chat: OpenChat, problem: StoreProblem) -> None:
        if problem.fault is StoreFault.LOCKED:
            self._pause.start()

    @pyqtSlot()
    def _try(self) -> None:
        self._tasks.start(self._save_again(), name="save late")

    @pyqtSlot()
    def _try_file(self) -> None:
        """Try the file again, between two answers."""
        is_busy = self._tasks.is_running or self._chats.running_ids()
        if self._store.may_return_to_file and not is_busy:
            self._tasks.start(self._return_to_file(), name="leave memory")

    async def _return_to_file(self) -> None:
        with suppress(StoreProblem):  # told already
            await self._leave_memory()
            self._caught_up()

    async def _save_again(self) -> None:
        if await self._save():
            self._pause.start()
        else:
            self._caught_up()

    @pyqtSlot()
    def _caught_up(self) -> None:
        if not self.has_unsaved:
            self.saved.emit()

    async def _save(self, *, is_patient: bool = False) -> bool:
        """Return whether a chat still waits for the file."""
        is_locked = False
        for chat in self._chats:
            try:
                await chat.session.save_late(is_patient=is_patient)
            except StoreProblem as problem:  # told already
                is_locked = is_locked or problem.fault is StoreFault.LOCKED
        return is_locked
