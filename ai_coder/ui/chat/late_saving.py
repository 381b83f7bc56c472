"""Chats that another program keeps from the disk, stored as soon as it lets go of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.chat.store_problem import StoreFault, StoreProblem
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.store import ChatStore
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.open_chats import OpenChats

_PAUSE_MS = 2000


class LateSaving(QObject):
    """Tries again and again while a chat waits for the file."""

    saved = pyqtSignal()
    """Everything that waited is on disk."""

    def __init__(self, store: ChatStore, chats: OpenChats, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._chats = chats
        self._tasks = TaskScope(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._try)
        chats.not_saved.connect(self._wait)

    @property
    def has_unsaved(self) -> bool:
        """Whether something that was said is only in memory."""
        return self._store.has_unfinished or any(chat.session.has_unsaved for chat in self._chats)

    async def aclose(self) -> None:
        """Try a last time, with some patience."""
        self._pause.stop()
        await self._tasks.aclose()
        await self._save(is_patient=True)

    @pyqtSlot(object, object)
    def _wait(self, _chat: OpenChat, problem: StoreProblem) -> None:
        if problem.fault is StoreFault.LOCKED:
            self._pause.start()

    @pyqtSlot()
    def _try(self) -> None:
        self._tasks.start(self._save_again(), name="save late")

    async def _save_again(self) -> None:
        if await self._save():
            self._pause.start()
        else:
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
