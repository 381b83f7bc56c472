"""The open chat: its model, its window, what an empty chat offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, QUrl, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QMessageBox

from ai_coder.chat.context_use import context_use
from ai_coder.errors import AICoderError, Remedy
from ai_coder.owners.model_choice import ModelChoice
from ai_coder.owners.welcome_words import first_prompts, server_cards
from ai_coder.ui.chat.turn_words import speed_text
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.conversation import Message
    from ai_coder.core import Core
    from ai_coder.llm.context_budget import ContextBudget
    from ai_coder.llm.discovery import Finding
    from ai_coder.llm.models import ModelConfig
    from ai_coder.owners.servers import ServersOwner
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.main_window import MainWindow

_METER_MS = 80
"""How long typing may go on before the meter looks at the whole chat again."""

_SAFE_SCHEMES = ("http", "https")


class ChatsOwner(QObject):
    """Connects the chat pane with models and windows."""

    failed = pyqtSignal(AICoderError)

    def __init__(
        self,
        core: Core,
        budget: ContextBudget,
        servers: ServersOwner,
        pane: ChatPane,
        picker: ModelPicker,
        window: MainWindow,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._budget = budget
        self._servers = servers
        self._pane = pane
        self._picker = picker
        self._window = window
        self._findings: list[Finding] = []
        self.choice = ModelChoice(core, servers, pane, picker)
        self.tasks = TaskScope(self)
        self._meter_timer = QTimer(self)
        self._meter_timer.setSingleShot(True)
        self._meter_timer.setInterval(_METER_MS)
        self._connect()

    def _connect(self) -> None:
        pane, view = self._pane, self._pane.view
        self.tasks.failed.connect(self.failed)
        self._meter_timer.timeout.connect(self._show_meter)
        pane.failed.connect(self.failed)
        view.header.rename_requested.connect(self._rename_shown)
        view.transcript.link_requested.connect(self._open_link)
        view.welcome.action_requested.connect(self._welcome_action)
        pane.answer_ended.connect(self._answer_ended)
        pane.running_changed.connect(self._show_meter)
        pane.branches.switched.connect(self._show_meter)
        view.prompt_bar.draft_changed.connect(self._meter_timer.start)
        pane.attachments.changed.connect(self._show_meter)
        self._servers.models_changed.connect(view.refresh_names)
        self.choice.failed.connect(self.failed)
        self.choice.changed.connect(self._model_changed)
        self._servers.use_requested.connect(self._use_model)

    async def look_around(self) -> None:
        """Find servers that run or could, for the cards of an empty chat."""
        self._findings = await self._servers.starter.findings()
        self._show_welcome()

    @pyqtSlot()
    def _model_changed(self) -> None:
        self._show_welcome()
        self._show_meter()

    @pyqtSlot(str)
    def _use_model(self, ref: str) -> None:
        self.choice.choose(ref)
        self._window.show_view("chat")
        self._pane.view.prompt_bar.focus_prompt()

    # The window

    @pyqtSlot()
    def _show_meter(self) -> None:
        chat, ref = self._pane.chat, self._picker.current_ref()
        meter = self._pane.view.prompt_bar.meter
        if chat is None or not ref:
            meter.set_values(None, None, is_estimate=True)
            return
        model = self._core.catalogue.get(ref)
        settings = chat.session.conversation.settings
        use = context_use(self._budget, ref, chat.session.messages, settings.system_prompt)
        written = self._budget.estimate_text(ref, self._pane.view.prompt_bar.text())
        written += self._pane.attachments.tokens()
        used, window = use.tokens + written, None
        if model is not None:
            window = self._core.manager.expected_window(
                model, wanted=settings.context_length, prompt_tokens=used
            )
        meter.set_values(used, window, is_estimate=not use.is_exact or written > 0)
        left = max((window or 0) - used, 0)
        room = self.tr("{n} tokens left for the answer. ").format(n=f"{left:,}")
        meter.setToolTip((room if window else "") + self._window_words(model, window))

    def _window_words(self, model: ModelConfig | None, window: int | None) -> str:
        if window is None or model is None:
            return self.tr("Nobody said how large the window is.")
        if window == model.window_now:
            return self.tr("This window is served now.")
        if model.is_loaded:
            return self.tr("The model will be loaded again with this window.")
        return self.tr("The model is not loaded; this window will be asked for.")

    @pyqtSlot(object, object)
    def _answer_ended(self, _chat: OpenChat, message: Message) -> None:
        self._show_meter()
        speed = message.output_per_second if message.failure is None else None
        self._window.status.set_metrics(speed_text(message) if speed is not None else "")
        if speed is not None and message.model_ref:
            self._servers.note_speed(message)

    # An empty chat

    def _show_welcome(self) -> None:
        states = self._core.states()
        ref = self._picker.current_ref()
        model = self._core.catalogue.get(ref) if ref else None
        is_help = bool(model and model.metadata.get("help_only"))
        own = self._core.built_in()
        has_server = any(state.can_chat for key, state in states.items() if key not in own)
        if has_server and not is_help:
            title = self.tr("What are we working on?")
            text = self.tr("Ask about code, paste an error, or attach files.")
            cards = []
        else:
            title = self.tr("Connect a model")
            text = self.tr("Connect a server, or add a model file.")
            if self._has_guide():
                text = self.tr(
                    "The Built-in guide can answer questions about this application right now. "
                    "For real work connect a server with a larger model."
                )
            cards = server_cards(states, self._findings, self._core.manager.providers)
        self._pane.view.welcome.show_state(title, text, cards, first_prompts(is_help=is_help))

    def _has_guide(self) -> bool:
        """Whether the guide can answer, or will as soon as its engine was looked at."""
        core = self._core
        engines = [key for key, each in core.manager.providers.items() if each.has_models_folder]
        is_listed = any(model.metadata.get("help_only") for model in core.catalogue.chat_models())
        return is_listed or any(core.catalogue.state(engine) is None for engine in engines)

    @pyqtSlot(str, str)
    def _welcome_action(self, key: str, action: str) -> None:
        if action == "settings":
            self._servers.settings_wanted.emit(key, "")
        else:
            self._servers.mend(key, Remedy(action))

    @pyqtSlot()
    def _rename_shown(self) -> None:
        chat = self._pane.chat
        if chat is not None:
            self._pane.list.ask_name(chat.id, chat.session.conversation.title)

    @pyqtSlot(str)
    def _open_link(self, target: str) -> None:
        """Open a web page; ask before anything else is handed to the system."""
        url = QUrl(target)
        if url.scheme() in _SAFE_SCHEMES:
            QDesktopServices.openUrl(url)
            return
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Open link"))
        box.setText(self.tr("This link is no web page. Open it?"))
        box.setInformativeText(target[:500])
        open_button = box.addButton(self.tr("Open"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        if open_button is not None:
            open_button.clicked.connect(lambda: QDesktopServices.openUrl(url))
        box.open()
