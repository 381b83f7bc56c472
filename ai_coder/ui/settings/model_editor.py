"""Edits which model something uses: a dropdown of what the servers offer now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.ui.settings.form_fields import ValueEditor
from ai_coder.ui.widgets.combo_box import ComboBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.theme import Theme


class ModelEditor(ValueEditor):
    """One model by its ref, or None for none in particular.

    A model that no server offers now stays chosen, and says so.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        self._box = ComboBox(theme, name)
        super().__init__(self._box)
        self._models: list[tuple[str, str]] = []
        self._box.activated.connect(lambda _index: self.changed.emit())
        self._fill(None)

    def value(self) -> str | None:
        """Return the ref, None for none in particular."""
        chosen = self._box.currentData()
        return chosen if isinstance(chosen, str) else None

    def set_value(self, value: object) -> None:
        """Show *value*."""
        self._fill(value if isinstance(value, str) and value else None)

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """Offer (words, ref) of these models; the choice stays."""
        if list(models) != self._models:
            self._models = list(models)
            self._fill(self.value())

    def _fill(self, chosen: str | None) -> None:
        choices: list[tuple[str, object]] = [(self.tr("The first that can answer"), None)]
        choices += self._models
        if chosen is not None and chosen not in [ref for _, ref in self._models]:
            name = chosen.partition("/")[2] or chosen
            choices.append((self.tr("{name} (not available)").format(name=name), chosen))
        self._box.clear()
        self._box.add_choices(choices)
        self._box.setCurrentIndex(self._box.findData(chosen) if chosen is not None else 0)
