"""Settings → Generation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.llm.models import GenerationParameters
from ai_coder.settings.schema import GenerationSettings
from ai_coder.ui.settings.form import Row
from ai_coder.ui.settings.tab import FormTab

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class GenerationTab(FormTab):
    """How answers are generated where a chat says nothing else."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.add_form(
            ("generation",),
            GenerationSettings,
            [
                Row(
                    "system_prompt",
                    self.tr("System prompt"),
                    placeholder=self.tr("For example: Answer briefly. Use Python 3.11."),
                    is_long=True,
                ),
                Row(
                    "context_length",
                    self.tr("Context window to ask for"),
                    self.tr("In tokens, where the server lets us choose it."),
                    placeholder=self.tr("As needed"),
                ),
            ],
        )
        unset = self.tr("Server's default")
        self.add_form(
            ("generation", "parameters"),
            GenerationParameters,
            [
                Row(
                    "temperature",
                    self.tr("Temperature"),
                    self.tr("0 repeats the likeliest words; higher values vary more."),
                    placeholder=unset,
                ),
                Row(
                    "top_p",
                    self.tr("Top P"),
                    self.tr("Choose among the likeliest words that sum up to this share."),
                    placeholder=unset,
                ),
                Row(
                    "top_k",
                    self.tr("Top K"),
                    self.tr("Choose among this many of the likeliest words."),
                    placeholder=unset,
                ),
                Row(
                    "min_p",
                    self.tr("Min P"),
                    self.tr("Leave out words this much less likely than the likeliest."),
                    placeholder=unset,
                ),
                Row(
                    "repeat_penalty",
                    self.tr("Repeat penalty"),
                    self.tr("Above 1 avoids words that were just used."),
                    placeholder=unset,
                ),
                Row(
                    "max_tokens",
                    self.tr("Longest answer"),
                    self.tr("In tokens; thinking counts too."),
                    placeholder=unset,
                ),
                Row(
                    "seed",
                    self.tr("Seed"),
                    self.tr("The same number gives the same answer where the server allows it."),
                    placeholder=self.tr("Random"),
                ),
                Row(
                    "stop",
                    self.tr("Stop at"),
                    self.tr("Texts that end an answer, with commas between them."),
                    placeholder=unset,
                ),
            ],
            self.tr("Parameters"),
        )
        self.column.addStretch()
