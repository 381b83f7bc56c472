"""Named sets of system prompt and parameters: kept, edited, and offered after a slash."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFileDialog

from ai_coder.errors import AICoderError, UnwritableFileError
from ai_coder.llm.templates import Template, Templates, UnreadableTemplateError
from ai_coder.ui.error_text import error_hint, error_message
from ai_coder.ui.tasks import TaskScope
from ai_coder.ui.widgets.name_dialog import NameDialog

if TYPE_CHECKING:
    from ai_coder.core import Core
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.slash_completer import SlashCompleter
    from ai_coder.ui.chat.templates_dialog import TemplatesDialog
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme


class TemplatesOwner(QObject):
    """Reads and writes the templates, and opens the windows in which they are made."""

    changed = pyqtSignal()
    chosen = pyqtSignal(str)
    """The name of a template that was taken from the list after a slash."""

    failed = pyqtSignal(AICoderError)

    def __init__(
        self, core: Core, theme: Theme, window: MainWindow, pane: ChatPane, picker: ModelPicker
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._pane = pane
        self._picker = picker
        self._dialog: TemplatesDialog | None = None
        self._slash: SlashCompleter | None = None
        self._templates = Templates(
            core.paths.resources / "prompts" / "templates.json",
            core.paths.user_config / "templates.json",
        )
        self.all = self._templates.all
        self.get = self._templates.get
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        self.changed.connect(self._show)

    async def start(self) -> None:
        """Read the templates and watch the prompt field for slash commands."""
        await asyncio.to_thread(self._templates.load)
        if self._templates.problem is not None:
            self.failed.emit(self._templates.problem)
        from ai_coder.ui.chat.slash_completer import SlashCompleter

        edit = self._pane.view.prompt_bar.edit
        self._slash = SlashCompleter(self._theme, edit, self.all)
        self._slash.template_chosen.connect(self.chosen)
        self.changed.emit()

    def expand(self, prompt: str) -> tuple[str, Template | None]:
        """Return what a prompt such as `/name rest` means, and its template, if it is one."""
        return self._slash.expand(prompt) if self._slash else (prompt, None)

    @pyqtSlot()
    def edit(self) -> None:
        """Open the window in which templates are made."""
        if self._dialog is None:
            self._dialog = self._make_dialog()
        self._show()
        self._dialog.open()

    @pyqtSlot()
    def save_as(self) -> None:
        """Ask for a name and keep the settings of the open chat under it."""
        title, verb = self.tr("Save as template"), self.tr("Save")
        dialog = NameDialog(self._theme, title, verb, parent=self._window)
        dialog.setObjectName("templateTitleDialog")
        dialog.named.connect(self._keep)
        dialog.open()

    def _make_dialog(self) -> TemplatesDialog:
        from ai_coder.ui.chat.templates_dialog import TemplatesDialog

        dialog = TemplatesDialog(self._theme, self._window)
        dialog.save_requested.connect(self._save)
        dialog.remove_requested.connect(self._remove)
        dialog.import_requested.connect(self._ask_import)
        dialog.export_requested.connect(self._ask_export)
        return dialog

    @pyqtSlot()
    def _show(self) -> None:
        if self._dialog is not None:
            known = self.all()
            own = [each.name for each in known if self._templates.is_own(each.name)]
            self._dialog.set_templates(known, own)

    @pyqtSlot(str)
    def _keep(self, title: str) -> None:
        chat, title = self._pane.chat, title.strip()[:80]
        if chat is None or not title:
            return
        settings = chat.session.conversation.settings
        followed = self.get(settings.template or "")
        title = self._templates.free_title(title)
        template = Template(
            name=self._templates.free_name(title),
            title=title,
            prompt=followed.prompt if followed else "",
            system_prompt=settings.system_prompt,
            parameters=settings.parameters,
            model=self._picker.current_ref(),
        )
        self._save(template)

    @pyqtSlot()
    def update_followed(self) -> None:
        """Keep the settings of the open chat in the template that it follows.

        A template that is good for every model stays so.
        """
        chat = self._pane.chat
        settings = chat.session.conversation.settings if chat is not None else None
        followed = self.get(settings.template or "") if settings is not None else None
        if settings is None or followed is None:
            return
        model = (self._picker.current_ref() or followed.model) if followed.model else None
        changes = {
            "system_prompt": settings.system_prompt,
            "parameters": settings.parameters,
            "model": model,
        }
        self._save(followed.model_copy(update=changes))

    @pyqtSlot(object)
    def _save(self, template: Template) -> None:
        self.tasks.start(self._stored(template), name="save template")

    async def _stored(self, template: Template) -> None:
        try:
            await asyncio.to_thread(self._templates.save, template)
        except AICoderError as error:
            self._say(error)
        else:
            self.changed.emit()

    @pyqtSlot(str)
    def _remove(self, name: str) -> None:
        try:
            self._templates.remove(name)
        except AICoderError as error:
            self._say(error)
        else:
            self.changed.emit()

    @pyqtSlot()
    def _ask_import(self) -> None:
        dialog = QFileDialog(self._window, self.tr("Import templates"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Templates (*.json)"))
        dialog.fileSelected.connect(self.import_file)
        dialog.open()

    @pyqtSlot(str)
    def import_file(self, path: str) -> None:
        """Take in the templates of a file."""
        self.tasks.start(self._imported(Path(path)), name="import templates")

    async def _imported(self, path: Path) -> None:
        try:
            text = await asyncio.to_thread(path.read_bytes)
            added = self._templates.import_text(text, origin=path.name)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._say(UnreadableTemplateError(path=path.name, reason=reason))
        except AICoderError as error:
            self._say(error)
        else:
            self.changed.emit()
            if self._dialog is not None and added:
                self._dialog.choose(added[0].name)
            elif self._dialog is not None:
                words = self.tr("All templates of {path} are here already.")
                self._dialog.set_problem(words.format(path=path.name))

    @pyqtSlot(list)
    def _ask_export(self, names: list[str]) -> None:
        dialog = QFileDialog(self._window, self.tr("Export templates"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Templates (*.json)"))
        dialog.setDefaultSuffix("json")
        dialog.selectFile(f"{names[0] if len(names) == 1 else 'templates'}.json")
        dialog.fileSelected.connect(lambda path: self.export_file(path, names))
        dialog.open()

    def export_file(self, path: str, names: list[str]) -> None:
        """Write the templates named into a file."""
        self.tasks.start(self._exported(Path(path), names), name="export templates")

    async def _exported(self, path: Path, names: list[str]) -> None:
        text = self._templates.export_text(names)
        try:
            await asyncio.to_thread(path.write_text, text, "utf-8")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._say(UnwritableFileError(path=path.name, reason=reason))

    def _say(self, error: AICoderError) -> None:
        """Say in the window of the templates, while it is open, why something failed."""
        if self._dialog is not None and self._dialog.isVisible():
            self._dialog.set_problem(f"{error_message(error)} {error_hint(error)}".strip())
        else:
            self.failed.emit(error)
