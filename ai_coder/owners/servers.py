"""Servers and their models: what the core learns goes to every view, wishes go back."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QUrl, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QDesktopServices

from ai_coder.errors import AICoderError, Remedy
from ai_coder.llm import connection_states
from ai_coder.llm.models import Timings
from ai_coder.owners.memory_words import memory_words, progress_words
from ai_coder.owners.server_start import ServerStarter
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_coder.chat.conversation import Message
    from ai_coder.core import Core
    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.health import HealthMonitor
    from ai_coder.llm.load_options import LoadChoices
    from ai_coder.llm.measurements import Measurements
    from ai_coder.llm.providers.base import BaseProvider, LoadProgress
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.catalogue.models_view import ModelsView
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.settings.settings_view import SettingsView


class ServersOwner(QObject):
    """Shows states and models wherever they are shown, and loads, unloads and starts."""

    failed = pyqtSignal(AICoderError)
    models_changed = pyqtSignal()
    settings_wanted = pyqtSignal(str, str)
    """A tab of the settings and the provider it is about."""

    use_requested = pyqtSignal(str)
    models_folder_wanted = pyqtSignal()
    address_wanted = pyqtSignal(str, str)
    """A provider id and the address that would work."""

    def __init__(
        self,
        core: Core,
        health: HealthMonitor,
        measurements: Measurements,
        window: MainWindow,
        picker: ModelPicker,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._health = health
        self._measurements = measurements
        self._window = window
        self._picker = picker
        self._models_view: ModelsView | None = None
        self._settings_view: SettingsView | None = None
        self._loading: dict[str, TaskScope] = {}
        self.starter = ServerStarter(core, health, self)
        self.starter.failed.connect(self.failed)
        self.starter.message.connect(window.status.set_message)
        self.starter.printed.connect(window.status.add_output)
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        core.catalogue.subscribe(lambda _provider: self.show_all())
        core.engine.on_change = lambda: health.ask_now("llama_cpp")
        window.status.remedy_requested.connect(self.mend)
        picker.load_requested.connect(self._load_from_list)

    def attach_models_view(self, view: ModelsView) -> None:
        """Fill the Models view from now on, and do what it asks for."""
        self._models_view = view
        view.load_requested.connect(self.load)
        view.unload_requested.connect(self.unload)
        view.cancel_requested.connect(self.cancel)
        view.refresh_requested.connect(self.ask_all)
        view.use_requested.connect(self.use_requested)
        view.remedy_requested.connect(self.mend)
        view.estimate_requested.connect(self._estimate)
        view.settings_requested.connect(lambda: self.settings_wanted.emit("local_models", ""))
        self.show_all()

    def attach_settings_view(self, view: SettingsView) -> None:
        """Show states in the Settings view from now on."""
        self._settings_view = view
        view.remedy_requested.connect(self.mend)
        self.show_all()

    def names(self) -> dict[str, str]:
        """Return what each provider is called, in the order of their priority."""
        return {key: provider.name for key, provider in self._core.manager.providers.items()}

    def states(self) -> dict[str, ConnectionState]:
        """Return the state of every enabled provider, asked or not, clouds last."""
        known = self._core.catalogue.states()
        providers = self._core.manager.providers.items()
        ordered = sorted(providers, key=lambda item: not item[1].is_local)
        return {key: known.get(key) or _not_asked(provider) for key, provider in ordered}

    @pyqtSlot()
    def show_all(self) -> None:
        """Put what is known now into every view."""
        states = self.states()
        providers = self._core.manager.providers
        self._window.status.set_states(states)
        models = self._core.catalogue.chat_models()
        favourites = self._core.loaded.settings.general.favourite_models
        self._picker.set_loadable([key for key, each in providers.items() if each.can_load_models])
        self._picker.set_models(models, self.names(), favourites)
        if self._models_view is not None:
            self._models_view.set_favourites(favourites)
            self._show_models(self._models_view, states)
        if self._settings_view is not None:
            self._settings_view.set_states(states)
            names = self.names()
            offered = [(f"{m.display_name} · {names[m.provider]}", m.ref) for m in models]
            self._settings_view.general.set_models(offered)
        self.models_changed.emit()

    @pyqtSlot()
    def ask_all(self) -> None:
        """Ask every server now."""
        self._health.ask_now()

    @pyqtSlot(str, object)
    def mend(self, provider_id: str, remedy: Remedy) -> None:
        """Do what mends the state of a server."""
        match remedy:
            case Remedy.RETRY:
                self._health.ask_now(provider_id)
            case Remedy.START_SERVER:
                self._start(provider_id)
            case Remedy.GET_SERVER:
                self._open_page(provider_id)
            case Remedy.LOAD_MODEL | Remedy.RELOAD_LARGER:
                self._window.show_view("models")
            case Remedy.DOWNLOAD_MODEL:
                self._get_model(provider_id)
            case Remedy.CHOOSE_MODEL:
                self._picker.showPopup()
            case Remedy.USE_ADDRESS:
                state = self._core.catalogue.state(provider_id)
                self.address_wanted.emit(provider_id, state.suggestion if state else "")
            case Remedy.UNLOCK:
                self.settings_wanted.emit("privacy", provider_id)
            case _:
                self.settings_wanted.emit(self._tab_of(provider_id), provider_id)
                view = self._settings_view
                if remedy is Remedy.ENTER_TOKEN and view is not None:
                    view.local_models.choose(provider_id, enter_token=True)

    @pyqtSlot(str, object)
    @pyqtSlot(str, object, object)
    def load(
        self, ref: str, context_length: int | None, options: LoadChoices | None = None
    ) -> None:
        """Load a model with the window, and what else was chosen."""
        if ref in self._loading:
            return
        scope = TaskScope(self)
        scope.failed.connect(self.failed)
        self._loading[ref] = scope
        self._picker.set_loading(self._loading)
        scope.start(self._load(ref, context_length, options), name=f"load {ref}")
        scope.running_changed.connect(lambda is_running: self._loaded(ref, is_running))

    @pyqtSlot(str)
    def cancel(self, ref: str) -> None:
        """Give up loading a model."""
        if ref in self._loading:
            self._loading[ref].cancel_all()

    @pyqtSlot(str)
    def unload(self, ref: str) -> None:
        """Free the memory of a model."""
        self.tasks.start(self._unload(ref), name=f"unload {ref}")

    def note_speed(self, message: Message) -> None:
        """Learn the speed of an answer that was measured here, and show it."""
        speed, ref = message.output_per_second, message.model_ref
        if speed is None or ref is None:
            return
        if message.timings is None or message.timings.output_per_second is None:
            self._measurements.note(ref, Timings(output_per_second=speed), message.usage)
        if self._models_view is not None:
            self._models_view.set_measured_speed(ref, self._measurements.output_speed(ref) or speed)

    async def aclose(self) -> None:
        """End what runs."""
        for scope in list(self._loading.values()):
            await scope.aclose()
        await self.tasks.aclose()
        await self.starter.aclose()

    @pyqtSlot(str)
    def _load_from_list(self, ref: str) -> None:
        """Do what the button below the open dropdown says."""
        model = self._core.catalogue.get(ref)
        if ref in self._loading:
            self.cancel(ref)
        elif model is not None and model.is_loaded:
            self.unload(ref)
        elif self._models_view is not None:
            self._models_view.open_load_dialog(ref)

    def _start(self, provider_id: str) -> None:
        """Start a server, or show where to get it when an old card still offers to start it."""
        state = self._core.catalogue.state(provider_id)
        if state is not None and state.remedy is Remedy.GET_SERVER:
            self._open_page(provider_id)
        else:
            self.starter.start(provider_id)

    def _open_page(self, provider_id: str) -> None:
        provider = self._core.manager.providers.get(provider_id)
        if provider is not None:
            QDesktopServices.openUrl(QUrl(provider.home_page))

    def _get_model(self, provider_id: str) -> None:
        provider = self._core.manager.providers.get(provider_id)
        if provider is not None and provider.models_page:
            QDesktopServices.openUrl(QUrl(provider.models_page))
        elif provider is not None and provider.has_models_folder:
            self.models_folder_wanted.emit()
        else:
            self.settings_wanted.emit(self._tab_of(provider_id), provider_id)

    async def _load(
        self, ref: str, context_length: int | None, options: LoadChoices | None
    ) -> None:
        provider_id, _, model = ref.partition("/")
        usual = self._measurements.load_seconds(ref)
        began = time.monotonic()
        async with (
            self._core.manager.using(provider_id) as provider,
            aclosing(
                provider.load_model(model, context_length=context_length, options=options)
            ) as steps,
        ):
            async for step in steps:
                self._show_progress(ref, replace(step, usual_seconds=usual))
        self._measurements.note_load(ref, time.monotonic() - began)
        self._health.ask_now(provider_id)

    async def _unload(self, ref: str) -> None:
        provider_id, _, model = ref.partition("/")
        async with self._core.manager.using(provider_id) as provider:
            await provider.unload_model(model)
        self._health.ask_now(provider_id)

    def _loaded(self, ref: str, is_running: bool) -> None:
        if not is_running:
            self._show_progress(ref, None)
            scope = self._loading.pop(ref, None)
            self._picker.set_loading(self._loading)
            if scope is not None:
                scope.deleteLater()

    def _show_progress(self, ref: str, progress: LoadProgress | None) -> None:
        self._window.status.set_message(self._progress_words(ref, progress))
        if self._models_view is not None:
            self._models_view.set_load_progress(ref, progress)

    def _progress_words(self, ref: str, progress: LoadProgress | None) -> str:
        if progress is None:
            return ""
        model = self._core.catalogue.get(ref)
        return progress_words(model.display_name if model else ref, progress)

    def _show_models(self, view: ModelsView, states: Mapping[str, ConnectionState]) -> None:
        providers = self._core.manager.providers
        view.set_load_options({key: each.load_options for key, each in providers.items()})
        view.set_loadable([key for key, each in providers.items() if each.can_load_models])
        models = self._core.catalogue.models()
        view.set_models(models, states)
        for model in models:
            if speed := self._measurements.output_speed(model.ref):
                view.set_measured_speed(model.ref, speed)

    @pyqtSlot(str, object)
    def _estimate(self, ref: str, context_length: int | None) -> None:
        self.tasks.start(self._estimated(ref, context_length), name="estimate memory")

    async def _estimated(self, ref: str, context_length: int | None) -> None:
        model = self._core.catalogue.get(ref)
        if model is None or self._models_view is None:
            return
        title, text, role = await memory_words(model, context_length)
        self._models_view.set_estimate(ref, context_length, title, text, role=role)

    def _tab_of(self, provider_id: str) -> str:
        provider = self._core.manager.providers.get(provider_id)
        is_cloud = provider is not None and not provider.is_local
        return "cloud_providers" if is_cloud else "local_models"


def _not_asked(provider: BaseProvider) -> ConnectionState:
    return connection_states.unknown(
        provider.name, provider.config.base_url or provider.default_url
    )
