"""Settings → Cloud Providers: companies that may be asked, their keys, and how they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout

from ai_coder.llm.models import ProviderConfig
from ai_coder.settings.secrets import SecretSource
from ai_coder.ui.connection_words import camel_id, dot_role
from ai_coder.ui.settings.more_button import MoreButton
from ai_coder.ui.settings.secret_entry import SecretEntry
from ai_coder.ui.settings.tab import SettingsTab
from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.elided_button import ElidedButton
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.status_dot import StatusDot
from ai_coder.ui.widgets.switch import RING, Switch
from ai_coder.ui.widgets.tag import tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PyQt6.QtGui import QResizeEvent

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.settings.schema import Settings
    from ai_coder.ui.settings.server_kind import ServerKind
    from ai_coder.ui.theme import Theme


_UNUSED = ProviderConfig(is_enabled=False)
_NARROW_BELOW = 440


class CloudRow(QFrame):
    """One cloud provider: on or off, its key, a test, and what the test said."""

    changed = pyqtSignal()
    test_requested = pyqtSignal()
    key_entered = pyqtSignal(str)
    page_requested = pyqtSignal(str)
    """The address of a page of the company, to be opened in the browser."""

    def __init__(self, theme: Theme, kind: ServerKind) -> None:
        super().__init__()
        self._theme = theme
        self._config = _UNUSED
        self._state: ConnectionState | None = None
        self._has_key = False
        self.setProperty("look", "card")
        self._enabled = Switch(theme, self.tr("Use {server}").format(server=kind.name), self)
        self._title = label(kind.name, "strong", self)
        self._tag = tag(self.tr("leaves this computer"), "waiting", self)
        self._dot = StatusDot(theme, "off", self)
        self._status = label("", "", self, wrap=True)
        self._key = SecretEntry(theme, self.tr("Key of {server}").format(server=kind.name), self)
        self._test = button(self.tr("Test"), "", self)
        self._test.setAccessibleName(self.tr("Test {server}").format(server=kind.name))
        self._kind = kind
        self.name = kind.name
        self._where = label("", "small", self, wrap=True)
        words = self.tr("Make a key at {page}").format(page=kind.key_page)
        self._page = ElidedButton(words, "link", self)
        name = camel_id(kind.type)
        self._more = MoreButton(theme, kind.name, name, self, has_retries=True)
        self._where.setObjectName(f"{name}KeyLabel")
        self._page.setObjectName(f"{name}KeyPageButton")
        self._enabled.setObjectName(f"{name}EnabledSwitch")
        self._key.line_edit.setObjectName(f"{name}KeyEdit")
        self._status.setObjectName(f"{name}StatusLabel")
        self._test.setObjectName(f"{name}TestButton")
        self._enabled.toggled.connect(self._edited)
        self._more.changed.connect(self._edited)
        self._key.entered.connect(self.key_entered)
        self._test.clicked.connect(self._ask)
        self._page.clicked.connect(lambda: self.page_requested.emit(kind.key_page))
        theme.changed.connect(self._space)
        self._lay_out()
        self._space()
        self.set_key_source(SecretSource.NONE)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Find the place of the tag again."""
        super().resizeEvent(event)
        self._place_tag()

    def show_config(self, config: ProviderConfig) -> None:
        """Show *config*."""
        self._config = config
        if not config.is_enabled:
            self._state = None  # nobody asks it any more
        self.blockSignals(True)
        self._enabled.setChecked(config.is_enabled)
        self.blockSignals(False)
        self._more.show_config(config)
        self._refresh()

    def config(self) -> ProviderConfig:
        """Return the configuration as edited."""
        config = self._config.model_copy(update={"is_enabled": self._enabled.isChecked()})
        return self._more.edited(config)

    def problem(self) -> str:
        """Return what is wrong with what was entered, or an empty string."""
        return self._more.problem()

    def set_state(self, state: ConnectionState) -> None:
        """Show how the provider is, or what a test found."""
        self._state = state
        self._test.setEnabled(True)
        self._test.setText(self.tr("Test"))
        self._refresh()

    def set_key_source(self, source: SecretSource, variable: str = "") -> None:
        """Say where the key is kept, and for how long if not for good."""
        self._key.set_source(source, variable)
        self._has_key = source not in (SecretSource.NONE, SecretSource.UNUSABLE)
        words = self._words_about_key(source)
        self._where.setText(words)
        self._where.setVisible(bool(words))
        self._page.setVisible(bool(self._kind.key_page) and not words)
        self._refresh()

    def _words_about_key(self, source: SecretSource) -> str:
        if source is SecretSource.NOT_SAVED:
            return self.tr(
                "The keyring did not take this key, which is kept only until the application is "
                "closed. What the keyring held before is still in it."
            )
        if source is SecretSource.THIS_RUN:
            words = self.tr(
                "No keyring was found here: this key is kept only until the application is closed."
            )
            to_keep = self.tr("To keep it, set the variable {variable}.")
            variables = self._kind.key_variables
            return f"{words} {to_keep.format(variable=variables[0])}" if variables else words
        return ""

    @pyqtSlot()
    def _ask(self) -> None:
        """Ask with the key that was typed, if any."""
        if not self._key.hand_on():
            return
        self._test.setEnabled(False)
        self._test.setText(self.tr("Asking"))
        self.test_requested.emit()

    @pyqtSlot()
    def _edited(self) -> None:
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        if self._state is not None:
            self._dot.set_role(dot_role(self._state))
            parts = (self._state.sentence, self._state.cause)
            self._status.setText(" ".join(part for part in parts if part))
        else:
            self._dot.set_role("off")
            self._status.setText(self._words_unasked())

    def _words_unasked(self) -> str:
        if self._enabled.isChecked():
            return self.tr("Not asked yet")
        if self._has_key:
            return self.tr("Not used. Its key is there: switch it on to use it.")
        return self.tr("Not used")

    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.addWidget(self._enabled)
        self._head.addWidget(self._title)
        self._head.addStretch()
        self._head.addWidget(self._more)
        self._head.addWidget(self._test)
        state = QHBoxLayout()
        state.setSpacing(8)
        state.addWidget(self._dot)
        state.addWidget(self._status, 1)
        self._links = QHBoxLayout()
        self._links.addWidget(self._page)
        self._links.addStretch()
        self._grid = QGridLayout(self)
        self._grid.addLayout(self._head, 0, 0, 1, 2)
        self._key_title = label(self.tr("Key"), "muted", self)
        self._grid.addWidget(self._key_title, 2, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self._key, 2, 1)
        self._grid.addWidget(self._where, 3, 1)
        self._grid.addLayout(self._links, 3, 1)
        self._grid.addWidget(label(self.tr("State"), "muted", self), 4, 0)
        self._grid.addLayout(state, 4, 1)
        self._grid.setColumnStretch(1, 1)
        self._place_tag()

    def _place_tag(self) -> None:
        """Put the tag beside the name, or on a line of its own where room is short."""
        is_below = self.width() < self._theme.px(_NARROW_BELOW)
        self._head.removeWidget(self._tag)
        self._grid.removeWidget(self._tag)
        if is_below:
            self._grid.addWidget(self._tag, 1, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        else:
            self._head.insertWidget(2, self._tag)

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self._head.setContentsMargins(-RING, 0, 0, 0)  # the switch itself is level with the rest
        self._links.setContentsMargins(-px(4) - 1, 0, 0, 0)  # so are the words of the link
        self._head.setSpacing(px(10))
        self._place_tag()
        self._grid.setContentsMargins(px(16), px(14), px(16), px(14))
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(10))
        self._key_title.setContentsMargins(0, px(7), 0, 0)  # beside the field, not its problem


class CloudProvidersTab(SettingsTab):
    """A row for each cloud provider. Keys are handed on at once and never kept here."""

    test_requested = pyqtSignal(str, object)
    token_entered = pyqtSignal(str, str)
    page_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, kinds: Sequence[ServerKind]) -> None:
        super().__init__(theme)
        self._rows: dict[str, CloudRow] = {}
        self.setObjectName("cloudProvidersTab")
        intro = self.tr(
            "What you write to these models is sent to the company that runs them. They are "
            "off until you switch them on, and the lock in the status bar keeps all of them out."
        )
        self.column.addWidget(label(intro, "muted", self, wrap=True))
        for kind in kinds:
            if not kind.is_local:
                self._add_row(theme, kind)
        if not self._rows:
            nothing = self.tr("No cloud provider is available in this version.")
            self.column.addWidget(label(nothing, "muted", self, wrap=True))
        self._spending = label("", "muted", self, wrap=True)
        self._spending.setObjectName("spendingLabel")
        self.column.addWidget(self._spending)
        self.column.addStretch()

    def set_spending(self, text: str) -> None:
        """Say what this month cost so far."""
        self._spending.setText(text)

    def show_settings(self, settings: Settings) -> None:
        """Show the cloud providers of *settings*."""
        for provider_id, row in self._rows.items():
            config = settings.provider_configurations.get(provider_id)
            row.show_config(config or _UNUSED)

    def collect(self, settings: Settings) -> Settings:
        """Return *settings* with the cloud providers as edited."""
        configs = dict(settings.provider_configurations)
        for provider_id, row in self._rows.items():
            edited = row.config()
            if provider_id in configs or edited != _UNUSED:
                configs[provider_id] = edited
        return settings.model_copy(update={"provider_configurations": configs})

    def problems(self) -> list[str]:
        """Return what is wrong with the rows."""
        return [
            self.tr("{server}: {problem}").format(server=row.name, problem=problem)
            for row in self._rows.values()
            if (problem := row.problem())
        ]

    def set_states(self, states: Mapping[str, ConnectionState]) -> None:
        """Show the live states by provider id."""
        for provider_id, state in states.items():
            if provider_id in self._rows:
                self._rows[provider_id].set_state(state)

    def set_token_source(self, provider_id: str, source: SecretSource, variable: str = "") -> None:
        """Say where the key of a provider is kept."""
        if provider_id in self._rows:
            self._rows[provider_id].set_key_source(source, variable)

    def _add_row(self, theme: Theme, kind: ServerKind) -> None:
        row = CloudRow(theme, kind)
        row.changed.connect(self.changed)
        row.test_requested.connect(lambda: self.test_requested.emit(kind.type, row.config()))
        row.page_requested.connect(self.page_requested)
        row.key_entered.connect(lambda key: self.token_entered.emit(kind.type, key))
        self._rows[kind.type] = row
        self.column.addWidget(row)
