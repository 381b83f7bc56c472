"""How the open chat is asked: the panel beside it, templates, slash commands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFileDialog, QInputDialog

from ai_coder.errors import AICoderError, UnwritableFileError
from ai_coder.llm.parameters import accepted_for, reasoning_options_for
from ai_coder.llm.templates import Template, Templates, UnreadableTemplateError
from ai_coder.ui.error_text import error_hint, error_message
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.conversation import ConversationSettings
    from ai_coder.core import Core
    from ai_coder.llm.models import GenerationParameters
    from ai_coder.owners.costs import CostsOwner
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.parameters_panel import ParametersPanel
    from ai_coder.ui.chat.slash_completer import SlashCompleter
    from ai_coder.ui.chat.templates_dialog import TemplatesDialog
    from ai_coder.ui.chat.turn_control import TurnControl
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme


class ParametersOwner(QObject):
    """Shows and changes the settings of the open chat; keeps the templates."""

    failed = pyqtSignal(AICoderError)

    def __init__(
        self,
        core: Core,
        costs: CostsOwner,
        theme: Theme,
        window: MainWindow,
        pane: ChatPane,
        picker: ModelPicker,
        turns: TurnControl,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._costs = costs
        self._theme = theme
        self._window = window
        self._pane = pane
        self._picker = picker
        self._turns = turns
        self._panel: ParametersPanel | None = None
        self._dialog: TemplatesDialog | None = None
        self._slash: SlashCompleter | None = None
        self.templates = Templates(
            core.paths.resources / "prompts" / "templates.json",
            core.paths.user_config / "templates.json",
        )
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        pane.view.header.parameters_requested.connect(self.toggle)
        pane.chat_shown.connect(self._refresh)
        pane.running_changed.connect(self._turn_changed)
        picker.chosen.connect(self._refresh)
        core.catalogue.subscribe(lambda _provider: self._refresh())

    async def start(self) -> None:
        """Read the templates and watch the prompt field for slash commands."""
        await asyncio.to_thread(self.templates.load)
        if self.templates.problem is not None:
            self.failed.emit(self.templates.problem)
        from ai_coder.ui.chat.slash_completer import SlashCompleter

        edit = self._pane.view.prompt_bar.edit
        self._slash = SlashCompleter(self._theme, edit, self.templates.all)
        self._slash.template_chosen.connect(self.apply_template)
        self._turns.prepare = self._prepared
        self._show_templates()

    @pyqtSlot()
    def toggle(self) -> None:
        """Open the panel, or close it."""
        if self._panel is None:
            self._panel = self._make_panel()
            self._pane.view.add_side_panel(self._panel)
            self._panel.show()
            self._show_templates()
        else:
            self._panel.setVisible(self._panel.isHidden())
        self._refresh()

    @pyqtSlot(str)
    def apply_template(self, name: str) -> None:
        """Use a template's system prompt, parameters and model in the open chat."""
        template, chat = self.templates.get(name), self._pane.chat
        if template is not None and chat is not None:
            self.tasks.start(self._apply(chat, template), name="apply template")

    @pyqtSlot()
    def edit_templates(self) -> None:
        """Open the window in which templates are made."""
        if self._dialog is None:
            self._dialog = self._make_dialog()
        self._show_templates()
        self._dialog.open()

    def _make_panel(self) -> ParametersPanel:
        from ai_coder.ui.chat.parameters_panel import ParametersPanel

        panel = ParametersPanel(self._theme, self._pane.view)
        panel.changed.connect(self._changed)
        panel.close_requested.connect(panel.hide)
        panel.template_chosen.connect(self.apply_template)
        panel.save_template_requested.connect(self._ask_for_title)
        panel.manage_templates_requested.connect(self.edit_templates)
        panel.try_requested.connect(self._turns.regenerate_last)
        return panel

    def _make_dialog(self) -> TemplatesDialog:
        from ai_coder.ui.chat.templates_dialog import TemplatesDialog

        dialog = TemplatesDialog(self._theme, self._window)
        dialog.save_requested.connect(self._save)
        dialog.remove_requested.connect(self._remove)
        dialog.import_requested.connect(self._ask_import)
        dialog.export_requested.connect(self._ask_export)
        return dialog

    # The chat

    @pyqtSlot()
    def _refresh(self) -> None:
        """Show what the chat sends, as far as its model takes it."""
        panel, chat = self._panel, self._pane.chat
        if panel is None or panel.isHidden() or chat is None:
            return
        ref = self._picker.current_ref() or ""
        model = self._core.catalogue.get(ref)
        provider = self._core.manager.providers.get(ref.partition("/")[0])
        settings = chat.session.conversation.settings
        accepted = accepted_for(provider.accepted_parameters, model) if provider else frozenset()
        shown = (panel.parameters, panel.system_prompt)
        if shown != (settings.parameters, settings.system_prompt) or not panel.has_focus_inside():
            panel.set_state(
                settings.parameters,
                settings.system_prompt,
                accepted,
                reasoning_options_for(model),
            )
        can_try = bool(chat.session.messages) and not chat.is_running
        panel.set_can_try(can_try)
        self.tasks.start(self._show_cost(panel, chat.id), name="show cost of chat")

    async def _show_cost(self, panel: ParametersPanel, conversation_id: int) -> None:
        words = await self._costs.chat_words(conversation_id)
        if self._pane.chat is not None and self._pane.chat.id == conversation_id:
            panel.set_cost(words)

    @pyqtSlot()
    def _turn_changed(self) -> None:
        self._refresh()
        self._costs.show_month()

    @pyqtSlot(object, str)
    def _changed(self, parameters: GenerationParameters, system_prompt: str) -> None:
        chat = self._pane.chat
        if chat is not None:
            settings = replace(
                chat.session.conversation.settings,
                parameters=parameters,
                system_prompt=system_prompt,
            )
            self._set(chat, settings)

    def _set(self, chat: OpenChat, settings: ConversationSettings) -> None:
        self.tasks.start(chat.session.set_settings(settings), name="change parameters")

    async def _apply(self, chat: OpenChat, template: Template) -> None:
        settings = replace(
            chat.session.conversation.settings,
            system_prompt=template.system_prompt,
            parameters=template.parameters,
            template=template.name,
        )
        await chat.session.set_settings(settings)
        if template.model and self._core.catalogue.is_available(template.model):
            self._picker.set_current(template.model)
            self._picker.chosen.emit(template.model)
        self._refresh()

    async def _prepared(self, chat: OpenChat, prompt: str) -> str:
        """Return the prompt that a slash command stands for, its template applied."""
        if self._slash is None:
            return prompt
        filled, template = self._slash.expand(prompt)
        if template is not None:
            await self._apply(chat, template)
        return filled

    # Templates

    def _show_templates(self) -> None:
        known = self.templates.all()
        if self._panel is not None:
            self._panel.set_templates(known)
        if self._dialog is not None:
            own = [each.name for each in known if self.templates.is_own(each.name)]
            self._dialog.set_templates(known, own)

    @pyqtSlot()
    def _ask_for_title(self) -> None:
        dialog = QInputDialog(self._window)
        dialog.setObjectName("templateTitleDialog")
        dialog.setWindowTitle(self.tr("Save as template"))
        dialog.setLabelText(self.tr("Name of the template"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(self._save_as)
        dialog.open()

    @pyqtSlot(str)
    def _save_as(self, title: str) -> None:
        chat, title = self._pane.chat, title.strip()[:80]
        if chat is None or not title:
            return
        settings = chat.session.conversation.settings
        template = Template(
            name=self.templates.free_name(title),
            title=title,
            system_prompt=settings.system_prompt,
            parameters=settings.parameters,
            model=self._picker.current_ref(),
        )
        self._save(template)

    @pyqtSlot(object)
    def _save(self, template: Template) -> None:
        self.tasks.start(self._stored(template), name="save template")

    async def _stored(self, template: Template) -> None:
        try:
            await asyncio.to_thread(self.templates.save, template)
        except AICoderError as error:
            self._say(error)
        else:
            self._show_templates()

    @pyqtSlot(str)
    def _remove(self, name: str) -> None:
        try:
            self.templates.remove(name)
        except AICoderError as error:
            self._say(error)
        else:
            self._show_templates()

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
            self.templates.import_text(text, origin=path.name)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self._say(UnreadableTemplateError(path=path.name, reason=reason))
        except AICoderError as error:
            self._say(error)
        else:
            self._show_templates()

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
        text = self.templates.export_text(names)
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
