"""How the open chat is asked: the panel beside it, and the template it follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.errors import AICoderError
from ai_coder.llm.models import provider_of
from ai_coder.llm.parameters import accepted_for, changed_fields, reasoning_options_for
from ai_coder.ui.chat.parameter_words import parameter_title
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.conversation import ConversationSettings
    from ai_coder.core import Core
    from ai_coder.llm.models import GenerationParameters
    from ai_coder.llm.templates import Template
    from ai_coder.owners.costs import CostsOwner
    from ai_coder.owners.notices import NoticesOwner
    from ai_coder.owners.templates import TemplatesOwner
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.parameters_panel import ParametersPanel
    from ai_coder.ui.chat.turn_control import TurnControl
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class _Undo:
    """What a chat was like before a slash command."""

    chat_id: int
    settings: ConversationSettings
    ref: str | None


class ParametersOwner(QObject):
    """Shows and changes the settings of the open chat.

    A template that is applied holds for the chat from then on; the header of the chat names it,
    and a slash command, which would do it in passing, says so with an offer to undo.
    """

    failed = pyqtSignal(AICoderError)

    def __init__(
        self,
        core: Core,
        costs: CostsOwner,
        templates: TemplatesOwner,
        notices: NoticesOwner,
        theme: Theme,
        window: MainWindow,
        pane: ChatPane,
        picker: ModelPicker,
        turns: TurnControl,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._costs = costs
        self._templates = templates
        self._notices = notices
        self._theme = theme
        self._pane = pane
        self._picker = picker
        self._turns = turns
        self._panel: ParametersPanel | None = None
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        templates.chosen.connect(self._apply_slash)
        templates.changed.connect(self._show_templates)
        window.notice.action_requested.connect(self._act)
        pane.view.header.parameters_requested.connect(self.toggle)
        pane.chat_shown.connect(self._refresh)
        pane.running_changed.connect(self._turn_changed)
        picker.chosen.connect(self._refresh)
        core.catalogue.subscribe(lambda _provider: self._refresh())

    def start(self) -> None:
        """Let slash commands be filled in from now on; the templates are read."""
        self._turns.sending.prepare = self._prepared

    @pyqtSlot()
    def toggle(self) -> None:
        """Open the panel, or close it."""
        if self._panel is None:
            self._panel = self._make_panel()
            self._pane.add_side_panel(self._panel)
            self._panel.show()
            self._show_templates()
        elif self._panel.isHidden():
            self._panel.show()
        else:
            self._close_panel()
        self._refresh()

    @pyqtSlot()
    def _close_panel(self) -> None:
        if self._panel is not None:
            self._panel.hide()
            self._pane.take_keyboard()

    @pyqtSlot(str)
    def apply_template(self, name: str) -> None:
        """Use a template's system prompt, parameters and model in the open chat."""
        template, chat = self._templates.get(name), self._pane.chat
        if template is not None and chat is not None:
            self.tasks.start(self._apply(chat, template), name="apply template")

    def _make_panel(self) -> ParametersPanel:
        from ai_coder.ui.chat.parameters_panel import ParametersPanel

        panel = ParametersPanel(self._theme, self._pane.view)
        panel.changed.connect(self._changed)
        panel.close_requested.connect(self._close_panel)
        panel.template_chosen.connect(self.apply_template)
        panel.update_template_requested.connect(self._templates.update_followed)
        panel.save_template_requested.connect(self._templates.save_as)
        panel.manage_templates_requested.connect(self._templates.edit)
        panel.try_requested.connect(self._turns.regenerate_last)
        return panel

    # What is shown

    @pyqtSlot()
    def _refresh(self) -> None:
        """Show what the chat sends, as far as its model takes it."""
        panel, chat = self._panel, self._pane.chat
        if chat is None:
            return
        settings = chat.session.conversation.settings
        self._show_in_header(settings)
        if panel is None or panel.isHidden():
            return
        ref = self._picker.current_ref() or ""
        model = self._core.catalogue.get(ref)
        provider = self._core.manager.providers.get(provider_of(ref))
        accepted = accepted_for(provider.accepted_parameters, model) if provider else frozenset()
        panel.set_state(
            settings.parameters, settings.system_prompt, accepted, reasoning_options_for(model)
        )
        followed = self._templates.get(settings.template or "")
        is_changed = followed is not None and not _follows(settings, followed)
        panel.set_changed_template(followed.title if followed is not None and is_changed else "")
        panel.set_can_try(bool(chat.session.messages) and not chat.is_running)
        self.tasks.start(self._show_cost(panel, chat.id), name="show cost of chat")

    def _show_in_header(self, settings: ConversationSettings) -> None:
        """Name what goes with every prompt of this chat and not with those of new chats."""
        usual = self._core.loaded.settings.generation
        same_prompt = settings.system_prompt == usual.system_prompt
        is_usual = same_prompt and settings.parameters == usual.parameters
        template = self._templates.get(settings.template or "")
        set_titles = [parameter_title(name) for name in sorted(changed_fields(settings.parameters))]
        if settings.system_prompt:
            set_titles.insert(0, self.tr("System prompt"))
        explained = self.tr("Sent with every prompt of this chat: {names}.")
        told = explained.format(names=", ".join(set_titles) or self.tr("server's defaults"))
        title = template.title if template else self.tr("Changed parameters")
        if template is not None and not _follows(settings, template):
            title = self.tr("{template}, changed").format(template=title)
        self._pane.view.header.set_settings("" if is_usual else title, told)

    @pyqtSlot()
    def _show_templates(self) -> None:
        if self._panel is not None:
            self._panel.set_templates(self._templates.all())
        self._refresh()

    async def _show_cost(self, panel: ParametersPanel, conversation_id: int) -> None:
        words = await self._costs.chat_words(conversation_id)
        if self._pane.chat is not None and self._pane.chat.id == conversation_id:
            panel.set_cost(words)

    @pyqtSlot()
    def _turn_changed(self) -> None:
        self._refresh()
        self._costs.show_month()

    # What is changed

    @pyqtSlot(object, str)
    def _changed(self, parameters: GenerationParameters, system_prompt: str) -> None:
        chat = self._pane.chat
        if chat is not None:
            settings = replace(
                chat.session.conversation.settings,
                parameters=parameters,
                system_prompt=system_prompt,
            )
            self.tasks.start(self._set(chat, settings), name="change parameters")

    async def _set(self, chat: OpenChat, settings: ConversationSettings) -> None:
        await chat.session.set_settings(settings)
        if self._pane.chat is chat:
            self._refresh()

    async def _apply(self, chat: OpenChat, template: Template) -> None:
        settings = replace(
            chat.session.conversation.settings,
            system_prompt=template.system_prompt,
            parameters=template.parameters,
            template=template.name,
        )
        await self._set(chat, settings)
        if template.model and self._core.catalogue.is_available(template.model):
            self._choose(template.model)

    def _choose(self, ref: str) -> None:
        self._picker.set_current(ref)
        self._picker.chosen.emit(ref)

    # Slash commands

    async def _prepared(self, chat: OpenChat, prompt: str) -> str:
        """Return the prompt that a slash command stands for, its template applied."""
        filled, template = self._templates.expand(prompt)
        if template is not None:
            await self._apply_in_passing(chat, template)
        return filled

    @pyqtSlot(str)
    def _apply_slash(self, name: str) -> None:
        template, chat = self._templates.get(name), self._pane.chat
        if template is not None and chat is not None:
            self.tasks.start(self._apply_in_passing(chat, template), name="apply template")

    async def _apply_in_passing(self, chat: OpenChat, template: Template) -> None:
        before, ref = chat.session.conversation.settings, self._picker.current_ref()
        await self._apply(chat, template)
        if chat.session.conversation.settings == before:
            return
        words = self.tr("“{template}” holds for this chat from now on.")
        self._notices.show_passing(
            words.format(template=template.title),
            self.tr("Its system prompt and parameters go with every prompt here."),
            action=self.tr("Undo"),
            action_key=_Undo(chat.id, before, ref),
        )

    @pyqtSlot(object)
    def _act(self, key: object) -> None:
        chat = self._pane.chat
        if not isinstance(key, _Undo) or chat is None or chat.id != key.chat_id:
            return
        self.tasks.start(self._set(chat, key.settings), name="undo template")
        if key.ref and key.ref != self._picker.current_ref():
            self._choose(key.ref)


def _follows(settings: ConversationSettings, template: Template) -> bool:
    same_prompt = settings.system_prompt == template.system_prompt
    return same_prompt and settings.parameters == template.parameters
