"""A button that opens what is rarely set of a server: its place in the order, its headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QWidget

from ai_coder.errors import SettingsError
from ai_coder.llm.headers import headers_text, parsed_headers
from ai_coder.llm.models import ProviderConfig
from ai_coder.ui.settings.form import help_text
from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.look import set_look
from ai_coder.ui.widgets.number_field import NumberField
from ai_coder.ui.widgets.popover import Popover

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_WIDTH = 440
_LINES = 3


class MoreButton(IconButton):
    """Edits the priority, the headers and, where the row has no field for them, the retries."""

    changed = pyqtSignal()

    def __init__(
        self,
        theme: Theme,
        server: str,
        name: str,
        parent: QWidget | None = None,
        *,
        has_headers: bool = True,
        has_retries: bool = False,
    ) -> None:
        super().__init__(theme, "sliders", "", parent)
        self.set_name(self.tr("More about {server}").format(server=server))
        self._saved_headers = ""
        self._priority = NumberField(self.tr("Priority of {server}").format(server=server))
        self._priority.setRange(0, 100)
        self._retries = NumberField(self.tr("Retries of {server}").format(server=server))
        self._retries.setRange(0, 10)
        self._headers = QPlainTextEdit()
        self._headers.setProperty("look", "field")
        self._headers.setTabChangesFocus(True)
        self._headers.setPlaceholderText("X-Team: compilers")
        self._headers.setAccessibleName(self.tr("Headers for {server}").format(server=server))
        self._problem = label("", "failed", wrap=True)
        for widget, suffix in (
            (self, "MoreButton"),
            (self._priority, "PrioritySpin"),
            (self._retries, "MoreRetriesSpin"),
            (self._headers, "HeadersEdit"),
        ):
            widget.setObjectName(f"{name}{suffix}")
        self._titles: list[QLabel] = []
        self._holder = QWidget()
        self._lay_out(has_headers=has_headers, has_retries=has_retries)
        self._popover = Popover(theme, self._holder, self)
        self.clicked.connect(self.open)
        self._priority.valueChanged.connect(self._edited)
        self._retries.valueChanged.connect(self._edited)
        self._headers.textChanged.connect(self._edited)
        theme.changed.connect(self._space)
        self._space()

    def show_config(self, config: ProviderConfig) -> None:
        """Show *config*."""
        self.blockSignals(True)
        self._saved_headers = headers_text(config.headers)
        self._priority.setValue(config.priority)
        self._retries.setValue(config.max_retries)
        if self._headers.toPlainText() != self._saved_headers:
            self._headers.setPlainText(self._saved_headers)
        self.blockSignals(False)
        self._show_problem()

    def edited(self, config: ProviderConfig) -> ProviderConfig:
        """Return *config* with what was set here; headers that cannot be used stay as they were."""
        values: dict[str, object] = {"priority": self._priority.value()}
        if self._retries.isVisibleTo(self._holder):
            values["max_retries"] = self._retries.value()
        if not self.problem() and self._headers.toPlainText() != self._saved_headers:
            values["headers"] = parsed_headers(self._headers.toPlainText())
        return config.model_copy(update=values)

    def problem(self) -> str:
        """Return what is wrong with headers that were changed, or an empty string."""
        text = self._headers.toPlainText()
        if text == self._saved_headers:
            return ""
        try:
            parsed_headers(text)
        except SettingsError as error:
            reason = error.details["reason"]
            return reason[:1].upper() + reason[1:]
        return ""

    @pyqtSlot()
    def open(self) -> None:
        """Show the fields."""
        self._popover.open_above(self, self._theme.px(_WIDTH))

    @pyqtSlot()
    def _edited(self) -> None:
        self._show_problem()
        self.changed.emit()

    def _show_problem(self) -> None:
        problem = self.problem()
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        set_look(self._headers, bool(problem), name="invalid")

    def _lay_out(self, *, has_headers: bool, has_retries: bool) -> None:
        fields = ProviderConfig.model_fields
        self._grid = QGridLayout(self._holder)
        self._grid.setColumnStretch(1, 1)
        rows: list[tuple[str, QWidget, str, bool]] = [
            (self.tr("Priority"), self._priority, help_text(fields["priority"]), True),
            (self.tr("Retries"), self._retries, help_text(fields["max_retries"]), has_retries),
            (self.tr("Headers"), self._headers, self._words_about_headers(), has_headers),
        ]
        for name, editor, words, is_wanted in rows:
            editor.setParent(self._holder)
            editor.setVisible(is_wanted)
            if is_wanted:
                row = self._grid.rowCount()
                title = label(name, "muted", self._holder)
                self._titles.append(title)
                self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(editor, row, 1)
                self._grid.addWidget(label(words, "small", self._holder, wrap=True), row + 1, 1)
        self._problem.setParent(self._holder)
        self._grid.addWidget(self._problem, self._grid.rowCount(), 1)

    def _words_about_headers(self) -> str:
        words = help_text(ProviderConfig.model_fields["headers"])
        return self.tr("One on each line, as name, colon and value. {help}").format(help=words)

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        self._grid.setContentsMargins(px(16), px(14), px(16), px(14))
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(6))
        for title in self._titles:
            title.setContentsMargins(0, px(7), 0, 0)  # beside the first line of its field
        self._priority.setFixedWidth(px(72))
        self._retries.setFixedWidth(px(72))
        self._headers.setFont(self._theme.code_font(12))
        self._headers.setFixedHeight(self._headers.fontMetrics().lineSpacing() * _LINES + px(20))
