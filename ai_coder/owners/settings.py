"""Settings: shown, saved, tested, and put to use without a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QUrl, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QDesktopServices

from ai_coder.errors import AICoderError, SettingsError, UnwritableFileError
from ai_coder.llm import connection_states
from ai_coder.llm.probing import probed, report_bug
from ai_coder.llm.providers import new_provider
from ai_coder.logs import set_log_level
from ai_coder.ui.error_text import error_hint, error_message, error_text
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_coder.core import Core
    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.health import HealthMonitor
    from ai_coder.llm.models import ProviderConfig
    from ai_coder.settings.schema import Settings
    from ai_coder.ui.actions import Actions
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.settings.settings_view import SettingsView
    from ai_coder.ui.theme import Theme


class SettingsOwner(QObject):
    """The one place where settings are written and take effect."""

    applied = pyqtSignal()
    failed = pyqtSignal(AICoderError)

    def __init__(
        self,
        core: Core,
        health: HealthMonitor,
        theme: Theme,
        actions: Actions,
        window: MainWindow,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._health = health
        self._theme = theme
        self._actions = actions
        self._window = window
        self._view: SettingsView | None = None
        self._reported: set[str] = set()
        self._keys_turn = asyncio.Lock()
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        core.network.on_change = self._show_connections
        window.status.local_only_toggled.connect(self.set_local_only)
        window.status.set_local_only(self.settings.privacy.local_only)
        actions.bind(self.settings.shortcuts.bindings)
        self._use_appearance()

    @property
    def settings(self) -> Settings:
        """What is in force."""
        return self._core.loaded.settings

    def attach(self, view: SettingsView) -> None:
        """Show the settings in *view* and do what it asks for."""
        self._view = view
        view.save_requested.connect(self.save)
        view.test_requested.connect(self._test)
        view.token_entered.connect(self._keep_token)
        view.folder_requested.connect(self.open_folder)
        view.page_requested.connect(self._open_page)
        view.unsaved_changed.connect(self._mark_unsaved)
        view.privacy.connections_wanted.connect(self._show_connections)
        view.local_models.set_folder(str(self._core.paths.models))
        view.show_settings(self._core.loaded)
        self._show_folders(view)
        self.show_token_sources()
        self._show_connections()

    def report(self, problems: Iterable[AICoderError]) -> None:
        """Say which kinds of servers cannot be used, and why, each once."""
        for problem in (*problems, *self._core.manager.problems.values()):
            if str(problem) not in self._reported:
                self._reported.add(str(problem))
                self.failed.emit(problem)

    def models_folder(self) -> Path:
        """Return where the built-in engine looks for model files."""
        configs = self._core.manager.configs
        chosen = next((configs[key].base_url for key in self._core.built_in()), None)
        return Path(chosen).expanduser() if chosen else self._core.paths.models

    @pyqtSlot()
    def open_models_folder(self) -> None:
        """Show the folder of model files in the desktop's file manager."""
        self.open_folder(str(self.models_folder()))

    @pyqtSlot(str)
    def toggle_favourite(self, ref: str) -> None:
        """Put a model to the top of the dropdown, or back."""
        general = self._core.loaded.saved.general
        kept = tuple(each for each in general.favourite_models if each != ref)
        if kept == general.favourite_models:
            kept = (*kept, ref)
        self.change(general=general.model_copy(update={"favourite_models": kept}))

    @pyqtSlot(str)
    def use_for_new_chats(self, ref: str) -> None:
        """Begin new chats with this model from now on."""
        general = self._core.loaded.saved.general
        self.change(general=general.model_copy(update={"default_model": ref}))

    @pyqtSlot(object)
    def save(self, settings: Settings) -> None:
        """Write the settings and use them."""
        try:
            loaded = self._core.settings_store.save(settings)
        except SettingsError as error:
            if self._view is not None:
                self._view.show_problem(error_message(error), error_hint(error))
            self.failed.emit(error)
            return
        self._core.loaded = loaded  # what is saved next begins here
        self.tasks.start(self._apply(), name="apply settings")

    def change(self, **sections: object) -> None:
        """Save with some sections replaced, such as `privacy=…`."""
        self.save(self._core.loaded.saved.model_copy(update=sections))

    @pyqtSlot(bool)
    def set_local_only(self, is_on: bool) -> None:
        """Close or open the lock, now and for the next start."""
        privacy = self._core.loaded.saved.privacy
        self.change(privacy=privacy.model_copy(update={"local_only": is_on}))

    def set_zoom(self, percent: int) -> None:
        """Change the size of everything."""
        appearance = self._core.loaded.saved.appearance
        clamped = max(80, min(200, percent))
        self.change(appearance=appearance.model_copy(update={"zoom": clamped}))

    def use_address(self, provider_id: str, address: str) -> None:
        """Give a server the address that was found to work."""
        providers = dict(self._core.loaded.saved.provider_configurations)
        if address and provider_id in providers:
            changed = providers[provider_id].model_copy(update={"base_url": address})
            self.change(provider_configurations={**providers, provider_id: changed})

    def show_token_sources(self) -> None:
        """Say for every provider where its key is kept."""
        if self._view is not None:
            for provider_id in self._core.manager.configs:
                secrets = self._core.secrets
                self._view.set_token_source(
                    provider_id, secrets.source(provider_id), secrets.variable(provider_id)
                )

    async def watch(self, is_seen: asyncio.Event, interval: float = 2.0) -> None:
        """Take over what another instance or an editor writes, until cancelled.

        Nothing is looked at while *is_seen* is clear, and everything as soon as it is set.
        """
        while True:
            await asyncio.sleep(interval)
            await is_seen.wait()
            try:
                loaded = self._core.settings_store.reload()
            except SettingsError as error:
                self.failed.emit(error)
                continue
            if loaded is not None:
                known = {error_text(problem) for problem in self._core.loaded.problems}
                for problem in loaded.problems:
                    if error_text(problem) not in known:
                        self.failed.emit(problem)
                self._core.loaded = loaded
                await self._apply()

    async def _apply(self) -> None:
        """Use what is in force, and show it; that may have changed again meanwhile."""
        await self._core.apply()
        loaded = self._core.loaded
        self.report(())
        self._use_appearance()
        set_log_level(loaded.settings.advanced.log_level)
        self._actions.bind(loaded.settings.shortcuts.bindings)
        self._window.status.set_local_only(loaded.settings.privacy.local_only)
        if self._view is not None:
            self._view.show_settings(loaded)
            self._show_folders(self._view)
        self._health.ask_now()
        self.applied.emit()

    @pyqtSlot(str, object)
    def _test(self, provider_id: str, config: ProviderConfig) -> None:
        self.tasks.start(self._tested(provider_id, config), name=f"test {provider_id}")

    async def _tested(self, provider_id: str, config: ProviderConfig) -> None:
        """Ask the server as it is on screen, saved or not, with the key entered last."""
        async with self._keys_turn:
            pass
        try:
            services = self._core.services(provider_id)
            provider = new_provider(config.type or provider_id, provider_id, config, services)
        except AICoderError as error:
            url = config.base_url or ""
            state: ConnectionState = connection_states.degraded(
                provider_id, url, raw=f"{error} {error.hint_text}"
            )
        else:
            try:
                probe, bug = await probed(provider)
            finally:
                await provider.aclose()
            state = probe.state
            if bug is not None:
                report_bug(provider, bug)
        if self._view is not None:
            self._view.set_test_result(provider_id, state)
        self._health.ask_now(provider_id)

    @pyqtSlot(str, str)
    def _keep_token(self, provider_id: str, token: str) -> None:
        self.tasks.start(self._kept(provider_id, token), name="keep token")

    async def _kept(self, provider_id: str, token: str) -> None:
        try:
            async with self._keys_turn:
                await self._core.secrets.set(provider_id, token)
        finally:
            self.show_token_sources()
            self._health.ask_now(provider_id)

    @pyqtSlot(str)
    def open_folder(self, path: str) -> None:
        """Show a folder in the desktop's file manager."""
        try:
            Path(path).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            self.failed.emit(UnwritableFileError(path=path, reason=reason))
        else:
            QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    @pyqtSlot(str)
    def _open_page(self, page: str) -> None:
        QDesktopServices.openUrl(QUrl(f"https://{page}"))

    def _show_folders(self, view: SettingsView) -> None:
        paths = self._core.paths
        view.advanced.set_folders(
            [
                (self.tr("Settings"), str(paths.user_config)),
                (self.tr("Chats"), str(paths.user_data)),
                (self.tr("Models"), str(self.models_folder())),
                (self.tr("Log"), str(paths.logs)),
            ]
        )

    def _use_appearance(self) -> None:
        appearance = self.settings.appearance
        self._theme.configure(
            appearance.theme,
            appearance.zoom,
            reduced_motion=appearance.reduced_motion,
            code_size=appearance.code_font_size,
            wraps_code=appearance.wrap_code,
        )

    @pyqtSlot(bool)
    def _mark_unsaved(self, is_unsaved: bool) -> None:
        self._window.mark_unsaved("settings", is_unsaved=is_unsaved)

    @pyqtSlot()
    def _show_connections(self) -> None:
        if self._view is not None:
            self._view.privacy.set_connections(self._core.network.records())
