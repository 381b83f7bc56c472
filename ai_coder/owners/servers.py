"""Servers and their models: what the core learns goes to every view, wishes go back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QUrl, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QDesktopServices

from ai_coder.errors import AICoderError, Remedy
from ai_coder.llm.models import Timings
from ai_coder.owners.model_loading import ModelLoading
from ai_coder.owners.server_start import ServerStarter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_coder.chat.conversation import Message
    from ai_coder.core import Core
    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.health import HealthMonitor
    from ai_coder.llm.measurements import Measurements
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.catalogue.models_view import ModelsView
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.settings.settings_view import SettingsView


class ServersOwner(QObject):
    """Shows states and models wherever they are shown, starts servers, and mends states."""

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
        self.starter = ServerStarter(core, health, self)
        self.starter.failed.connect(self.failed)
        self.starter.message.connect(window.status.set_message)
        self.starter.printed.connect(window.status.add_output)
        self.loading = ModelLoading(core, health, measurements, window, picker)
        self.loading.failed.connect(self.failed)
        core.catalogue.subscribe(lambda _provider: self.show_all())
        core.engine.on_change = self._ask_built_in
        window.status.remedy_requested.connect(self.mend)

    def attach_models_view(self, view: ModelsView) -> None:
        """Fill the Models view from now on, and do what it asks for."""
        self._models_view = view
        view.refresh_requested.connect(self.ask_all)
        view.use_requested.connect(self.use_requested)
        view.remedy_requested.connect(self.mend)
        view.settings_requested.connect(lambda: self.settings_wanted.emit("local_models", ""))
        self.show_all()
        self.loading.attach(view)

    def attach_settings_view(self, view: SettingsView) -> None:
        """Show states in the Settings view from now on."""
        self._settings_view = view
        view.remedy_requested.connect(self.mend)
        self.show_all()

    def names(self) -> dict[str, str]:
        """Return what each provider is called, in the order of their priority."""
        return {key: provider.name for key, provider in self._core.manager.providers.items()}

    @pyqtSlot()
    def show_all(self) -> None:
        """Put what is known now into every view."""
        states = self._core.states()
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
        await self.loading.aclose()
        await self.starter.aclose()

    def _ask_built_in(self) -> None:
        for provider_id in self._core.built_in():
            self._health.ask_now(provider_id)

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

    def _show_models(self, view: ModelsView, states: Mapping[str, ConnectionState]) -> None:
        providers = self._core.manager.providers
        view.set_load_options({key: each.load_options for key, each in providers.items()})
        view.set_loadable([key for key, each in providers.items() if each.can_load_models])
        models = self._core.catalogue.models()
        view.set_models(models, states)
        for model in models:
            if speed := self._measurements.output_speed(model.ref):
                view.set_measured_speed(model.ref, speed)

    def _tab_of(self, provider_id: str) -> str:
        return "local_models" if self._core.is_local(provider_id) else "cloud_providers"
