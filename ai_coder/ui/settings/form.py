"""Rows of a form, made from the fields of a settings section.

The kind of editor, its limits and the help text come from the field; a row adds the label
and, where values have names of their own, those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import annotated_types
from PyQt6.QtCore import QCoreApplication, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from ai_coder.ui.settings.form_fields import (
    ChoiceEditor,
    ListEditor,
    LongTextEditor,
    NumberEditor,
    OptionalNumberEditor,
    SwitchEditor,
    TextEditor,
    ValueEditor,
)
from ai_coder.ui.settings.model_editor import ModelEditor
from ai_coder.ui.widgets.label import hairline, label
from ai_coder.ui.widgets.look import set_look
from ai_coder.ui.widgets.switch import RING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo
    from PyQt6.QtGui import QResizeEvent

    from ai_coder.ui.theme import Theme

_NARROW_BELOW = 520
_FIELD_WIDTH = 240
"""Design pixels."""


@dataclass(frozen=True, slots=True)
class Row:
    """How one field is shown; `choices` names the values of an enumeration."""

    name: str
    label: str
    help: str = ""
    """Used where the field's docstring would not help the reader of the form."""

    choices: Mapping[str, str] = field(default_factory=dict)
    placeholder: str = ""
    suffix: str = ""
    is_long: bool = False
    is_model: bool = False
    """Whether the text is the ref of a model, chosen from what the servers offer."""


class Form(QFrame):
    """A card of rows that edits some fields of one pydantic model."""

    changed = pyqtSignal()

    def __init__(
        self,
        theme: Theme,
        model: type[BaseModel],
        rows: Sequence[Row],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._editors: dict[str, ValueEditor] = {}
        self._problems: dict[str, QLabel] = {}
        self._grids: dict[str, QGridLayout] = {}
        self._is_narrow: bool | None = None
        self.setProperty("look", "card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)
        for position, row in enumerate(rows):
            if position:
                self._column.addWidget(hairline(self))
            self._add(row, model.model_fields[row.name])
        theme.changed.connect(self._space)
        self._space()

    def values(self) -> dict[str, object]:
        """Return the fields as edited; meaningless while there are problems."""
        return {name: editor.value() for name, editor in self._editors.items()}

    def show_values(self, section: BaseModel) -> None:
        """Show the fields of *section*."""
        self.blockSignals(True)
        for name, editor in self._editors.items():
            editor.set_value(getattr(section, name))
        self.blockSignals(False)
        self._judge()

    def problems(self) -> list[str]:
        """Return what is wrong with what was typed."""
        return [problem for editor in self._editors.values() if (problem := editor.problem())]

    def editor(self, name: str) -> ValueEditor:
        """Return the editor of a field; raises KeyError."""
        return self._editors[name]

    def _add(self, row: Row, info: FieldInfo) -> None:
        editor = _editor_for(self._theme, row, info)
        editor.setParent(self)
        editor.editor.setObjectName(f"{row.name}Edit")
        told = row.help or help_text(info)
        editor.editor.setAccessibleDescription(told)
        title = label(row.label, "", self)
        help_label = label(told, "small", self, wrap=True)
        help_label.setVisible(bool(told))
        problem = label("", "failed", self, wrap=True)
        problem.hide()
        words = QWidget(self)
        texts = QVBoxLayout(words)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setSpacing(2)
        texts.addWidget(title)
        texts.addWidget(help_label)
        texts.addWidget(problem)
        grid = QGridLayout()
        grid.addWidget(words, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(0, 1)
        self._column.addLayout(grid)
        self._grids[row.name] = grid
        self._editors[row.name] = editor
        self._problems[row.name] = problem
        editor.changed.connect(self._changed)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Put the editors below their labels where there is no room beside them."""
        super().resizeEvent(event)
        self._place_editors()

    def _place_editors(self) -> None:
        is_narrow = self.width() < self._theme.px(_NARROW_BELOW)
        if is_narrow is self._is_narrow:
            return
        self._is_narrow = is_narrow
        middle = Qt.AlignmentFlag.AlignVCenter
        for name, editor in self._editors.items():
            grid = self._grids[name]
            grid.removeWidget(editor)
            if editor.is_wide:
                grid.addWidget(editor, 1, 0, 1, 2)
            elif is_narrow:
                grid.addWidget(editor, 1, 0, 1, 2, Qt.AlignmentFlag.AlignLeft | middle)
            else:
                grid.addWidget(editor, 0, 1, Qt.AlignmentFlag.AlignRight | middle)

    @pyqtSlot()
    def _changed(self) -> None:
        self._judge()
        self.changed.emit()

    def _judge(self) -> None:
        for name, editor in self._editors.items():
            words = editor.problem()
            shown = self._problems[name]
            shown.setText(words)
            shown.setVisible(bool(words))
            set_look(editor.editor, bool(words), name="invalid")

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        for grid in self._grids.values():
            grid.setContentsMargins(px(16), px(12), px(16) - RING, px(12))
            grid.setHorizontalSpacing(px(24))
            grid.setVerticalSpacing(px(8))
        for editor in self._editors.values():
            if editor.is_field:
                editor.setFixedWidth(px(_FIELD_WIDTH) + RING)
        self._place_editors()


def help_text(info: FieldInfo) -> str:
    """Return the field's docstring in the user's language, on one line."""
    words = " ".join((info.description or "").split())
    return QCoreApplication.translate("settings", words) if words else ""


def _editor_for(theme: Theme, row: Row, info: FieldInfo) -> ValueEditor:
    kind, is_optional = _plain_type(info.annotation)
    limits = _limits(info)
    if kind is bool:
        return SwitchEditor(theme, row.label)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        choices: list[tuple[str, object]] = [
            (row.choices.get(member.value, _words(member.value)), member) for member in kind
        ]
        return ChoiceEditor(theme, row.label, choices)
    if kind in (int, float) and is_optional:
        return OptionalNumberEditor(
            row.label,
            is_whole=kind is int,
            low=limits.get("low"),
            high=limits.get("high"),
            is_low_allowed="above" not in limits,
            placeholder=row.placeholder,
        )
    if kind is int:
        low, high = int(limits.get("low", 0)), int(limits.get("high", 1_000_000))
        return NumberEditor(row.label, low, high, row.suffix)
    if kind is tuple:
        return ListEditor(row.label, row.placeholder)
    if row.is_model:
        return ModelEditor(theme, row.label)
    if row.is_long:
        return LongTextEditor(theme, row.label, row.placeholder)
    return TextEditor(row.label, is_optional=is_optional, placeholder=row.placeholder)


def _plain_type(annotation: Any) -> tuple[Any, bool]:  # noqa: ANN401  # a type expression
    """Return the type without `None`, and whether None is allowed."""
    if get_origin(annotation) in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        return _plain_type(members[0])[0], NoneType in get_args(annotation)
    return get_origin(annotation) or annotation, False


def _limits(info: FieldInfo) -> dict[str, float]:
    limits: dict[str, Any] = {}
    for limit in info.metadata:
        match limit:
            case annotated_types.Ge(ge=low):
                limits["low"] = low
            case annotated_types.Gt(gt=low):
                limits["low"] = limits["above"] = low
            case annotated_types.Le(le=high):
                limits["high"] = high
            case _:
                pass
    return limits


def _words(value: str) -> str:
    return value.replace("_", " ").capitalize()
