"""Settings → General."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_coder.settings.schema import CostSettings, GeneralSettings
from ai_coder.ui.settings.form import Row
from ai_coder.ui.settings.model_editor import ModelEditor
from ai_coder.ui.settings.tab import FormTab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.theme import Theme


class GeneralTab(FormTab):
    """How the application starts and how a chat is written."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        form = self.add_form(
            ("general",),
            GeneralSettings,
            [
                Row(
                    "default_model",
                    self.tr("Model of new chats"),
                    self.tr("Chats that are open keep theirs."),
                    is_model=True,
                ),
                Row(
                    "send_key",
                    self.tr("Send with"),
                    choices={"enter": self.tr("Enter"), "ctrl_enter": self.tr("Ctrl+Enter")},
                ),
                Row("reopen_last_chat", self.tr("Reopen the last chat")),
                Row(
                    "desktop_notices",
                    self.tr("Tell when a long answer is ready"),
                    self.tr(
                        "By a notification, with the name of the chat, when you are elsewhere."
                    ),
                ),
                Row(
                    "titles",
                    self.tr("Names of new chats"),
                    choices={
                        "first_words": self.tr("First words"),
                        "local_model": self.tr("Local model"),
                    },
                ),
                Row(
                    "fallback",
                    self.tr("When a server is down"),
                    self.tr(
                        "Offer another local model, take it without asking, or do neither. "
                        "A cloud model is never taken without your consent."
                    ),
                    choices={
                        "ask": self.tr("Ask"),
                        "automatic": self.tr("Take another"),
                        "never": self.tr("Say so only"),
                    },
                ),
            ],
        )
        self.add_form(
            ("cost",),
            CostSettings,
            [
                Row(
                    "monthly_limit",
                    self.tr("Monthly limit for cloud models"),
                    self.tr("Ask before a month costs more than this, in US dollars."),
                    placeholder=self.tr("No limit"),
                )
            ],
        )
        self.column.addStretch()
        self._default_model = form.editor("default_model")

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """Offer (words, ref) of the models that new chats can begin with."""
        if isinstance(self._default_model, ModelEditor):
            self._default_model.set_models(models)
