"""Settings → Local Models: one row for each server, and the card of the one in question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from ai_coder.errors import Remedy
from ai_coder.llm.models import ProviderConfig
from ai_coder.ui.connection_words import dot_role, remedy_text
from ai_coder.ui.icons import icon
from ai_coder.ui.settings.add_server_dialog import AddServerDialog
from ai_coder.ui.settings.form import help_text
from ai_coder.ui.settings.server_row import ServerRow
from ai_coder.ui.settings.server_row_grid import Breadth, breadth_of
from ai_coder.ui.settings.server_table_head import ServerTableHead
from ai_coder.ui.settings.tab import SettingsTab
from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.card import InfoCard
from ai_coder.ui.widgets.label import hairline, label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PyQt6.QtGui import QResizeEvent

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.settings.environment import Override
    from ai_coder.settings.schema import Settings
    from ai_coder.settings.secrets import SecretSource
    from ai_coder.ui.settings.server_kind import ServerKind
    from ai_coder.ui.theme import Theme

_LOWEST_NAME, _WIDEST_NAME = 160, 320


class LocalModelsTab(SettingsTab):
    """Edits the servers that run on the user's own computers.

    `test_requested` carries the provider id and the configuration as edited; the owner answers
    with `set_test_result`. `token_entered` carries a provider id and a secret, or an empty text
    to forget it.
    """

    test_requested = pyqtSignal(str, object)
    remedy_requested = pyqtSignal(str, object)
    token_entered = pyqtSignal(str, str)

    def __init__(self, theme: Theme, kinds: Sequence[ServerKind]) -> None:
        super().__init__(theme)
        self._theme = theme
        self._kinds = {kind.type: kind for kind in kinds}
        self._rows: dict[str, ServerRow] = {}
        self._states: dict[str, ConnectionState] = {}
        self._overrides: dict[str, dict[str, Override]] = {}
        self._tokens: dict[str, tuple[SecretSource, str]] = {}
        self._chosen = ""
        self._folder = ""
        self.setObjectName("localModelsTab")
        self._table = QFrame(self)
        self._table.setProperty("look", "card")
        self._head = ServerTableHead(theme, self._table)
        self._lines = QVBoxLayout()
        self._add = button(self.tr("Add a server"), "", self)
        self._add.setObjectName("addServerRowButton")
        self._card = InfoCard(theme, self)
        self._card.hide()
        self._help = label(self._help_words(), "small", self, wrap=True)
        self._add.clicked.connect(self._open_dialog)
        self._card.action_requested.connect(self._act_on_card)
        theme.changed.connect(self._respace)
        self._lay_out()
        self._respace()

    def show_settings(self, settings: Settings) -> None:
        """Show a row for each local server of *settings*."""
        configs = {
            provider_id: config
            for provider_id, config in settings.provider_configurations.items()
            if self._kind_of(provider_id, config) is not None
        }
        if list(configs) != list(self._rows):
            self._rebuild(configs)
        for provider_id, config in configs.items():
            row = self._rows[provider_id]
            row.show_config(config, self._overrides.get(provider_id, {}))
            row.set_folder(self._folder)
        self._show_card()

    def collect(self, settings: Settings) -> Settings:
        """Return *settings* with the servers as edited, added and removed."""
        others = {
            provider_id: config
            for provider_id, config in settings.provider_configurations.items()
            if self._kind_of(provider_id, config) is None
        }
        edited = {provider_id: row.config() for provider_id, row in self._rows.items()}
        known = [name for name in settings.provider_configurations if name in {**others, **edited}]
        order = [*known, *(name for name in edited if name not in known)]
        merged = {name: {**others, **edited}[name] for name in order}
        return settings.model_copy(update={"provider_configurations": merged})

    def problems(self) -> list[str]:
        """Return what is wrong with the rows."""
        return [
            self.tr("{server}: {problem}").format(server=row.name, problem=problem)
            for row in self._rows.values()
            if (problem := row.problem())
        ]

    def set_overrides(self, overrides: Sequence[Override]) -> None:
        """Tell which values come from the environment; shown with the next settings."""
        self._overrides = {}
        for override in overrides:
            _, provider_id, field = override.path
            self._overrides.setdefault(provider_id, {})[field] = override

    def set_states(self, states: Mapping[str, ConnectionState]) -> None:
        """Show the live states by provider id."""
        for provider_id, state in states.items():
            row = self._rows.get(provider_id)
            if row is not None:
                row.set_state(state)
            if row is None or not row.is_readdressed:
                self._states[provider_id] = state
        self._show_card()

    def set_testing(self, provider_id: str, is_testing: bool) -> None:
        """Show that a server is being asked, or no longer."""
        if provider_id in self._rows:
            self._rows[provider_id].set_testing(is_testing)

    def set_test_result(self, provider_id: str, state: ConnectionState) -> None:
        """Show what a test found, in the row and in the card."""
        if provider_id in self._rows:
            self._chosen = provider_id
            self._states[provider_id] = state
            self._rows[provider_id].set_test_result(state)
            self._show_card()

    def set_token_source(self, provider_id: str, source: SecretSource, variable: str = "") -> None:
        """Say where the token of a server is kept."""
        self._tokens[provider_id] = (source, variable)
        if provider_id in self._rows:
            self._rows[provider_id].set_token_source(source, variable)

    def set_folder(self, path: str) -> None:
        """Tell where the model files of the built-in engine are."""
        self._folder = path
        for row in self._rows.values():
            row.set_folder(path)

    def choose(self, provider_id: str, *, enter_token: bool = False) -> None:
        """Show the card of a server, and let the user enter its token."""
        self._chosen = provider_id
        self._show_card()
        if enter_token and provider_id in self._rows:
            self._rows[provider_id].open_token()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use two lines for each server where there is no room for one."""
        super().resizeEvent(event)
        self._respace()

    def _kind_of(self, provider_id: str, config: ProviderConfig) -> ServerKind | None:
        kind = self._kinds.get(config.type or provider_id)
        return kind if kind is not None and kind.is_local else None

    def _rebuild(self, configs: Mapping[str, ProviderConfig]) -> None:
        self._rows = {}
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        for provider_id, config in configs.items():
            self._add_row(provider_id, config)
        self._respace()

    def _add_row(self, provider_id: str, config: ProviderConfig) -> None:
        kind = self._kind_of(provider_id, config)
        if kind is None:
            return
        row = ServerRow(self._theme, provider_id, config, kind)
        row.changed.connect(self.changed)
        row.changed.connect(self._show_card)
        row.test_requested.connect(lambda: self._test(provider_id))
        row.token_entered.connect(lambda token: self.token_entered.emit(provider_id, token))
        row.remove_requested.connect(lambda: self._remove(provider_id))
        self._rows[provider_id] = row
        self._lines.addWidget(hairline(self._table))
        self._lines.addWidget(row)
        if provider_id in self._states:
            row.set_state(self._states[provider_id])
        if provider_id in self._tokens:
            row.set_token_source(*self._tokens[provider_id])

    def _remove(self, provider_id: str) -> None:
        configs = {name: row.config() for name, row in self._rows.items() if name != provider_id}
        self._rebuild(configs)
        self.changed.emit()
        self._show_card()

    def _test(self, provider_id: str) -> None:
        row = self._rows[provider_id]
        if not row.problem():
            self._chosen = provider_id
            row.set_testing(True)
            self.test_requested.emit(provider_id, row.config_in_force())

    @pyqtSlot()
    def _open_dialog(self) -> None:
        kinds = [kind for kind in self._kinds.values() if kind.is_addable]
        used = {*self._rows, *self._kinds}
        dialog = AddServerDialog(self._theme, kinds, used, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.server_added.connect(self._add_server)
        dialog.open()

    @pyqtSlot(str, object)
    def _add_server(self, provider_id: str, config: ProviderConfig) -> None:
        self._add_row(provider_id, config)
        self._respace()
        self.changed.emit()
        self._test(provider_id)

    def _card_subject(self) -> str:
        """Return the server the card is about: the chosen one, else the first with trouble."""
        if self._chosen in self._rows and self._chosen in self._states:
            return self._chosen
        return next(
            (
                name
                for name, row in self._rows.items()
                if name in self._states
                and row.config().is_enabled
                and self._states[name].remedy is not None
                and dot_role(self._states[name]) != "ok"
            ),
            "",
        )

    @pyqtSlot()
    def _show_card(self) -> None:
        subject = self._card_subject()
        is_known = bool(subject) and not self._rows[subject].is_untested
        self._card.setVisible(is_known)
        if is_known:
            state = self._states[subject]
            action = remedy_text(state.remedy, state.provider)
            self._card.set_content(
                dot_role(state), state.sentence, state.cause, action=action, detail=state.raw
            )

    @pyqtSlot()
    def _act_on_card(self) -> None:
        subject = self._card_subject()
        if not subject:
            return
        state, row = self._states[subject], self._rows[subject]
        match state.remedy:
            case Remedy.USE_ADDRESS if state.suggestion:
                row.set_address(state.suggestion)
                self._test(subject)
            case Remedy.ENTER_TOKEN:
                row.open_token()
            case Remedy.RETRY:
                self._test(subject)
            case remedy:
                self.remedy_requested.emit(subject, remedy)

    def _help_words(self) -> str:
        fields = ProviderConfig.model_fields
        lines = (
            self.tr("Timeout: {help}").format(help=help_text(fields["timeout"])),
            self.tr("Retries: {help}").format(help=help_text(fields["max_retries"])),
        )
        return "\n".join(lines)

    def _lay_out(self) -> None:
        inside = QVBoxLayout(self._table)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.setSpacing(0)
        self._lines.setSpacing(0)
        inside.addWidget(self._head)
        inside.addLayout(self._lines)
        self._add.setIcon(icon(self._theme, "plus", "text"))
        adding = QHBoxLayout()
        adding.addWidget(self._add)
        adding.addStretch()
        self.column.addWidget(self._table)
        self.column.addLayout(adding)
        self.column.addWidget(self._card)
        self.column.addWidget(self._help)
        self.column.addStretch()

    @pyqtSlot()
    def _respace(self) -> None:
        px = self._theme.px
        needed = [row.name_width() for row in self._rows.values()]
        name_width = min(px(_WIDEST_NAME), max([px(_LOWEST_NAME), *needed]))
        breadth = breadth_of(self._theme, self.width(), name_width)
        is_wide = breadth is Breadth.WIDE
        self._head.setVisible(is_wide)
        self._head.set_name_width(name_width)
        first_line = self._lines.itemAt(0)
        if first_line is not None and (line := first_line.widget()) is not None:
            line.setVisible(is_wide)
        for row in self._rows.values():
            row.arrange(breadth, name_width)
