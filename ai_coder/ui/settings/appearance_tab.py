"""Settings → Appearance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.settings.schema import AppearanceSettings
from ai_coder.ui.settings.form import Row
from ai_coder.ui.settings.tab import FormTab

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class AppearanceTab(FormTab):
    """How the application looks."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.add_form(
            ("appearance",),
            AppearanceSettings,
            [
                Row(
                    "theme",
                    self.tr("Theme"),
                    choices={
                        "system": self.tr("System"),
                        "light": self.tr("Light"),
                        "dark": self.tr("Dark"),
                    },
                ),
                Row(
                    "zoom",
                    self.tr("Zoom"),
                    self.tr("Size of everything; Ctrl + and Ctrl −."),
                    suffix=" %",
                ),
                Row("code_font_size", self.tr("Size of code"), suffix=self.tr(" px")),
                Row("wrap_code", self.tr("Wrap long lines of code")),
                Row("reduced_motion", self.tr("Reduced motion")),
            ],
        )
        self.column.addStretch()
