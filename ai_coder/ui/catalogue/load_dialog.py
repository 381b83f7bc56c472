"""Asks with which context window a model is to be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ai_coder.ui.number_text import size_text, token_text
from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.card import InfoCard
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.label import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.llm.load_options import LoadChoices, LoadOption
    from ai_coder.llm.models import ModelConfig
    from ai_coder.ui.theme import Theme

_STEPS = tuple(1024 * 2**power for power in range(2, 11))


class LoadDialog(QDialog):
    """Offers windows up to the model's own maximum.

    `estimate_requested` carries (ref, context length or None) whenever the choice changes; the
    owner answers, soon or late, with `set_estimate`. Nothing waits for it.
    """

    load_requested = pyqtSignal(str, object, object)
    """Model ref, context length or None, and the chosen `LoadOption`s by name."""

    estimate_requested = pyqtSignal(str, object)

    def __init__(
        self,
        theme: Theme,
        model: ModelConfig,
        server: str,
        parent: QWidget | None = None,
        options: Sequence[LoadOption] = (),
        chosen: LoadChoices | None = None,
    ) -> None:
        """Ask about *model*; *chosen* is what was chosen the last time."""
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self.setObjectName("loadDialog")
        self.setWindowTitle(self.tr("Load {model}").format(model=model.display_name))
        parts = [
            server,
            model.quantization,
            size_text(model.size_bytes) if model.size_bytes else "",
        ]
        self._facts = label(" · ".join(part for part in parts if part), "muted", self)
        self._window = ComboBox(theme, self.tr("Context window"), self)
        self._window.setObjectName("loadContextPicker")
        self._window.add_choices(self._choices())
        fitting = [option for option in options if option.fits(model)]
        last = chosen or {}
        self._options = {
            option.name: self._picker_of(option, last.get(option.name)) for option in fitting
        }
        self._labels = [_translated(option.label) for option in fitting]
        self._hint = label(
            self.tr("A larger window remembers more of the chat and of files, and needs memory."),
            "small",
            self,
            wrap=True,
        )
        self._estimate = InfoCard(theme, self)
        self._estimate.setObjectName("memoryEstimate")
        self._estimate.hide()
        self._cancel = button(self.tr("Cancel"), "", self)
        self._load = button(self.tr("Load"), "primary", self)
        self._load.setObjectName("loadButton")
        self._load.setDefault(True)
        self._cancel.clicked.connect(self.reject)
        self._load.clicked.connect(self._finish)
        self._window.currentIndexChanged.connect(self.ask_for_estimate)
        self._lay_out()

    @property
    def ref(self) -> str:
        """The model this dialog is about."""
        return self._model.ref

    @property
    def context_length(self) -> int | None:
        """The window chosen; None leaves it to the server."""
        chosen = self._window.currentData()
        return chosen if isinstance(chosen, int) else None

    def set_estimate(
        self, context_length: int | None, title: str, text: str = "", *, role: str = "off"
    ) -> None:
        """Show what loading with *context_length* needs; answers to old choices are dropped."""
        if context_length != self.context_length:
            return
        self._estimate.set_content(role, title, text)
        self._estimate.show()
        self.adjustSize()

    @pyqtSlot()
    def ask_for_estimate(self) -> None:
        """Ask the owner what the present choice needs."""
        self._estimate.hide()
        self.estimate_requested.emit(self._model.ref, self.context_length)

    @pyqtSlot()
    def _finish(self) -> None:
        chosen = {name: picker.currentData() for name, picker in self._options.items()}
        options = {name: value for name, value in chosen.items() if value is not None}
        self.load_requested.emit(self._model.ref, self.context_length, options)
        self.accept()

    def _picker_of(self, option: LoadOption, last: object) -> ComboBox:
        picker = ComboBox(self._theme, _translated(option.label), self)
        picker.setObjectName(f"loadOption_{option.name}")
        choices: list[tuple[str, object]] = [(self.tr("The server's choice"), None)]
        choices += [(_translated(text), value) for text, value in option.choices]
        picker.add_choices(choices)
        if last in [value for _text, value in option.choices]:
            picker.choose(last)
        return picker

    def _choices(self) -> list[tuple[str, object]]:
        longest = self._model.context_length
        steps = [step for step in _STEPS if longest is None or step < longest]
        choices: list[tuple[str, object]] = [(self.tr("The server's choice"), None)]
        choices += [(self.tr("{n} tokens").format(n=token_text(step)), step) for step in steps]
        if longest is not None:
            words = self.tr("{n} tokens, the model's maximum")
            choices.append((words.format(n=token_text(longest)), longest))
        return choices

    def _lay_out(self) -> None:
        px = self._theme.px
        self.setMinimumWidth(px(540))
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._load)
        rows = QGridLayout()
        rows.setHorizontalSpacing(px(16))
        rows.setVerticalSpacing(px(8))
        rows.setColumnStretch(1, 1)
        titles = [self.tr("Context window"), *self._labels]
        pickers = [self._window, *self._options.values()]
        for line, (text, picker) in enumerate(zip(titles, pickers, strict=True)):
            rows.addWidget(label(text, "", self), line, 0)
            rows.addWidget(picker, line, 1)
        title = self.tr("Load {model}").format(model=self._model.display_name)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(10))
        column.addWidget(label(title, "heading", self, wrap=True))
        column.addWidget(self._facts)
        column.addSpacing(px(6))
        column.addLayout(rows)
        column.addWidget(self._hint)
        column.addWidget(self._estimate)
        column.addStretch()
        column.addLayout(buttons)


def _translated(text: str) -> str:
    return QCoreApplication.translate("load_options", text)
