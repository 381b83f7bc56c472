"""The whole window at work: every view and owner, built once and connected."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from PyQt6.QtCore import QEvent, QObject, pyqtSlot

from ai_coder.chat.conversation import ConversationSettings
from ai_coder.chat.store import ChatStore
from ai_coder.chat.turn_stream import TurnStream
from ai_coder.errors import AICoderError, Remedy
from ai_coder.llm.context_budget import ContextBudget
from ai_coder.llm.fallback import FallbackPolicy
from ai_coder.llm.health import HealthMonitor
from ai_coder.llm.measurements import Measurements
from ai_coder.owners.announcements import Announcements
from ai_coder.owners.chat_files import ChatFilesOwner
from ai_coder.owners.chat_titles import ChatTitlesOwner
from ai_coder.owners.chats import ChatsOwner
from ai_coder.owners.commands import CommandsOwner
from ai_coder.owners.completion import CompletionOwner
from ai_coder.owners.costs import CostsOwner
from ai_coder.owners.inspection import InspectionOwner
from ai_coder.owners.notices import NoticesOwner
from ai_coder.owners.overflow import OverflowOwner
from ai_coder.owners.parameters import ParametersOwner
from ai_coder.owners.picture_gate import PictureGate
from ai_coder.owners.sending import SendingGate
from ai_coder.owners.servers import ServersOwner
from ai_coder.owners.settings import SettingsOwner
from ai_coder.owners.stand_in import StandInOwner
from ai_coder.owners.templates import TemplatesOwner
from ai_coder.settings.schema import FallbackMode
from ai_coder.ui.actions import Actions
from ai_coder.ui.catalogue.model_picker import ModelPicker
from ai_coder.ui.chat.chat_pane import ChatPane
from ai_coder.ui.chat.frame_scheduler import FrameScheduler
from ai_coder.ui.chat.message_display import MessageDisplay
from ai_coder.ui.chat.turn_control import TurnControl
from ai_coder.ui.command_palette import CommandPalette
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ai_coder.core import Core
    from ai_coder.llm.models import JSONObject
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Workbench(QObject):
    """Builds the views, connects their owners, starts the background work and ends it."""

    def __init__(self, core: Core, theme: Theme, window: MainWindow) -> None:
        super().__init__(window)
        self.core = core
        self.window = window
        self._theme = theme
        self._learned_file = core.paths.user_data / "learned.json"
        learned = _read_json(self._learned_file)
        self._budget = ContextBudget(learned.get("characters_per_token"))
        self._measurements = Measurements.from_dict(learned.get("speeds") or {})
        self.store = ChatStore(core.paths.database_file)
        self.health = HealthMonitor(core.manager, core.catalogue.update)
        self._is_seen = asyncio.Event()
        self._is_seen.set()
        self._tasks = TaskScope(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        core, theme, window = self.core, self._theme, self.window
        self.picker = ModelPicker(theme)
        self.actions = Actions(window)
        self.servers = ServersOwner(core, self.health, self._measurements, window, self.picker)
        self.settings = SettingsOwner(core, self.health, theme, self.actions, window)
        self.costs = CostsOwner(core, self.store, self._budget, self)
        stream = TurnStream(
            core.manager, core.catalogue, self._budget, self._measurements, self._fallback
        )
        names = {key: provider.name for key, provider in core.manager.providers.items()}
        self.pane = ChatPane(
            theme,
            FrameScheduler(self),
            self.store,
            stream,
            MessageDisplay(core.catalogue, names, self._can_choose_context),
            self.picker,
            new_settings=self._new_chat_settings,
            price=self.costs.price,
        )
        self._gate = SendingGate(core, self.settings, self.costs, window)
        pictures = PictureGate(core, self._gate, window)
        self.turns = TurnControl(self.pane, self.picker, pictures)
        self.chats = ChatsOwner(core, self._budget, self.servers, self.pane, self.picker, window)
        self.files = ChatFilesOwner(self.store, self.pane, window)
        self.overflow = OverflowOwner(core, self.store, self._budget, self.pane, window)
        self.titles = ChatTitlesOwner(core, self.settings, self.pane)
        self.announcements = Announcements(self.pane, self.turns, window)
        self.notices = NoticesOwner(self.store, core.paths.user_data, self.pane, window)
        palette = CommandPalette(theme, self.actions, window)
        self.commands = CommandsOwner(
            self.actions,
            palette,
            theme,
            window,
            self.pane,
            self.turns,
            self.picker,
            self.files,
            self.servers,
            self.settings,
        )
        self._build_extras()
        window.add_view("chat", self.tr("Chat"), "chat", self.pane)

    def _build_extras(self) -> None:
        """Build what opens beside a chat or above it on demand."""
        core, theme, window = self.core, self._theme, self.window
        pane, picker = self.pane, self.picker
        self.templates = TemplatesOwner(core, theme, window, pane, picker)
        self.parameters = ParametersOwner(
            core, self.costs, self.templates, self.notices, theme, window, pane, picker, self.turns
        )
        self.stand_in = StandInOwner(core, window, pane, picker, self.turns)
        self.completion = CompletionOwner(core, self._gate, self.costs, theme, window, pane, picker)
        self.commands.add("complete_text", self.completion.open)
        self.commands.add("templates", self.templates.edit)
        if core.network.inspector is not None:
            self.inspection = InspectionOwner(core.network.inspector, theme, window, pane)
            self.commands.add("request_inspector", self.inspection.open)

    def _connect(self) -> None:
        sources = (self.servers, self.settings, self.chats, self.files, self.overflow, self.turns)
        for source in (*sources, self.costs, self.parameters, self.templates):
            source.failed.connect(self.show_error)
        self._tasks.failed.connect(self.show_error)
        self.turns.fresh_requested.connect(self.overflow.start_fresh)
        self.turns.stopped.connect(self.overflow.stop)
        self.turns.stopped.connect(self.titles.stop)
        self.turns.remedy_requested.connect(self._mend_turn)
        self.servers.settings_wanted.connect(self._show_settings)
        self.servers.address_wanted.connect(self.settings.use_address)
        self.settings.applied.connect(self._settings_applied)
        self.picker.manage_requested.connect(lambda: self.window.show_view("models"))
        self.window.installEventFilter(self)
        self.store.on_change = self.pane.refresh_list
        self._use_general_settings()
        self.servers.show_all()

    async def start(self) -> None:
        """Open the chats, add the other views, and start watching the servers."""
        for problem in self.core.loaded.problems:
            self.show_error(problem)
        store_problem = await self.store.open()
        if store_problem is not None:
            self.show_error(store_problem)
        await self.pane.start(reopen=self.core.loaded.settings.general.reopen_last_chat)
        self.pane.view.prompt_bar.focus_prompt()
        self._tasks.start(self.health.run(), name="health")
        self._tasks.start(self.store.watch(self._is_seen), name="other windows")
        self._tasks.start(self._start_later(), name="late start")

    async def aclose(self) -> None:
        """Stop running answers, keep what arrived and what was learned."""
        await self.notices.aclose()
        for owner in (self.titles, self.overflow, self.files, self.chats):
            await owner.tasks.aclose()
        await self.pane.aclose()
        await self.servers.aclose()
        for extra in (self.completion, self.templates, self.parameters, self.costs):
            await extra.tasks.aclose()
        await self._tasks.aclose()
        await self.store.aclose()
        self._keep_learned()

    async def _start_later(self) -> None:
        """Do what the first picture need not wait for."""
        await self._add_views()
        await self.core.secrets.load(list(self.core.manager.configs))
        self.settings.show_token_sources()
        self.health.ask_now()
        await self.chats.look_around()
        await self.templates.start()
        self.parameters.start()
        await _in_background(partial(import_module, "openai"))
        gc.freeze()  # what was made up to here stays: collections need not look at it again
        gc.enable()
        await self.store.back_up()

    async def _add_views(self) -> None:
        """Add the views behind the first one, letting the window answer between two steps."""
        await _in_background(partial(import_module, "ai_coder.ui.catalogue.models_view"))
        from ai_coder.ui.catalogue.models_view import ModelsView

        models = ModelsView(self._theme)
        self.window.add_view("models", self.tr("Models"), "models", models)
        self.servers.attach_models_view(models)
        models.favourite_toggled.connect(self.settings.toggle_favourite)
        models.default_requested.connect(self.settings.use_for_new_chats)
        await _in_background(partial(import_module, "ai_coder.ui.settings.settings_view"))
        from ai_coder.owners.server_kinds import server_kinds
        from ai_coder.ui.settings.settings_view import SettingsView

        kinds = await _in_background(server_kinds)
        settings = SettingsView(self._theme, kinds, self.core.settings_store.defaults())
        await asyncio.sleep(0)
        self.settings.attach(settings)
        self.servers.attach_settings_view(settings)
        self.costs.attach(settings.cloud_providers)
        await asyncio.sleep(0)
        self.window.add_view("settings", self.tr("Settings"), "settings", settings, at_bottom=True)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Look at nothing while the window is hidden or minimised."""
        if watched is self.window and event is not None:
            if event.type() in (QEvent.Type.Hide, QEvent.Type.WindowStateChange):
                self._set_seen(not self.window.isMinimized() and self.window.isVisible())
            elif event.type() == QEvent.Type.Show:
                self._set_seen(True)
        return False

    def _set_seen(self, is_seen: bool) -> None:
        self.health.set_visible(is_seen)
        if is_seen:
            self._is_seen.set()
        else:
            self._is_seen.clear()

    @pyqtSlot(object)
    def show_error(self, error: AICoderError) -> None:
        """Say in words what went wrong, and what comes next."""
        self.notices.show_error(error)

    @pyqtSlot(str, str)
    def _show_settings(self, tab: str, provider_id: str) -> None:
        from ai_coder.ui.settings.settings_view import SettingsView

        self.window.show_view("settings")
        view = self.window.findChild(SettingsView)
        if isinstance(view, SettingsView):
            view.show_tab(tab)
            if provider_id and tab == "local_models":
                view.local_models.choose(provider_id)

    @pyqtSlot(str, object, int)
    def _mend_turn(self, ref: str, remedy: Remedy, message_id: int) -> None:
        provider_id = ref.partition("/")[0]
        if remedy is Remedy.LOAD_MODEL:
            self.servers.load(ref, None)
        elif remedy is Remedy.RELOAD_LARGER:
            self.overflow.reload(message_id)
        elif remedy is Remedy.UNLOCK:
            self.settings.set_local_only(False)
        else:
            self.servers.mend(provider_id, remedy)

    @pyqtSlot()
    def _settings_applied(self) -> None:
        self._use_general_settings()
        self.servers.show_all()

    def _use_general_settings(self) -> None:
        general = self.settings.settings.general
        self.pane.view.prompt_bar.set_sends_with_ctrl(general.send_key.value == "ctrl_enter")

    def _can_choose_context(self, provider_id: str) -> bool:
        provider = self.core.manager.providers.get(provider_id)
        return provider is not None and provider.can_choose_context

    def _fallback(self) -> FallbackPolicy:
        mode = self.settings.settings.general.fallback
        return FallbackPolicy(is_enabled=mode is FallbackMode.AUTOMATIC)

    def _new_chat_settings(self) -> ConversationSettings:
        generation = self.settings.settings.generation
        return ConversationSettings(
            system_prompt=generation.system_prompt,
            parameters=generation.parameters,
            context_length=generation.context_length,
        )

    def _keep_learned(self) -> None:
        learned = {
            "characters_per_token": self._budget.to_dict(),
            "speeds": self._measurements.to_dict(),
        }
        try:
            self._learned_file.parent.mkdir(parents=True, exist_ok=True)
            self._learned_file.write_text(json.dumps(learned), "utf-8")
        except OSError as error:
            logger.warning("What was learned is lost: %s", error.strerror)


async def _in_background(load: Callable[[], T]) -> T:
    """Run *load*, which imports, in a thread that lets the window have its turn often."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # performance.md, decision 6
    try:
        return await asyncio.to_thread(load)
    finally:
        sys.setswitchinterval(interval)


def _read_json(path: Path) -> JSONObject:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
