"""What the notice bar says, and what its button does."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PyQt6.QtCore import QDateTime, QLocale, QObject, QTimer, QUrl, pyqtSlot
from PyQt6.QtGui import QDesktopServices

from ai_coder.chat.replacing import REPLACED
from ai_coder.chat.store_open import NEWER
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

Step: TypeAlias = "tuple[str, tuple[object, ...]]"
"""The words and the key of a button."""


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
        pane.branch_refused.connect(self._show_refused)
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
        if self.passing_key is not None:
            self._notice.dismiss()
        self._passing = ""

    async def aclose(self) -> None:
        """End what runs."""
        await self._tasks.aclose()

    def _show_problem(
        self, problem: StoreProblem, chat: OpenChat | None, step: Step | None = None
    ) -> None:
        """Say it with what helps first, which is *step* if given, and where the words are safe."""
        logger.warning("%s", problem)
        step = step or self._step(problem, chat)
        if problem.fault is not StoreFault.GONE:
            self._waiting.add(error_message(problem))
        text, key = step
        self._notice.show_notice(
            error_message(problem),
            " ".join(part for part in (error_hint(problem), self._backup_words(problem)) if part),
            severity="waiting" if isinstance(problem, NotYetSavedProblem) else "failed",
            action=text,
            action_key=key,
            other=(self.tr("Export chat"), ("export_shown",)) if problem.may_pass else None,
            detail=problem.raw,
        )

    def _step(self, problem: StoreProblem, chat: OpenChat | None) -> Step:
        if problem.backup is not None:
            return self.tr("Restore backup"), ("backup", problem.backup)
        is_in_the_way = problem.fault in REPLACED and problem.set_aside is None
        if is_in_the_way and self._store.is_in_memory:
            return self.tr("Begin a new file"), ("begin",)
        if problem.fault is StoreFault.GONE and chat is not None:
            return self.tr("Export chat"), ("export", chat.id)
        return self.tr("Open folder"), ("folder",)

    def _backup_words(self, problem: StoreProblem) -> str:
        """Say of when the copy is that is offered, or that there is besides a sound file."""
        copy = problem.backup
        if copy is not None:
            return self.tr("The newest backup that can be used is of {date}.").format(
                date=_date(copy)
            )
        if problem.fault is StoreFault.NEWER:
            return self.tr("There is no backup that this version can read.")
        copy = next(iter(self._store.backups()), None)
        if copy is None or not problem.may_pass:
            return ""
        return self.tr("The last backup is of {date}, in the folder “{folder}”.").format(
            date=_date(copy), folder=copy.parent.name
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

    @pyqtSlot(int, int)
    def _show_refused(self, conversation_id: int, message_id: int) -> None:
        self._notice.show_notice(
            self.tr("What was found is in another branch of this chat."),
            self.tr("It can be shown when the answer has ended."),
            severity="waiting",
            action=self.tr("Stop and show"),
            action_key=("stop_and_open", conversation_id, message_id),
        )

    @pyqtSlot(object)
    def _act(self, key: object) -> None:
        match key:
            case ("restore", tuple(conversation_ids)):
                self._pane.care.restore_all(list(conversation_ids))
            case ("backup", Path() as backup):
                self._tasks.start(self._replace(backup), name="restore backup")
            case ("begin",):
                self._tasks.start(self._replace(None), name="begin new file")
            case ("export_shown",) if self._pane.chat is not None:
                self._pane.export_requested.emit(self._pane.chat.id)
            case ("export", int(conversation_id)):
                self._pane.export_requested.emit(conversation_id)
            case ("stop_and_open", int(conversation_id), int(message_id)):
                self._pane.stop_and_open(conversation_id, message_id)
            case ("settings",):
                self._window.show_view("settings")
            case ("folder",):
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    async def _replace(self, backup: Path | None) -> None:
        """Go on with a copy, or a new file; what did not work is offered again."""
        if not self._store.is_in_memory:
            return  # the file works again
        try:
            aside = await self._pane.reopening.reopen(lambda: self._store.replace_file(backup))
        except StoreProblem as problem:
            is_bad = backup is not None and problem.fault is StoreFault.CORRUPT
            problem.backup = self._store.readable_backup(backup) if backup and is_bad else backup
            begin = None if problem.backup else (self.tr("Begin a new file"), ("begin",))
            self._show_problem(problem, self._pane.chat, begin)
            return
        self._notice.withdraw(self._waiting)
        self._waiting.clear()
        if aside is not None and aside == self._store.path:
            self._notice.show_notice(self.tr("The file works again, and is in use."), severity="ok")
            return
        kept = self.tr("Chats that were begun meanwhile are kept.")
        self._notice.show_notice(
            self.tr("The backup is in use.") if backup else self.tr("A new file is in use."),
            f"{kept} {self._aside_words(aside)}" if aside else kept,
            severity="ok",
            action=self.tr("Open folder") if aside else "",
            action_key=("folder",),
        )

    def _aside_words(self, aside: Path) -> str:
        """Say where the file is that was in its place, and how it can be used again."""
        name, _, what = aside.stem.partition(".")
        if not what.startswith(NEWER):
            return self.tr("The damaged file is kept as {aside}.").format(aside=aside.name)
        return self.tr(
            "The newer file is kept unchanged as {aside}. To go back to it, close the application,"
            " give {name} another name and {aside} the name {name}, then start the newer version."
        ).format(aside=aside.name, name=f"{name}{aside.suffix}")


def _date(copy: Path) -> str:
    """Return when a copy was made."""
    moment = QDateTime.fromSecsSinceEpoch(int(copy.stat().st_mtime))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)
