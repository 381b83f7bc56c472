"""One server in the grid of Settings → Local Models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFileDialog, QLineEdit, QWidget

from ai_coder.errors import SettingsError
from ai_coder.llm.address import normalize_address
from ai_coder.ui.connection_words import camel_id, dot_role
from ai_coder.ui.settings.more_button import MoreButton
from ai_coder.ui.settings.row_words import folder_problem, override_text
from ai_coder.ui.settings.server_row_grid import Breadth, RowCells, ServerRowGrid, side_by_side
from ai_coder.ui.settings.server_table_head import column_titles
from ai_coder.ui.settings.token_button import TokenButton
from ai_coder.ui.widgets.buttons import IconButton, button
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.look import set_look
from ai_coder.ui.widgets.number_field import DecimalField, NumberField
from ai_coder.ui.widgets.status_dot import StatusDot
from ai_coder.ui.widgets.switch import Switch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.models import ProviderConfig
    from ai_coder.settings.environment import Override
    from ai_coder.settings.secrets import SecretSource
    from ai_coder.ui.settings.server_kind import ServerKind
    from ai_coder.ui.theme import Theme


class ServerRow(QWidget):
    """Edits one `ProviderConfig` and shows the live state of its server."""

    changed = pyqtSignal()
    test_requested = pyqtSignal()
    token_entered = pyqtSignal(str)
    remove_requested = pyqtSignal()
    selected = pyqtSignal()

    def __init__(
        self, theme: Theme, provider_id: str, config: ProviderConfig, kind: ServerKind
    ) -> None:
        super().__init__()
        self._theme = theme
        self._config = config
        self._kind = kind
        self._overrides: dict[str, Override] = {}
        self._state: ConnectionState | None = None
        self._saved_url = ""
        self._tested_url = ""
        self._tested: ConnectionState | None = None
        self._is_testing = False
        self.provider_id = provider_id
        self.name = config.name or kind.name
        self._make_children()
        self._name_children()
        self._connect_children()
        self._lay_out()
        self.show_config(config, {})

    def show_config(self, config: ProviderConfig, overrides: Mapping[str, Override]) -> None:
        """Show *config*, with the values of the environment in place of its own."""
        self._config = config
        self._overrides = dict(overrides)
        self.blockSignals(True)
        self._enabled.setChecked(config.is_enabled)
        self._saved_url = str(self._in_force("base_url", config.base_url or ""))
        if self._url.text() != self._saved_url:
            self._url.setText(self._saved_url)
            self._url.setCursorPosition(0)
        self._timeout.setValue(float(self._in_force("timeout", config.timeout)))
        self._retries.setValue(int(self._in_force("max_retries", config.max_retries)))
        self._url.setReadOnly("base_url" in overrides)
        self._choose_folder.setEnabled("base_url" not in overrides)
        for field, name in ((self._timeout, "timeout"), (self._retries, "max_retries")):
            field.setReadOnly(name in overrides)
            set_look(field, name in overrides, name="fixed")
        self.blockSignals(False)
        self._more.show_config(config)
        self._refresh()

    def config(self) -> ProviderConfig:
        """Return the configuration as edited; values of the environment are left out."""
        values: dict[str, object] = {"is_enabled": self._enabled.isChecked()}
        if "base_url" not in self._overrides:
            values["base_url"] = self._url.text().strip() or None
        if "timeout" not in self._overrides:
            values["timeout"] = self._timeout.value()
        if "max_retries" not in self._overrides:
            values["max_retries"] = self._retries.value()
        return self._more.edited(self._config.model_copy(update=values))

    def config_in_force(self) -> ProviderConfig:
        """Return the configuration as edited, with the values of the environment."""
        forced = {field: override.value for field, override in self._overrides.items()}
        return self.config().model_copy(update=forced)

    def problem(self) -> str:
        """Return what is wrong with what was entered, or an empty string."""
        return self._problem_of_place() or self._more.problem()

    def set_address(self, url: str) -> None:
        """Put *url* into the field, as a change of the user."""
        self._url.setText(url)

    def set_folder(self, path: str) -> None:
        """Tell which folder holds the model files while the field is empty."""
        if self._kind.uses_folder:
            self._url.setPlaceholderText(path)

    @property
    def is_readdressed(self) -> bool:
        """Whether the address differs from the saved one, which live states are about."""
        return self._url.text() != self._saved_url

    @property
    def is_untested(self) -> bool:
        """Whether nothing is known of the address in the field."""
        return self.is_readdressed and self._url.text() != self._tested_url

    def set_state(self, state: ConnectionState) -> None:
        """Show the live state of the saved address."""
        self._state = state
        self._refresh()

    def set_test_result(self, state: ConnectionState) -> None:
        """Show what a test of the address in the field found."""
        self._tested_url, self._tested = self._url.text(), state
        if not self.is_readdressed:
            self._state = state
        self.set_testing(False)

    def set_testing(self, is_testing: bool) -> None:
        """Show that the server is being asked."""
        self._is_testing = is_testing
        self._test.setText(self.tr("Asking") if is_testing else self.tr("Test"))
        self._refresh()

    def set_token_source(self, source: SecretSource, variable: str = "") -> None:
        """Say where the token is kept."""
        self._token.set_source(source, variable)
        self._refresh()

    @pyqtSlot()
    def open_token(self) -> None:
        """Let the user enter a token."""
        self._token.open()

    def arrange(self, breadth: Breadth, name_width: int) -> None:
        """Use as many lines as it takes; *name_width* is that of the column of names."""
        self._grid.arrange(breadth, name_width)

    def name_width(self) -> int:
        """Return the room that the switch and the whole name need."""
        return self._name_cell.sizeHint().width()

    def _problem_of_place(self) -> str:
        text = self._url.text().strip()
        if "base_url" in self._overrides:
            return ""
        if self._kind.uses_folder:  # a saved one may be on a disk that comes back
            return "" if text == self._saved_url else folder_problem(text)
        if not text:
            has_usual = bool(self._kind.default_url)
            return "" if has_usual else self.tr("Enter the address of this server.")
        try:
            normalize_address(text)
        except SettingsError as error:
            reason = error.details["reason"]
            return reason[:1].upper() + reason[1:]
        return ""

    def _in_force(self, field: str, own: Any) -> Any:  # noqa: ANN401  # as in `Override`
        override = self._overrides.get(field)
        return own if override is None else override.value

    def _make_children(self) -> None:
        theme, name, uses_folder = self._theme, self.name, self._kind.uses_folder
        self._enabled = Switch(theme, self.tr("Use {server}").format(server=name), self)
        self._title = ElidedLabel(name, "strong", self)
        self._remove = IconButton(
            theme, "trash", self.tr("Remove {server}").format(server=name), self
        )
        self._remove.setVisible(self._config.type is not None)
        key = camel_id(self.provider_id)
        self._more = MoreButton(theme, name, key, self, has_headers=not uses_folder)
        self._url = QLineEdit(self)
        words = (
            self.tr("Model folder of {server}") if uses_folder else self.tr("Address of {server}")
        )
        self._url.setAccessibleName(words.format(server=name))
        self._url.setPlaceholderText(self._kind.default_url)
        self._timeout = DecimalField(self.tr("Timeout of {server}").format(server=name), self)
        self._timeout.setRange(0.1, 3600)
        self._timeout.setDecimals(1)
        self._timeout.setSuffix(self.tr(" s"))
        self._retries = NumberField(self.tr("Retries of {server}").format(server=name), self)
        self._retries.setRange(0, 10)
        self._timeout.setToolTip(self.tr("Timeout"))
        self._retries.setToolTip(self.tr("Retries"))
        token_name = self.tr("Token of {server}").format(server=name)
        self._token = TokenButton(theme, token_name, self)
        self._dot = StatusDot(theme, "off", self)
        self._status = label("", "", self, wrap=True)
        self._test = button(self.tr("Test"), "compact", self)
        self._test.setAccessibleName(self.tr("Test {server}").format(server=name))
        self._problem = label("", "failed", self, wrap=True)
        self._note = label("", "small", self, wrap=True)
        self._choose_folder = button(self.tr("Choose…"), "compact", self)
        self._choose_folder.setAccessibleName(self.tr("Choose the model folder"))
        self._choose_folder.setVisible(uses_folder)
        self._token.setVisible(not uses_folder)

    def _name_children(self) -> None:
        name = camel_id(self.provider_id)
        for widget, suffix in (
            (self._enabled, "EnabledSwitch"),
            (self._url, "UrlEdit"),
            (self._timeout, "TimeoutSpin"),
            (self._retries, "RetriesSpin"),
            (self._token, "TokenButton"),
            (self._token.line_edit, "TokenEdit"),
            (self._status, "StatusLabel"),
            (self._test, "TestButton"),
            (self._remove, "RemoveButton"),
            (self._choose_folder, "FolderButton"),
        ):
            widget.setObjectName(f"{name}{suffix}")

    def _connect_children(self) -> None:
        self._enabled.toggled.connect(self._edited)
        self._url.textChanged.connect(self._edited)
        self._timeout.valueChanged.connect(self._edited)
        self._retries.valueChanged.connect(self._edited)
        self._more.changed.connect(self._edited)
        self._token.entered.connect(self.token_entered)
        self._choose_folder.clicked.connect(self._ask_for_folder)
        self._test.clicked.connect(self._ask)
        self._url.returnPressed.connect(self._ask)
        self._url.selectionChanged.connect(self.selected)
        self._remove.clicked.connect(self.remove_requested)
        self._theme.changed.connect(self._space)

    def _lay_out(self) -> None:
        self._name_cell = side_by_side(
            self, self._enabled, self._title, self._remove, self._more, stretched=self._title
        )
        cells = RowCells(
            self._name_cell,
            side_by_side(self, self._url, self._choose_folder, stretched=self._url),
            self._timeout,
            self._retries,
            label("", "", self) if self._kind.uses_folder else self._token,
            side_by_side(self, self._dot, self._status, stretched=self._status),
            self._test,
        )
        heads = {
            column: label(title, "column", self)
            for column, title in column_titles(uses_folder=self._kind.uses_folder).items()
            if column in ("url", "timeout", "retries", "token")
        }
        below = [self._problem, self._note]
        self._grid = ServerRowGrid(self._theme, cells, heads, below, self)
        self._space()

    @pyqtSlot()
    def _ask(self) -> None:
        """Ask with the token that was typed, if any."""
        if self._token.hand_on():
            self.test_requested.emit()

    @pyqtSlot()
    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder of model files"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setDirectory(self._url.text() or self._url.placeholderText())
        dialog.fileSelected.connect(self._url.setText)
        dialog.open()

    @pyqtSlot()
    def _edited(self) -> None:
        self._refresh()
        self.changed.emit()
        self.selected.emit()

    def _refresh(self) -> None:
        problem = self.problem()
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        set_look(self._url, bool(self._problem_of_place()), name="invalid")
        notes = [
            override_text(self.name, field, override.variable)
            for field, override in self._overrides.items()
        ]
        if self._token.variable:
            words = self.tr("{server} token comes from {variable}")
            notes.append(words.format(server=self.name, variable=self._token.variable))
        if self._kind.uses_folder and not problem:
            notes += [words for words in [folder_problem(self._url.text().strip())] if words]
        self._note.setText(" · ".join(notes))
        self._note.setVisible(bool(notes))
        self._test.setEnabled(not problem and not self._is_testing)
        self._show_state()

    def _show_state(self) -> None:
        is_off = not self._enabled.isChecked()
        state = self._state
        if self.is_readdressed:
            state = None if self.is_untested else self._tested
        if is_off:
            role, words = "off", self.tr("Not used")
        elif state is not None:
            role, words = dot_role(state), state.short[:1].upper() + state.short[1:]
        elif self.is_readdressed:
            role, words = "off", self.tr("Changed, not tested")
        else:
            role, words = "off", self.tr("Not asked yet")
        self._dot.set_role(role)
        self._status.setText(words)

    @pyqtSlot()
    def _space(self) -> None:
        self._url.setFont(self._theme.code_font(12))
        self._grid.space()
