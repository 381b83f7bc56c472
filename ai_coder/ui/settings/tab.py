"""What every tab of the settings has in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, TypeVar

from PyQt6.QtCore import pyqtSignal

from ai_coder.ui.settings.form import Form, Row
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.page import ScrollPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from ai_coder.settings.schema import Settings
    from ai_coder.ui.theme import Theme

_Model = TypeVar("_Model", bound="BaseModel")


class SettingsTab(ScrollPage):
    """Shows a part of the settings and returns it as edited."""

    changed = pyqtSignal()

    @abstractmethod
    def show_settings(self, settings: Settings) -> None:
        """Show the values of *settings*."""

    @abstractmethod
    def collect(self, settings: Settings) -> Settings:
        """Return *settings* with this tab's values; raises ValueError while there are problems."""

    def problems(self) -> list[str]:
        """Return what is wrong with what was typed, in words."""
        return []


class FormTab(SettingsTab):
    """A tab of forms, each of which edits one section of the settings."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._theme = theme
        self._forms: list[tuple[tuple[str, ...], Form]] = []

    def add_form(
        self, path: tuple[str, ...], model: type[BaseModel], rows: Sequence[Row], title: str = ""
    ) -> Form:
        """Append a form for the section at *path*, such as `("generation", "parameters")`."""
        if title:
            self.column.addWidget(label(title, "strong", self))
        form = Form(self._theme, model, rows, self)
        form.changed.connect(self.changed)
        self.column.addWidget(form)
        self._forms.append((path, form))
        return form

    def show_settings(self, settings: Settings) -> None:
        """Show the values of *settings* in every form."""
        for path, form in self._forms:
            section: BaseModel = settings
            for name in path:
                section = getattr(section, name)
            form.show_values(section)

    def collect(self, settings: Settings) -> Settings:
        """Return *settings* with the values of every form."""
        for path, form in self._forms:
            settings = _replaced(settings, path, form.values())
        return settings

    def problems(self) -> list[str]:
        """Return the problems of every form."""
        return [problem for _, form in self._forms for problem in form.problems()]


def _replaced(model: _Model, path: tuple[str, ...], values: dict[str, object]) -> _Model:
    if not path:
        return model.model_copy(update=values)
    inner = _replaced(getattr(model, path[0]), path[1:], values)
    return model.model_copy(update={path[0]: inner})
