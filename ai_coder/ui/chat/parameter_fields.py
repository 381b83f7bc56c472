"""One row of the parameters panel for each kind of value; an empty row is the server's default."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QGridLayout, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from ai_coder.llm.parameters import Limits, limits_of
from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.theme import Theme


_NARROW = 112


class ParameterField(QWidget):
    """A label, an editor, and a button that returns to the server's default.

    `problem` says in words why what was typed cannot be used.
    """

    changed = pyqtSignal()

    def __init__(
        self, theme: Theme, name: str, title: str, editor: QWidget, *, is_wide: bool = False
    ) -> None:
        super().__init__()
        self.name = name
        self._theme = theme
        self._editor = editor
        self._label = label(title, "muted", self)
        self._label.setBuddy(editor)
        editor.setAccessibleName(title)
        editor.setObjectName(f"{name}Field")
        self.setFocusProxy(editor)
        self._reset = IconButton(theme, "undo", self.tr("Use the server's default"), self, size=14)
        self._reset.setObjectName(f"{name}Reset")
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(policy)
        self._reset.clicked.connect(self.reset)
        self._problem = label("", "failed", self, wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(6))
        grid.setVerticalSpacing(theme.px(4))
        grid.setColumnStretch(0, 1)
        grid.addWidget(self._label, 0, 0)
        if is_wide:
            grid.addWidget(self._reset, 0, 2)
            grid.addWidget(editor, 1, 0, 1, 3)
        else:
            theme.changed.connect(self._fit)
            self._fit()
            grid.addWidget(editor, 0, 1)
            grid.addWidget(self._reset, 0, 2)
        grid.addWidget(self._problem, 2, 0, 1, 3)
        self._refresh()

    @abstractmethod
    def value(self) -> object:
        """Return what was set, None for the server's default or while there is a problem."""

    @abstractmethod
    def set_value(self, value: object) -> None:
        """Show *value* without a signal; None is the server's default."""

    @abstractmethod
    def problem(self) -> str:
        """Return what is wrong with what was typed, or an empty string."""

    def is_set(self) -> bool:
        """Whether it differs from the server's default."""
        return self.value() is not None

    @pyqtSlot()
    def reset(self) -> None:
        """Return to the server's default."""
        self.set_value(None)
        self._edited()

    @pyqtSlot()
    def _fit(self) -> None:
        self._editor.setFixedWidth(self._theme.px(_NARROW))

    @pyqtSlot()
    def _edited(self) -> None:
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        problem = self.problem()
        marked = self.is_set() or bool(problem)
        self._reset.setVisible(marked)
        self._label.setProperty("look", "strong" if marked else "muted")
        self._editor.setProperty("invalid", bool(problem))
        self._editor.setAccessibleDescription(
            problem or (self.tr("changed") if marked else self.tr("server's default"))
        )
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        for widget in (self._label, self._editor):
            style = widget.style()
            if style is not None:
                style.unpolish(widget)
                style.polish(widget)


class NumberParameter(ParameterField):
    """A number, or nothing."""

    def __init__(self, theme: Theme, name: str, title: str, hint: str) -> None:
        self._line = QLineEdit()
        self._line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._limits: Limits = limits_of(name)
        super().__init__(theme, name, title, self._line)
        self._line.setPlaceholderText(self.tr("default"))
        self._line.setToolTip(hint)
        self._line.textEdited.connect(self._edited)

    def value(self) -> float | int | None:
        """Return the number."""
        number = self._number()
        return number if number is not None and self._limits.allows(number) else None

    def set_value(self, value: object) -> None:
        """Show *value*."""
        self._line.setText(f"{value:g}" if isinstance(value, float) else str(value or ""))
        if isinstance(value, int) and not isinstance(value, bool):
            self._line.setText(str(value))
        self._refresh()

    def problem(self) -> str:
        """Return what is wrong."""
        if not self._line.text().strip() or self.value() is not None:
            return ""
        low, high = self._limits.low, self._limits.high
        if self._number() is None:
            return self.tr("A whole number.") if self._limits.is_whole else self.tr("A number.")
        if high is None:
            return self.tr("At least %1.").replace("%1", f"{low:g}")
        return self.tr("From %1 to %2.").replace("%1", f"{low:g}").replace("%2", f"{high:g}")

    def _number(self) -> float | int | None:
        text = self._line.text().strip().replace(",", ".")
        try:
            return int(text) if self._limits.is_whole else float(text)
        except ValueError:
            return None


class ChoiceParameter(ParameterField):
    """One of a few values, or the server's default."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        title: str,
        unset: str,
        choices: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._box = ComboBox(theme, title)
        self._unset = unset
        super().__init__(theme, name, title, self._box)
        self._box.activated.connect(self._edited)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer (text, value) pairs; a value that holds and is none of them is kept."""
        kept = self.value()
        self._box.clear()
        self._box.add_choices([(self._unset, None), *choices])
        self.set_value(kept)

    def value(self) -> str | None:
        """Return the choice."""
        chosen = self._box.currentData()
        return chosen if isinstance(chosen, str) else None

    def set_value(self, value: object) -> None:
        """Choose *value*."""
        if value is not None and self._box.findData(value) < 0:
            self._box.addItem(str(value), value)
        self._box.setCurrentIndex(0 if value is None else self._box.findData(value))
        self._refresh()

    def problem(self) -> str:
        """Return nothing: every choice is good."""
        return ""


class TextParameter(ParameterField):
    """Some lines of text, or none."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        title: str,
        placeholder: str,
        *,
        lines: int,
        look: str = "field",
    ) -> None:
        self._edit = QPlainTextEdit()
        self._edit.setProperty("look", look)
        self._edit.setTabChangesFocus(True)
        self._edit.setPlaceholderText(placeholder)
        self._edit.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        super().__init__(theme, name, title, self._edit, is_wide=True)
        self._lines = lines
        self._is_code = look == "code"
        self._edit.textChanged.connect(self._edited)
        theme.changed.connect(self._resize)
        self._resize()

    def text(self) -> str:
        """Return what is written."""
        return self._edit.toPlainText()

    def value(self) -> object:
        """Return the text."""
        return self.text() or None

    def set_value(self, value: object) -> None:
        """Show *value*."""
        text = str(value or "")
        if text != self.text():
            was_blocked = self._edit.blockSignals(True)
            self._edit.setPlainText(text)
            self._edit.blockSignals(was_blocked)
        self._refresh()

    def problem(self) -> str:
        """Return nothing: every text is good."""
        return ""

    @pyqtSlot()
    def _resize(self) -> None:
        self._edit.setFont(self._theme.code_font(12) if self._is_code else self._theme.font(13))
        line = self._edit.fontMetrics().lineSpacing()
        height = line * self._lines + self._theme.px(24)
        self._edit.setFixedHeight(height)
        grid = self.layout()
        if isinstance(grid, QGridLayout):  # the style sheet has a smaller minimum for the field
            grid.setRowMinimumHeight(1, height)


class StopParameter(TextParameter):
    r"""Texts that end an answer, one in each line; `\n` stands for a line break."""

    def value(self) -> tuple[str, ...] | None:
        """Return the texts."""
        lines = [line.replace("\\n", "\n") for line in self.text().split("\n") if line]
        return tuple(lines) or None

    def set_value(self, value: object) -> None:
        """Show *value*."""
        texts = value if isinstance(value, tuple) else ()
        super().set_value("\n".join(text.replace("\n", "\\n") for text in texts))


class SchemaParameter(TextParameter):
    """A JSON schema."""

    def value(self) -> dict[str, object] | None:
        """Return the schema."""
        try:
            schema = json.loads(self.text())
        except ValueError:
            return None
        return schema if isinstance(schema, dict) else None

    def set_value(self, value: object) -> None:
        """Show *value*."""
        if value is None or value != self.value():
            super().set_value(json.dumps(value, indent=2, ensure_ascii=False) if value else "")

    def problem(self) -> str:
        """Return what is wrong."""
        if self.text().strip() and self.value() is None:
            return self.tr("This is not a JSON object.")
        return ""
