"""The panel beside a chat: how its answers are generated."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ai_coder.llm.models import GenerationParameters, ResponseFormat
from ai_coder.llm.parameters import USUAL_EFFORTS, unused_fields
from ai_coder.ui.chat.parameter_fields import (
    ChoiceParameter,
    NumberParameter,
    ParameterField,
    SchemaParameter,
    StopParameter,
    TextParameter,
)
from ai_coder.ui.chat.parameter_words import number_hints, parameter_title, response_formats
from ai_coder.ui.widgets.buttons import IconButton, button
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.elided_button import ElidedButton
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ai_coder.llm.templates import Template
    from ai_coder.ui.theme import Theme


class ParametersPanel(QFrame):
    """Shows what the model accepts and nothing else; says what the user changed.

    Values of fields that the present model does not take are kept for the next one.
    """

    changed = pyqtSignal(GenerationParameters, str)
    """The parameters and the system prompt, after each edit that can be used."""

    close_requested = pyqtSignal()
    template_chosen = pyqtSignal(str)
    """The name of a template to apply to this chat."""

    update_template_requested = pyqtSignal()
    """The template that the chat follows shall become what is set here."""

    save_template_requested = pyqtSignal()
    manage_templates_requested = pyqtSignal()
    try_requested = pyqtSignal()
    """The last prompt shall be answered again with these values."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parameters = GenerationParameters()
        self._told: tuple[GenerationParameters, str] = (self._parameters, "")
        self._accepted: frozenset[str] = frozenset()
        self._efforts: tuple[str, ...] = ()
        self._can_try = False
        self.setObjectName("parametersPanel")
        self.setProperty("look", "panel")
        self._theme = theme
        self._templates = ComboBox(theme, self.tr("Template"), self)
        self._templates.setObjectName("templateBox")
        self._update = ElidedButton("", "link", self)
        self._update.setObjectName("updateTemplateButton")
        self._save = button(self.tr("Save as template"), "link", self)
        self._save.setObjectName("saveTemplateButton")
        self._manage = button(self.tr("Edit templates"), "link", self)
        self._manage.setObjectName("manageTemplatesButton")
        self._cost = label("", "small", self, wrap=True)
        self._cost.setObjectName("chatCostLabel")
        self._try = button(self.tr("Try again with these"), "", self)
        self._try.setObjectName("tryAgainButton")
        self._reset_all = button(self.tr("Reset all"), "link", self)
        self._reset_all.setObjectName("resetParametersButton")
        self._unused = label("", "small", self, wrap=True)
        self._system_prompt = TextParameter(
            theme,
            "systemPrompt",
            self.tr("System prompt"),
            self.tr("For example: Answer briefly. Use Python 3.11."),
            lines=6,
            look="field",
        )
        self._fields = {field.name: field for field in self._make_fields()}
        self._schema = SchemaParameter(
            theme, "jsonSchema", self.tr("JSON schema"), "{ … }", lines=6, look="code"
        )
        self._lay_out()
        self._connect()
        self.set_templates(())
        self.set_changed_template("")
        self.set_can_try(False)
        self.set_cost("")

    @property
    def parameters(self) -> GenerationParameters:
        """What is set now, fields that the model does not take included.

        A field whose text cannot be used counts with its last value that could be.
        """
        return self._parameters

    @property
    def system_prompt(self) -> str:
        """The system prompt as written."""
        return self._system_prompt.text()

    def set_state(
        self,
        parameters: GenerationParameters,
        system_prompt: str,
        accepted: frozenset[str],
        reasoning_options: Sequence[str] = USUAL_EFFORTS,
    ) -> None:
        """Show the values of a chat and only the fields named in *accepted*; emits nothing.

        What is being typed stays as it is while it means these values already.
        """
        self._show_accepted(accepted, tuple(reasoning_options))
        is_news = (parameters, system_prompt) != (self._parameters, self.system_prompt)
        if is_news or not self._has_focus_inside():
            self._show_values(parameters, system_prompt)
        self._refresh()

    def set_templates(self, templates: Iterable[Template]) -> None:
        """Offer *templates*."""
        self._templates.clear()
        self._templates.addItem(self.tr("Apply a template…"), None)
        for template in templates:
            self._templates.addItem(template.title, template.name)
            tip = Qt.ItemDataRole.ToolTipRole
            self._templates.setItemData(self._templates.count() - 1, template.description, tip)
        self._templates.setCurrentIndex(0)

    def set_changed_template(self, title: str) -> None:
        """Offer to change the template that the chat follows; empty where it does as it says."""
        words = self.tr("Update “{template}”")
        self._update.set_text(words.format(template=title) if title else "")
        self._update.setVisible(bool(title))

    def set_cost(self, text: str) -> None:
        """Say what the chat cost so far; empty hides the line."""
        self._cost.setText(text)
        self._cost.setVisible(bool(text))

    def set_can_try(self, can_try: bool) -> None:
        """Offer to answer the last prompt again, unless something shown cannot be used."""
        self._can_try = can_try
        self._refresh()

    def _show_accepted(self, accepted: frozenset[str], efforts: tuple[str, ...]) -> None:
        choice = self._fields["reasoning_effort"]
        if efforts != self._efforts and isinstance(choice, ChoiceParameter):
            choice.set_choices([(option, option) for option in efforts])
        self._accepted, self._efforts = accepted, efforts
        for name, field in self._fields.items():
            field.setVisible(name in accepted)

    def _show_values(self, parameters: GenerationParameters, system_prompt: str) -> None:
        self._parameters = parameters
        self._told = (parameters, system_prompt)
        values = parameters.model_dump()
        for name, field in self._fields.items():
            value = values[name]
            is_default = value in ((), ResponseFormat.TEXT)
            field.set_value(None if is_default else value)
        self._schema.set_value(parameters.json_schema)
        self._system_prompt.set_value(system_prompt)

    def _has_focus_inside(self) -> bool:
        """Whether the user is at one of the fields."""
        focused = self.focusWidget()
        return focused is not None and focused.hasFocus() and self.isAncestorOf(focused)

    def _make_fields(self) -> list[ParameterField]:
        theme = self._theme
        formats = [
            (title, value.value)
            for title, value in response_formats()
            if value is not ResponseFormat.TEXT
        ]
        answer_as = ChoiceParameter(
            theme, "response_format", parameter_title("response_format"), self.tr("text"), formats
        )
        effort = ChoiceParameter(
            theme, "reasoning_effort", parameter_title("reasoning_effort"), self.tr("default")
        )
        stop = StopParameter(
            theme, "stop", parameter_title("stop"), self.tr("One text in each line"), lines=2
        )
        numbers = [
            NumberParameter(theme, name, parameter_title(name), hint)
            for name, hint in number_hints()
        ]
        return [*numbers, effort, stop, answer_as]

    def _lay_out(self) -> None:
        theme = self._theme
        close = IconButton(theme, "close", self.tr("Close the parameters"), self)
        close.setObjectName("closeParametersButton")
        close.clicked.connect(self.close_requested)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Parameters"), "heading", self), 1)
        head.addWidget(close)
        page = QWidget()
        page.setProperty("look", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(theme.px(16), 0, theme.px(16), theme.px(16))
        column.setSpacing(theme.px(10))
        column.addWidget(self._templates)
        column.addWidget(self._system_prompt)
        for field in self._fields.values():
            column.addWidget(field)
        column.addWidget(self._schema)
        column.addWidget(self._unused)
        links = QHBoxLayout()
        links.addWidget(self._save)
        links.addStretch()
        links.addWidget(self._manage)
        column.addWidget(self._reset_all, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._update, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(links)
        column.addStretch()
        scroll = QScrollArea(self)
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, theme.px(10), 0, theme.px(12))
        outer.setSpacing(theme.px(10))
        head.setContentsMargins(theme.px(16), 0, theme.px(10), 0)
        outer.addLayout(head)
        outer.addWidget(scroll, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(theme.px(16), 0, theme.px(16), 0)
        foot.addWidget(self._cost)
        foot.addWidget(self._try)
        outer.addLayout(foot)
        links_in_order = (self._reset_all, self._update, self._save, self._manage)
        for before, after in pairwise((self._schema, *links_in_order, self._try)):
            self.setTabOrder(before, after)

    def _connect(self) -> None:
        for field in (*self._fields.values(), self._schema, self._system_prompt):
            field.changed.connect(self._edited)
        self._templates.activated.connect(self._choose_template)
        self._update.clicked.connect(self.update_template_requested)
        self._save.clicked.connect(self.save_template_requested)
        self._manage.clicked.connect(self.manage_templates_requested)
        self._try.clicked.connect(self.try_requested)
        self._reset_all.clicked.connect(self._reset_everything)

    @pyqtSlot()
    def _edited(self) -> None:
        self._parameters = self._collected()
        self._refresh()
        told = (self._parameters, self.system_prompt)
        if told != self._told:
            self._told = told
            self.changed.emit(*told)

    @pyqtSlot(int)
    def _choose_template(self, index: int) -> None:
        name = self._templates.itemData(index)
        self._templates.setCurrentIndex(0)
        if isinstance(name, str):
            self.template_chosen.emit(name)

    @pyqtSlot()
    def _reset_everything(self) -> None:
        for field in (*self._fields.values(), self._schema):
            field.set_value(None)
        self._edited()

    def _collected(self) -> GenerationParameters:
        """Return what is set; a field with a problem keeps its last good value."""
        before = self._parameters
        fields = self._fields | {"json_schema": self._schema}
        values = {
            name: getattr(before, name) if field.problem() else field.value()
            for name, field in fields.items()
        }
        set_values = {name: value for name, value in values.items() if value is not None}
        return GenerationParameters.model_validate(set_values)

    def _refresh(self) -> None:
        wants_schema = self._parameters.response_format is ResponseFormat.JSON_SCHEMA
        self._schema.setVisible(wants_schema and "response_format" in self._accepted)
        unused = unused_fields(self._parameters, self._accepted)
        one = self.tr("One value that is set is not used by this model.")
        many = self.tr("%1 values that are set are not used by this model.")
        self._unused.setText(one if len(unused) == 1 else many.replace("%1", str(len(unused))))
        self._unused.setVisible(bool(unused))
        is_changed = self._parameters != GenerationParameters()
        self._reset_all.setEnabled(is_changed)
        self._reset_all.setVisible(is_changed)
        fields = (*self._fields.values(), self._schema)
        has_problem = any(field.problem() for field in fields if not field.isHidden())
        self._try.setEnabled(self._can_try and not has_problem)
