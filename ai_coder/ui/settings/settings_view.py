"""The settings as a view with tabs; nothing typed here is ever lost silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QMessageBox, QVBoxLayout, QWidget

from ai_coder.ui.settings.advanced_tab import AdvancedTab
from ai_coder.ui.settings.appearance_tab import AppearanceTab
from ai_coder.ui.settings.cloud_providers_tab import CloudProvidersTab
from ai_coder.ui.settings.general_tab import GeneralTab
from ai_coder.ui.settings.generation_tab import GenerationTab
from ai_coder.ui.settings.local_models_tab import LocalModelsTab
from ai_coder.ui.settings.privacy_tab import PrivacyTab
from ai_coder.ui.settings.settings_footer import SettingsFooter
from ai_coder.ui.settings.shortcuts_tab import ShortcutsTab
from ai_coder.ui.widgets.notice_bar import NoticeBar
from ai_coder.ui.widgets.page import Page
from ai_coder.ui.widgets.tabs import Tabs
from ai_coder.ui.widgets.unsaved_question import ask_about_unsaved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.settings.schema import Settings
    from ai_coder.settings.secrets import SecretSource
    from ai_coder.settings.store import LoadedSettings
    from ai_coder.ui.settings.server_kind import ServerKind
    from ai_coder.ui.settings.tab import SettingsTab
    from ai_coder.ui.theme import Theme


_WIDTH = 1160
"""Design pixels of the tabs and of the buttons that save them; wider lines are hard to follow."""


class SettingsView(Page):
    """Edits a copy of the settings and asks for it to be saved.

    `build` makes the tabs; only then is the view complete. The owner shows what is saved with
    `show_settings`, answers `save_requested` by calling it again (or `show_problem`), and
    `test_requested` with `set_test_result`.
    """

    save_requested = pyqtSignal(object)
    unsaved_changed = pyqtSignal(bool)
    test_requested = pyqtSignal(str, object)
    remedy_requested = pyqtSignal(str, object)
    token_entered = pyqtSignal(str, str)
    folder_requested = pyqtSignal(str)
    page_requested = pyqtSignal(str)

    general: GeneralTab
    local_models: LocalModelsTab
    cloud_providers: CloudProvidersTab
    shortcuts: ShortcutsTab
    privacy: PrivacyTab
    advanced: AdvancedTab

    def __init__(
        self,
        theme: Theme,
        kinds: Sequence[ServerKind],
        defaults: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            theme,
            _tr("Settings"),
            _tr("Where your models run and how the application behaves."),
            parent,
        )
        self._defaults = defaults
        self._saved = defaults
        self._was_unsaved = False
        self._proceed: Callable[[], None] | None = None
        self.setObjectName("settingsView")
        self._notice = NoticeBar(theme, self)
        self._notice.setObjectName("settingsNoticeBar")
        self._sheet = QWidget(self)
        self._tabs = Tabs(theme, self._sheet)
        self._tabs.setObjectName("settingsTabs")
        self._kinds = kinds
        self._pages: dict[str, tuple[str, SettingsTab]] = {}
        self._footer = SettingsFooter(theme, self._sheet)
        self._lay_out()

    def build(self) -> Iterator[None]:
        """Make the tabs, a part at each step, so that the window can answer between two."""
        theme, kinds = self._theme, self._kinds
        self.general = GeneralTab(theme)
        yield from self._add("general", self.tr("General"), self.general)
        self.local_models = LocalModelsTab(theme, kinds)
        yield from self._add("local_models", self.tr("Local Models"), self.local_models)
        self.cloud_providers = CloudProvidersTab(theme, kinds)
        yield from self._add("cloud_providers", self.tr("Cloud Providers"), self.cloud_providers)
        yield from self._add("generation", self.tr("Generation"), GenerationTab(theme))
        yield from self._add("appearance", self.tr("Appearance"), AppearanceTab(theme))
        self.shortcuts = ShortcutsTab(theme)
        yield from self._add("shortcuts", self.tr("Shortcuts"), self.shortcuts)
        self.privacy = PrivacyTab(theme)
        yield from self._add("privacy", self.tr("Privacy"), self.privacy)
        self.advanced = AdvancedTab(theme)
        yield from self._add("advanced", self.tr("Advanced"), self.advanced)
        self._connect()
        self.show_tab("local_models")
        self._refresh()

    @property
    def has_unsaved_changes(self) -> bool:
        """Whether what is shown differs from what is saved."""
        return self._collect() != self._saved or bool(self.problems())

    def show_settings(self, loaded: LoadedSettings) -> None:
        """Show what is saved; a tab with edits that are not saved yet keeps them on screen."""
        before, self._saved = self._saved, loaded.saved
        edited = {key for key, (_, page) in self._pages.items() if _is_edited(page, before)}
        self.local_models.set_overrides(loaded.overrides)
        for key, (_, page) in self._pages.items():
            if key not in edited or not _is_edited(page, self._saved):
                page.show_settings(self._saved)
        self._refresh()

    def show_problem(self, message: str, hint: str = "") -> None:
        """Say above the tabs why the settings were not saved."""
        self._notice.show_notice(message, hint)

    def show_tab(self, key: str) -> None:
        """Open a tab by its key, such as `local_models`; raises KeyError."""
        self._tabs.setCurrentWidget(self._pages[key][1])

    def problems(self) -> list[str]:
        """Return what is wrong with what was typed, in words."""
        return [problem for _, page in self._pages.values() for problem in page.problems()]

    def set_states(self, states: Mapping[str, ConnectionState]) -> None:
        """Show the live states of all servers."""
        self.local_models.set_states(states)
        self.cloud_providers.set_states(states)

    def set_test_result(self, provider_id: str, state: ConnectionState) -> None:
        """Show what a test found."""
        self.local_models.set_test_result(provider_id, state)
        self.cloud_providers.set_states({provider_id: state})

    def set_token_source(self, provider_id: str, source: SecretSource, variable: str = "") -> None:
        """Say where the key of a provider is kept."""
        self.local_models.set_token_source(provider_id, source, variable)
        self.cloud_providers.set_token_source(provider_id, source, variable)

    def ask_to_leave(self, proceed: Callable[[], None]) -> None:
        """Ask what to do with unsaved changes; *proceed* is called unless the user stays."""
        self._proceed = proceed
        problems = self.problems()
        ask_about_unsaved(
            self,
            "unsavedDialog",
            self.tr("The settings have unsaved changes."),
            "\n".join(problems) or self.tr("Save them before you go on?"),
            save=None if problems else self._save_and_go,
            discard=self._discard_and_go,
        )

    def _collect(self) -> Settings:
        edited = self._saved
        for _, page in self._pages.values():
            edited = page.collect(edited)
        return edited

    def _show(self, settings: Settings) -> None:
        for _, page in self._pages.values():
            page.show_settings(settings)
        self._refresh()

    @pyqtSlot()
    def _refresh(self) -> None:
        problems = self.problems()
        is_unsaved = self.has_unsaved_changes
        for position, (title, page) in enumerate(self._pages.values()):
            unsaved = self.tr("{tab}, unsaved changes").format(tab=title)
            self._tabs.set_mark(position, unsaved if _is_edited(page, self._saved) else "")
        self._footer.show_state(is_unsaved=is_unsaved, problems=problems)
        if is_unsaved != self._was_unsaved:
            self._was_unsaved = is_unsaved
            self.unsaved_changed.emit(is_unsaved)

    @pyqtSlot()
    def _request_save(self) -> None:
        if not self.problems():
            self._notice.clear()
            self.save_requested.emit(self._collect())

    @pyqtSlot()
    def _discard_edits(self) -> None:
        self._show(self._saved)

    @pyqtSlot()
    def _ask_to_reset(self) -> None:
        box = QMessageBox(self)
        box.setObjectName("resetDialog")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self.tr("Reset the settings"))
        box.setText(self.tr("Show the settings the application came with?"))
        box.setInformativeText(
            self.tr("Nothing changes until you press Save Settings. Keys and chats are kept.")
        )
        reset = box.addButton(self.tr("Reset"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        if reset is not None:
            reset.clicked.connect(self._show_defaults)
        box.open()

    @pyqtSlot()
    def _show_defaults(self) -> None:
        self._show(self._defaults)

    @pyqtSlot()
    def _save_and_go(self) -> None:
        self._request_save()
        if not self.has_unsaved_changes:
            self._go_on()

    @pyqtSlot()
    def _discard_and_go(self) -> None:
        self._discard_edits()
        self._go_on()

    def _go_on(self) -> None:
        if self._proceed is not None:
            proceed, self._proceed = self._proceed, None
            proceed()

    def _add(self, key: str, title: str, page: SettingsTab) -> Iterator[None]:
        self._pages[key] = title, page
        self._tabs.addTab(page, title)
        yield
        page.show_settings(self._saved)
        yield

    def _connect(self) -> None:
        for _, page in self._pages.values():
            page.changed.connect(self._refresh)
        for page in (self.local_models, self.cloud_providers):
            page.test_requested.connect(self.test_requested)
            page.token_entered.connect(self.token_entered)
        self.local_models.remedy_requested.connect(self.remedy_requested)
        self.cloud_providers.page_requested.connect(self.page_requested)
        self.advanced.folder_requested.connect(self.folder_requested)
        self._footer.save_requested.connect(self._request_save)
        self._footer.discard_requested.connect(self._discard_edits)
        self._footer.reset_requested.connect(self._ask_to_reset)

    def _lay_out(self) -> None:
        self._tabs.setAccessibleName(self.tr("Settings"))
        inside = QVBoxLayout(self._sheet)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._tabs, 1)
        inside.addWidget(self._footer)
        self.body.addWidget(self._notice)
        self.body.addWidget(self._sheet, 1)
        self._theme.changed.connect(self._space)
        self._space()

    @pyqtSlot()
    def _space(self) -> None:
        self._sheet.setMaximumWidth(self._theme.px(_WIDTH))


def _is_edited(page: SettingsTab, saved: Settings) -> bool:
    return bool(page.problems()) or page.collect(saved) != saved


def _tr(text: str) -> str:
    return QCoreApplication.translate("SettingsView", text)
