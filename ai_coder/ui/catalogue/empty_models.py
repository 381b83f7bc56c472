"""What the Models view says while it has no model to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal, pyqtSlot

from ai_coder.ui.connection_words import dot_role, remedy_text
from ai_coder.ui.widgets.card import InfoCard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PyQt6.QtWidgets import QWidget

    from ai_coder.errors import Remedy
    from ai_coder.llm.connection import ConnectionState
    from ai_coder.ui.theme import Theme


class EmptyModelsCard(InfoCard):
    """The reason why there is nothing, and the button that mends it."""

    clear_requested = pyqtSignal()
    remedy_requested = pyqtSignal(str, object)
    """Provider id and `Remedy` of the server named on the card."""

    settings_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._has_models = False
        self._remedy: tuple[str, Remedy] | None = None
        self.setObjectName("modelsEmptyCard")
        self.action_requested.connect(self._act)

    def explain(self, states: Mapping[str, ConnectionState], *, has_models: bool) -> None:
        """Blame the filter where there are models, else the first server in trouble."""
        self._has_models = has_models
        self._remedy = None
        if has_models:
            self.set_content(
                "off",
                self.tr("No model matches the filter"),
                self.tr("Change the words, the server or the kind of model."),
                action=self.tr("Clear filter"),
            )
            return
        for provider_id, state in states.items():
            if state.remedy is not None:
                self._remedy = (provider_id, state.remedy)
                action = remedy_text(state.remedy, state.provider)
                self.set_content(
                    dot_role(state), state.sentence, state.cause, action=action, detail=state.raw
                )
                return
        self.set_content(
            "off",
            self.tr("No models yet"),
            self.tr(
                "Start LM Studio or Ollama, put a GGUF file into the models folder, or add a "
                "server. What they have appears here by itself."
            ),
            action=self.tr("Set up servers"),
        )

    @pyqtSlot()
    def _act(self) -> None:
        if self._has_models:
            self.clear_requested.emit()
        elif self._remedy is not None:
            self.remedy_requested.emit(*self._remedy)
        else:
            self.settings_requested.emit()
