"""Editors for one value of the settings: each shows, returns and judges it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.number_field import NumberField
from ai_coder.ui.widgets.segmented import Segmented
from ai_coder.ui.widgets.switch import RING, Switch

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_MOST_SEGMENTS = 4


class ValueEditor(QWidget):
    """Edits one value. `problem` says in words what is wrong with what was typed."""

    changed = pyqtSignal()
    is_wide = False
    """Whether the editor stands below its label even where there is room beside it."""

    is_field = True
    """Whether it has a frame, and the width of all such frames of a form."""

    def __init__(self, editor: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = editor
        self.setFocusProxy(editor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0 if isinstance(editor, Switch) else RING, 0)
        layout.addWidget(editor, 0, Qt.AlignmentFlag.AlignVCenter)

    @abstractmethod
    def value(self) -> object:
        """Return the value; meaningless while there is a problem."""

    @abstractmethod
    def set_value(self, value: object) -> None:
        """Show *value*."""

    def problem(self) -> str:
        """Return what is wrong, or an empty string."""
        return ""


class SwitchEditor(ValueEditor):
    """On or off."""

    is_field = False

    def __init__(self, theme: Theme, name: str) -> None:
        self._switch = Switch(theme, name)
        super().__init__(self._switch)
        self._switch.toggled.connect(lambda _on: self.changed.emit())

    def value(self) -> bool:
        """Return whether it is on."""
        return self._switch.isChecked()

    def set_value(self, value: object) -> None:
        """Show *value*."""
        self._switch.setChecked(bool(value))


class ChoiceEditor(ValueEditor):
    """One of a few values, side by side while they are few and in a dropdown otherwise."""

    def __init__(self, theme: Theme, name: str, choices: list[tuple[str, object]]) -> None:
        self._segments: Segmented | None = None
        self._box: ComboBox | None = None
        if len(choices) <= _MOST_SEGMENTS:
            self.is_field = False
            self._segments = Segmented(name, choices)
            super().__init__(self._segments)
            self._segments.chosen.connect(lambda _value: self.changed.emit())
        else:
            self._box = ComboBox(theme, name)
            self._box.add_choices(choices)
            super().__init__(self._box)
            self._box.activated.connect(lambda _index: self.changed.emit())

    def value(self) -> object:
        """Return the value chosen."""
        if self._segments is not None:
            return self._segments.value()
        return self._box.currentData() if self._box is not None else None

    def set_value(self, value: object) -> None:
        """Choose *value*."""
        if self._segments is not None:
            self._segments.choose(value)
        elif self._box is not None:
            self._box.choose(value)


class NumberEditor(ValueEditor):
    """A whole number within limits."""

    def __init__(self, name: str, low: int, high: int, suffix: str = "") -> None:
        self._spin = NumberField(name)
        super().__init__(self._spin)
        self._spin.setRange(low, high)
        self._spin.setSuffix(suffix)
        self._spin.valueChanged.connect(lambda _value: self.changed.emit())

    def value(self) -> int:
        """Return the number."""
        return self._spin.value()

    def set_value(self, value: object) -> None:
        """Show *value*."""
        if isinstance(value, int):
            self._spin.setValue(value)


class OptionalNumberEditor(ValueEditor):
    """A number, or nothing: an empty field is None."""

    def __init__(
        self,
        name: str,
        *,
        is_whole: bool,
        low: float | None,
        high: float | None,
        is_low_allowed: bool = True,
        placeholder: str = "",
    ) -> None:
        self._edit = QLineEdit()
        super().__init__(self._edit)
        self._is_whole = is_whole
        self._low, self._high = low, high
        self._is_low_allowed = is_low_allowed
        self._edit.setAccessibleName(name)
        self._edit.setPlaceholderText(placeholder)
        self._edit.textChanged.connect(lambda _text: self.changed.emit())

    def value(self) -> float | int | None:
        """Return the number, None for an empty field."""
        text = self._edit.text().strip().replace(",", ".")
        if not text or self.problem():
            return None
        return int(text) if self._is_whole else float(text)

    def set_value(self, value: object) -> None:
        """Show *value*."""
        self._edit.setText(
            "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        )

    def problem(self) -> str:
        """Say what is wrong with the number."""
        text = self._edit.text().strip().replace(",", ".")
        if not text:
            return ""
        try:
            number = int(text) if self._is_whole else float(text)
        except ValueError:
            return (
                self.tr("Enter a whole number, or leave it empty.")
                if self._is_whole
                else self.tr("Enter a number, or leave it empty.")
            )
        if self._low is not None and (
            number < self._low or (number == self._low and not self._is_low_allowed)
        ):
            words = (
                self.tr("The smallest value is {n}.")
                if self._is_low_allowed
                else self.tr("Enter more than {n}.")
            )
            return words.format(n=f"{self._low:g}")
        if self._high is not None and number > self._high:
            return self.tr("The largest value is {n}.").format(n=f"{self._high:g}")
        return ""


class TextEditor(ValueEditor):
    """One line of text; where None is allowed, an empty field is None."""

    def __init__(self, name: str, *, is_optional: bool, placeholder: str = "") -> None:
        self._edit = QLineEdit()
        super().__init__(self._edit)
        self._is_optional = is_optional
        self._edit.setAccessibleName(name)
        self._edit.setPlaceholderText(placeholder)
        self._edit.textChanged.connect(lambda _text: self.changed.emit())

    def value(self) -> str | None:
        """Return the text."""
        text = self._edit.text().strip()
        return None if self._is_optional and not text else text

    def set_value(self, value: object) -> None:
        """Show *value*."""
        self._edit.setText("" if value is None else str(value))


class LongTextEditor(ValueEditor):
    """Several lines of text."""

    is_wide = True
    is_field = False

    def __init__(self, theme: Theme, name: str, placeholder: str = "") -> None:
        self._edit = QPlainTextEdit()
        super().__init__(self._edit)
        self._theme = theme
        self._edit.setProperty("look", "field")
        self._edit.setAccessibleName(name)
        self._edit.setPlaceholderText(placeholder)
        self._edit.setTabChangesFocus(True)
        self._edit.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._edit.textChanged.connect(self.changed)
        theme.changed.connect(self._refresh)
        self._refresh()

    def value(self) -> str:
        """Return the text."""
        return self._edit.toPlainText()

    def set_value(self, value: object) -> None:
        """Show *value*."""
        if value != self._edit.toPlainText():
            self._edit.setPlainText(str(value or ""))

    def _refresh(self) -> None:
        self._edit.setFixedHeight(self._theme.px(96))


class ListEditor(ValueEditor):
    """Short texts with commas between them."""

    def __init__(self, name: str, placeholder: str = "") -> None:
        self._edit = QLineEdit()
        super().__init__(self._edit)
        self._edit.setAccessibleName(name)
        self._edit.setPlaceholderText(placeholder)
        self._edit.textChanged.connect(lambda _text: self.changed.emit())

    def value(self) -> tuple[str, ...]:
        """Return the parts."""
        parts = (part.strip() for part in self._edit.text().split(","))
        return tuple(part for part in parts if part)

    def set_value(self, value: object) -> None:
        """Show *value*."""
        if isinstance(value, tuple) and value != self.value():
            self._edit.setText(", ".join(str(part) for part in value))
