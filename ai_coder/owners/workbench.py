"""The whole window at work: every view and owner, built once and connected."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, pyqtSlot

from ai_coder.chat.conversation import ConversationSettings
from ai_coder.chat.store import ChatStore
from ai_coder.chat.turn_stream import TurnStream
from ai_coder.errors import AICoderError, Remedy
from ai_coder.llm.fallback import FallbackPolicy
from ai_coder.llm.health import HealthMonitor
from ai_coder.llm.models import provider_of
from ai_coder.owners.announcements import Announcements
from ai_coder.owners.background import imported
from ai_coder.owners.bin_offer import BinOffer
from ai_coder.owners.chat_files import ChatFilesOwner
from ai_coder.owners.chat_titles import ChatTitlesOwner
from ai_coder.owners.chats import ChatsOwner
from ai_coder.owners.commands import CommandsOwner
from ai_coder.owners.completion import CompletionOwner
from ai_coder.owners.costs import CostsOwner
from ai_coder.owners.inspection import InspectionOwner
from ai_coder.owners.late_views import LateViews
from ai_coder.owners.learned import Learned
from ai_coder.owners.notices import NoticesOwner
from ai_coder.owners.overflow import OverflowOwner
from ai_coder.owners.parameters import ParametersOwner
from ai_coder.owners.picture_gate import PictureGate
from ai_coder.owners.quitting import QuitGuard
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
    from collections.abc import Iterator

    from ai_coder.core import Core
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme


_FOR_THE_FIRST_QUESTION = (
    "ai_coder.llm.guarded_transport",
    "ai_coder.llm.providers.ollama_client",
    "anyio._backends._asyncio",
)
"""What the first request to a server would import, on the event loop."""


class Workbench(QObject):
    """Builds the views, connects their owners, starts the background work and ends it."""

    def __init__(self, core: Core, theme: Theme, window: MainWindow) -> None:
        super().__init__(window)
        self.core = core
        self.window = window
        self._theme = theme
        self._learned = Learned(core.paths.user_data / "learned.json", core.load_choices)
        self.store = ChatStore(core.paths.database_file)
        self.health = HealthMonitor(core.manager, core.catalogue.update)
        self._is_seen = asyncio.Event()
        self._is_seen.set()
        self._tasks = TaskScope(self)
        self._is_built = False

    def _build(self) -> Iterator[None]:
        """Build the chat and everything beside it, a part at each step, and connect them."""
        core, theme, window = self.core, self._theme, self.window
        budget, measurements = self._learned.budget, self._learned.measurements
        self.picker = ModelPicker(theme)
        self.actions = Actions(window)
        self.servers = ServersOwner(core, self.health, measurements, window, self.picker)
        self.settings = SettingsOwner(core, self.health, theme, self.actions, window)
        self.costs = CostsOwner(core, self.store, budget, self)
        yield
        stream = TurnStream(
            core.manager,
            core.catalogue,
            budget,
            measurements,
            self._fallback,
            self.health.ask_now,
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
            parent=window.stack,
        )
        yield
        self._gate = SendingGate(core, self.settings, self.costs, window)
        pictures = PictureGate(core, self._gate, window)
        self.turns = TurnControl(self.pane, self.picker, pictures)
        self.chats = ChatsOwner(core, budget, self.servers, self.pane, self.picker, window)
        self.files = ChatFilesOwner(theme, self.store, self.pane, window)
        self.overflow = OverflowOwner(
            core,
            self.store,
            budget,
            self._gate,
            self.costs,
            self.pane,
            window,
            self.servers.loading,
        )
        self.titles = ChatTitlesOwner(core, self.settings, self.pane)
        self.announcements = Announcements(self.pane, self.turns, self.settings, window)
        self.notices = NoticesOwner(self.store, core.paths.user_data, self.pane, window)
        BinOffer(self.notices, self.pane.care, self.files)
        quitting = QuitGuard(self.pane.saving, window)
        quitting.export_requested.connect(self.files.export_all)
        yield
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
        self._late_views = LateViews(core, theme, window, self.servers, self.settings, self.costs)
        yield
        window.status.set_states(core.states())
        yield
        self._connect()
        yield
        window.add_view("chat", self.tr("Chat"), "chat", self.pane)
        self._is_built = True

    def _build_extras(self) -> None:
        """Build what opens beside a chat or above it on demand."""
        core, theme, window = self.core, self._theme, self.window
        pane, picker = self.pane, self.picker
        self.templates = TemplatesOwner(core, theme, window, pane, picker)
        self.parameters = ParametersOwner(
            core, self.costs, self.templates, self.notices, theme, window, pane, picker, self.turns
        )
        self.stand_in = StandInOwner(core, self._gate, window, pane, picker, self.turns)
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
        self.servers.address_wanted.connect(self.settings.use_address)
        self.servers.models_folder_wanted.connect(self.settings.open_models_folder)
        self.settings.applied.connect(self._settings_applied)
        self.picker.manage_requested.connect(lambda: self.window.show_view("models"))
        self.window.installEventFilter(self)
        self.store.on_change = self.pane.refresh_list
        self._use_general_settings()
        self.servers.show_all()

    async def start(self) -> None:
        """Build the views, open the chats, and start watching the servers."""
        for _part in self._build():
            await asyncio.sleep(0)  # the window answers between two parts
        self.settings.report(self.core.loaded.problems)
        store_problem = await self.store.open()
        if store_problem is not None:
            self.show_error(store_problem)
        await self.pane.start(reopen=self.core.loaded.settings.general.reopen_last_chat)
        self.pane.view.prompt_bar.focus_prompt()
        self._tasks.start(self._watch_servers(), name="health")
        self._tasks.start(self.store.watch(self._is_seen), name="other windows")
        self._tasks.start(self.store.unspaced_index.run(), name="search index")
        self._tasks.start(self.settings.watch(self._is_seen), name="settings of other windows")
        self._tasks.start(self._start_later(), name="late start")

    async def aclose(self) -> None:
        """Stop running answers and all other tasks, keep what arrived and what was learned."""
        self.window.removeEventFilter(self)
        if self._is_built:
            await self._close_owners()
        while scopes := [s for s in self.window.findChildren(TaskScope) if s.is_running]:
            for scope in scopes:
                await scope.aclose()
        await self.store.aclose()
        self._learned.save()

    async def _close_owners(self) -> None:
        await self.notices.aclose()
        await self.turns.aclose()
        for owner in (self.titles, self.overflow, self.files, self.chats, self.chats.choice):
            await owner.tasks.aclose()
        await self.pane.aclose()
        await self.servers.aclose()

    async def _watch_servers(self) -> None:
        await imported(*_FOR_THE_FIRST_QUESTION)
        await self.health.run()

    async def _start_later(self) -> None:
        """Do what the first picture need not wait for."""
        await self._late_views.add()
        await self.core.secrets.load(list(self.core.manager.configs))
        self.settings.show_token_sources()
        self.health.ask_now()
        await self.chats.look_around()
        await self.templates.start()
        self.parameters.start()
        await imported("openai")
        gc.freeze()  # what was made up to here stays: collections need not look at it again
        gc.enable()
        await self.store.back_up()

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

    @pyqtSlot(str, object, int)
    def _mend_turn(self, ref: str, remedy: Remedy, message_id: int) -> None:
        provider_id = provider_of(ref)
        if remedy is Remedy.LOAD_MODEL:
            self.servers.loading.load(ref, None)
        elif remedy is Remedy.RELOAD_LARGER:
            self.overflow.reload(message_id)
        elif remedy is Remedy.SEND_ANYWAY:
            self._learned.budget.doubt(ref)
            self.turns.answer_again(message_id, ref)
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
        is_enabled = mode is FallbackMode.AUTOMATIC
        return FallbackPolicy(is_enabled=is_enabled, may_use=self._gate.may_stand_in)

    def _new_chat_settings(self) -> ConversationSettings:
        generation = self.settings.settings.generation
        return ConversationSettings(
            system_prompt=generation.system_prompt,
            parameters=generation.parameters,
            context_length=generation.context_length,
        )
