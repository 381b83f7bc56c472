"""The views behind the first one, made while the window is in use already."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot

from ai_coder.owners.background import imported, in_background

if TYPE_CHECKING:
    from ai_coder.core import Core
    from ai_coder.owners.costs import CostsOwner
    from ai_coder.owners.servers import ServersOwner
    from ai_coder.owners.settings import SettingsOwner
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.settings.settings_view import SettingsView
    from ai_coder.ui.theme import Theme


class LateViews(QObject):
    """Adds Models and Settings, letting the window answer between two steps."""

    def __init__(
        self,
        core: Core,
        theme: Theme,
        window: MainWindow,
        servers: ServersOwner,
        settings: SettingsOwner,
        costs: CostsOwner,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._theme = theme
        self._window = window
        self._servers = servers
        self._settings = settings
        self._costs = costs
        self._settings_view: SettingsView | None = None
        self._wanted = ("", "")
        servers.settings_wanted.connect(self.show_settings)

    async def add(self) -> None:
        """Add the views; one that was asked for meanwhile is shown."""
        await imported("ai_coder.ui.catalogue.models_view")
        from ai_coder.ui.catalogue.models_view import ModelsView

        models = ModelsView(self._theme, self._window.stack)
        await asyncio.sleep(0)
        self._window.add_view("models", self.tr("Models"), "models", models)
        self._servers.attach_models_view(models)
        models.favourite_toggled.connect(self._settings.toggle_favourite)
        models.folder_requested.connect(self._settings.open_folder)
        models.default_requested.connect(self._settings.use_for_new_chats)
        await self._add_settings()

    @pyqtSlot(str, str)
    def show_settings(self, tab: str, provider_id: str) -> None:
        """Open a tab of the settings, at the row of a server if one is named."""
        self._window.show_view("settings")
        view = self._settings_view
        if view is None:
            self._wanted = tab, provider_id
            return
        view.show_tab(tab)
        if provider_id and tab == "local_models":
            view.local_models.choose(provider_id)

    async def _add_settings(self) -> None:
        await imported("ai_coder.ui.settings.settings_view")
        from ai_coder.owners.server_kinds import server_kinds
        from ai_coder.ui.settings.settings_view import SettingsView

        kinds, problems = await in_background(server_kinds)
        self._settings.report(problems)
        defaults = self._core.settings_store.defaults()
        view = SettingsView(self._theme, kinds, defaults, self._window.stack)
        for _part in view.build():
            await asyncio.sleep(0)
        self._settings.attach(view)
        await asyncio.sleep(0)
        self._servers.attach_settings_view(view)
        self._costs.attach(view.cloud_providers)
        await asyncio.sleep(0)
        self._settings_view = view
        self._window.add_view("settings", self.tr("Settings"), "settings", view, at_bottom=True)
        if self._wanted != ("", ""):
            self.show_settings(*self._wanted)
