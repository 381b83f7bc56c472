"""Chats as files, deleted chats, saved code: everything that goes through a dialog."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFileDialog

from ai_coder.chat.export import ExportFormat, exported, file_name
from ai_coder.chat.imports import ChatImport, ImportProgress
from ai_coder.errors import AICoderError, UnwritableFileError
from ai_coder.markdown.code_file import code_file_name
from ai_coder.ui.error_text import error_message
from ai_coder.ui.short_turns import SHORT_TURNS
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_coder.chat.archive import ArchivedConversation
    from ai_coder.chat.store import ChatStore
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme


class ChatFilesOwner(QObject):
    """Exports, imports, restores, and saves code."""

    failed = pyqtSignal(AICoderError)
    erased = pyqtSignal(list)
    """Ids of chats that were deleted for good."""

    _bin_changed = pyqtSignal(list)

    def __init__(self, theme: Theme, store: ChatStore, pane: ChatPane, window: MainWindow) -> None:
        super().__init__(window)
        self._theme = theme
        self._store = store
        self._pane = pane
        self._window = window
        self._import: ChatImport | None = None
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        pane.export_requested.connect(self.export_chat)
        pane.export_all_requested.connect(self.export_all)
        pane.import_requested.connect(self.import_chats)
        window.status.cancel_requested.connect(self._cancel_import)
        pane.bin_requested.connect(self.show_bin)
        pane.view.header.export_requested.connect(self.export_shown)
        pane.view.transcript.save_code_requested.connect(self._save_code)

    @pyqtSlot(int)
    def export_chat(self, conversation_id: int) -> None:
        """Let the user choose where and in which format a chat is saved."""
        self.tasks.start(self._ask_export(conversation_id), name="export chat")

    @pyqtSlot()
    def export_shown(self) -> None:
        """Export the chat that is open, with what could not be stored."""
        if self._pane.chat is not None:
            self.export_chat(self._pane.chat.id)

    @pyqtSlot()
    def export_all(self) -> None:
        """Let the user choose where all chats are saved."""
        self.tasks.start(self._ask_export_all(), name="export all chats")

    @pyqtSlot()
    def import_chats(self) -> None:
        """Let the user choose files with chats."""
        dialog = QFileDialog(self._window, self.tr("Import chats"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Chats (*.json *.zip)"))
        dialog.filesSelected.connect(self.import_files)
        dialog.open()

    @pyqtSlot("QStringList")
    def import_files(self, names: list[str]) -> None:
        """Import these files, after those that are being imported, and show the last chat."""
        if self._import is None:
            self._import = ChatImport(self._store, self._show_progress)
            self.tasks.start(self._run_import(self._import), name="import chats")
        self._import.add(map(Path, names))

    @pyqtSlot()
    def show_bin(self) -> None:
        """Offer the deleted chats for restoring."""
        self.tasks.start(self._ask_bin(), name="show bin")

    async def write(
        self,
        path: Path,
        archived: list[ArchivedConversation],
        chosen: ExportFormat = ExportFormat.MARKDOWN,
    ) -> None:
        """Save chats in the format that the name of the file says, else in the *chosen* one."""
        suffix = path.suffix.lstrip(".").lower()
        if suffix in {each.value for each in ExportFormat}:
            chosen = ExportFormat(suffix)
        else:
            path = _free(path, chosen.value)
        await self._write_text(path, await asyncio.to_thread(exported, archived, chosen))
        self._window.status.set_message(self.tr("Saved {name}").format(name=path.name))

    async def _ask_export(self, conversation_id: int) -> None:
        chat = self._pane.chat
        if chat is not None and chat.id == conversation_id:
            archived = await chat.session.archive()
        else:
            stored = await self._store.archive(conversation_id)
            if stored is None:
                return
            archived = stored
        name = file_name(archived.conversation.title, ExportFormat.MARKDOWN)
        self._ask_where(self.tr("Export chat"), name, [archived])

    async def _ask_export_all(self) -> None:
        archived = await self._store.archive_all()
        name = file_name(self.tr("All chats"), ExportFormat.JSON)
        self._ask_where(self.tr("Export all chats"), name, archived)

    def _ask_where(self, title: str, name: str, archived: list[ArchivedConversation]) -> None:
        filters = ["Markdown (*.md)", "JSON (*.json)", "HTML (*.html)"]
        suffix = Path(name).suffix
        filters.sort(key=lambda each: f"*{suffix})" not in each)

        def write(chosen: str, suffix: str) -> None:
            kind = ExportFormat(suffix)
            self.tasks.start(self.write(Path(chosen), archived, kind), name="write export")

        self._ask_save(title, write, filters=filters, name=name)

    def _ask_save(
        self,
        title: str,
        save: Callable[[str, str], None],
        *,
        filters: list[str] | None = None,
        name: str = "",
    ) -> None:
        """Let the user choose a name; *save* takes it and the ending of the chosen kind."""
        dialog = QFileDialog(self._window, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if filters:
            dialog.setNameFilters(filters)
            dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))
            dialog.filterSelected.connect(
                lambda chosen: dialog.setDefaultSuffix(chosen.rpartition("*.")[2].rstrip(")"))
            )
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda chosen: save(chosen, dialog.defaultSuffix()))
        dialog.open()

    async def _write_text(self, path: Path, text: str) -> None:
        try:
            await asyncio.to_thread(path.write_text, text, "utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnwritableFileError(path=str(path), reason=reason) from error

    async def _run_import(self, running: ChatImport) -> None:
        shown = self._pane.chat
        try:
            with SHORT_TURNS:
                await running.run()
        finally:
            self._import = None
        self._window.status.set_message("")
        self._pane.refresh_list()
        if not running.made:
            for problem in running.problems:
                self.failed.emit(problem)
            return
        if not running.is_cancelled and self._pane.chat is shown:
            self._pane.open(running.made[-1].id)
        self._window.notice.show_notice(
            self._import_words(running),
            "\n".join(map(error_message, running.problems)),
            severity="waiting" if running.problems else "ok",
            detail="\n".join(problem.raw for problem in running.problems if problem.raw),
        )

    def _import_words(self, ended: ChatImport) -> str:
        count = len(ended.made)
        if ended.is_cancelled:
            one = self.tr("Import cancelled: 1 chat was imported and stays")
            more = self.tr("Import cancelled: {n} chats were imported and stay")
        else:
            one, more = self.tr("1 chat imported"), self.tr("{n} chats imported")
        return one if count == 1 else more.format(n=f"{count:,}")

    def _show_progress(self, progress: ImportProgress) -> None:
        text = self.tr("Importing {name}: {n} chats, {percent} % read").format(
            name=progress.name, n=f"{progress.chats:,}", percent=int(progress.share * 100)
        )
        self._window.status.set_message(text, cancel_key=self._import)

    @pyqtSlot(object)
    def _cancel_import(self, key: object) -> None:
        if isinstance(key, ChatImport):
            key.cancel()

    async def _ask_bin(self) -> None:
        from ai_coder.ui.chat.bin_dialog import BinDialog

        dialog = BinDialog(self._theme, await self._store.deleted_conversations(), self._window)
        dialog.restore_requested.connect(self._pane.care.restore)
        dialog.erase_requested.connect(self._erase)
        self._bin_changed.connect(dialog.set_chats)
        dialog.open()

    @pyqtSlot(list)
    def _erase(self, chats: list[int]) -> None:
        self.tasks.start(self._erased(chats), name="erase chats")

    async def _erased(self, chats: list[int]) -> None:
        self._pane.forget(chats)
        await self._store.erase_deleted(chats)
        self.erased.emit(chats)
        self._bin_changed.emit(await self._store.deleted_conversations())

    @pyqtSlot(str, str)
    def _save_code(self, code: str, language: str) -> None:
        def save(name: str, _suffix: str) -> None:
            self.tasks.start(self._write_text(Path(name), code), name="save code")

        self._ask_save(self.tr("Save code"), save, name=code_file_name(language))


def _free(path: Path, suffix: str) -> Path:
    """Add *suffix* to a name; a file that has it already, and was not asked about, stays."""
    found, number = path.with_name(f"{path.name}.{suffix}"), 1
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name} {number}.{suffix}")
    return found
