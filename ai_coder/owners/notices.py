"""What the notice bar says, and what its button does."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, QUrl, pyqtSlot
from PyQt6.QtGui import QDesktopServices

from ai_coder.chat.store_problem import NotYetSavedProblem, StoreFault, StoreProblem
from ai_coder.errors import Remedy
from ai_coder.ui.connection_words import remedy_text
from ai_coder.ui.error_text import error_hint, error_message
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.store import ChatStore
    from ai_coder.errors import AICoderError
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.main_window import MainWindow

logger = logging.getLogger(__name__)

UNDO_MS = 10_000


class NoticesOwner(QObject):
    """Says what went wrong in words, once, and offers the next step."""

    def __init__(self, store: ChatStore, folder: Path, pane: ChatPane, window: MainWindow) -> None:
        super().__init__(window)
        self._store = store
        self._folder = folder
        self._pane = pane
        self._window = window
        self._notice = window.notice
        self._passing = ""
        self._passing_key: object = None
        self._waiting: set[str] = set()
        """What was said of a file that may work again later, until it does."""

        self._undo_timer = QTimer(self)
        self._undo_timer.setSingleShot(True)
        self._undo_timer.setInterval(UNDO_MS)
        self._undo_timer.timeout.connect(self.hide_passing)
        self._tasks = TaskScope(self)
        self._tasks.failed.connect(self.show_error)
        self._notice.action_requested.connect(self._act)
        pane.not_saved.connect(self._show_not_saved)
        pane.saving.saved.connect(self._show_saved)
        store.on_problem = self.show_error

    @pyqtSlot(object)
    def show_error(self, error: AICoderError) -> None:
        """Say what went wrong, and what comes next."""
        if isinstance(error, StoreProblem):
            self._show_problem(error, self._pane.chat)
            return
        logger.warning("%s", error)
        leads_to_settings = error.remedy is Remedy.OPEN_SETTINGS
        self._notice.show_notice(
            error_message(error),
            error_hint(error),
            severity="failed",
            action=remedy_text(error.remedy) if leads_to_settings else "",
            action_key=("settings",),
            detail=error.raw,
        )

    def show_passing(self, text: str, hint: str = "", *, action: str, action_key: object) -> None:
        """Say what was done, with an offer that goes by itself after a while."""
        self._notice.show_notice(text, hint, severity="ok", action=action, action_key=action_key)
        self._passing, self._passing_key = self._notice.text(), action_key
        self._undo_timer.start()

    @property
    def passing_key(self) -> object:
        """What the offer that stands now would do; None when there is none."""
        is_shown = bool(self._passing) and self._notice.text() == self._passing
        return self._passing_key if is_shown else None

    @pyqtSlot()
    def hide_passing(self) -> None:
        """Take the offer away, unless something else is said by now."""
        if self._passing and self._notice.text() == self._passing:
            self._notice.dismiss()
        self._passing = ""

    async def aclose(self) -> None:
        """End what runs."""
        await self._tasks.aclose()

    def _show_problem(self, problem: StoreProblem, chat: OpenChat | None) -> None:
        logger.warning("%s", problem)
        if problem.backup is None and problem.fault is not StoreFault.GONE:
            self._waiting.add(error_message(problem))
        key: tuple[object, ...]
        if problem.backup is not None:
            text, key = self.tr("Restore backup"), ("backup", problem.backup)
        elif problem.fault is StoreFault.GONE and chat is not None:
            text, key = self.tr("Export chat"), ("export", chat.id)
        else:
            text, key = self.tr("Open folder"), ("folder",)
        self._notice.show_notice(
            error_message(problem),
            error_hint(problem),
            severity="waiting" if isinstance(problem, NotYetSavedProblem) else "failed",
            action=text,
            action_key=key,
            detail=problem.raw,
        )

    @pyqtSlot(object, object)
    def _show_not_saved(self, chat: OpenChat, problem: StoreProblem) -> None:
        self._show_problem(problem, chat)

    @pyqtSlot()
    def _show_saved(self) -> None:
        """Take back that something waits, if that was said."""
        self._notice.withdraw(self._waiting)
        if self._waiting:
            self._waiting.clear()
            self._notice.show_notice(self.tr("The chats are saved now."), severity="ok")

    @pyqtSlot(object)
    def _act(self, key: object) -> None:
        match key:
            case ("restore", tuple(conversation_ids)):
                self._pane.care.restore_all(list(conversation_ids))
            case ("backup", Path() as backup):
                self._tasks.start(self._restore(backup), name="restore backup")
            case ("export", int(conversation_id)):
                self._pane.export_requested.emit(conversation_id)
            case ("settings",):
                self._window.show_view("settings")
            case ("folder",):
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    async def _restore(self, backup: Path) -> None:
        await self._pane.reopen(lambda: self._store.restore_backup(backup))
        self._notice.show_notice(
            self.tr("The backup is in use."),
            self.tr("Chats that were begun meanwhile are kept."),
            severity="ok",
        )
