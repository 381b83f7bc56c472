"""Another model that could answer, offered when the chosen one cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot

from ai_coder.llm.fallback import another_can_help_after
from ai_coder.llm.models import provider_of
from ai_coder.settings.schema import FallbackMode
from ai_coder.ui.chat.message_display import last_answer

if TYPE_CHECKING:
    from ai_coder.chat.conversation import Message
    from ai_coder.core import Core
    from ai_coder.llm.models import ModelConfig
    from ai_coder.owners.sending import SendingGate
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.turn_control import TurnControl
    from ai_coder.ui.main_window import MainWindow

_SERVER_IS_GONE = (
    "LeftWhileLoadingError",
    "ProviderUnreachableError",
    "ProxyDownError",
    "ProxyRefusedError",
    "ServerLeftError",
    "UnknownModelError",
)
ANSWER_WITH = "answer_with"


class StandInOwner(QObject):
    """Offers the next model by priority; never one that is farther away than the chosen one.

    Where others step in by themselves, those are offered about which there is a question.
    """

    def __init__(
        self,
        core: Core,
        gate: SendingGate,
        window: MainWindow,
        pane: ChatPane,
        picker: ModelPicker,
        turns: TurnControl,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._gate = gate
        self._window = window
        self._pane = pane
        self._picker = picker
        self._turns = turns
        self._offered: int | None = None
        self._offer = ""
        pane.running_changed.connect(self._turn_changed)
        window.notice.action_requested.connect(self._act)

    @property
    def _mode(self) -> FallbackMode:
        return self._core.loaded.settings.general.fallback

    @pyqtSlot()
    def _turn_changed(self) -> None:
        chat = self._pane.chat
        if chat is None or self._mode is FallbackMode.NEVER:
            return
        if chat.is_running and self._offer and self._window.notice.text() == self._offer:
            self._window.notice.dismiss()
        answer = last_answer(chat.session.messages)
        if chat.is_running or answer is None or answer.id == self._offered:
            return
        model = self._alternative(answer)
        if model is None:
            return
        self._offered = answer.id
        asked = self._core.catalogue.get(answer.model_ref or "")
        gone = asked.display_name if asked else (answer.model_ref or "").partition("/")[2]
        provider = self._core.manager.providers[model.provider].name
        self._window.notice.show_notice(
            self.tr("{model} did not answer.").format(model=gone),
            self.tr("{other} in {provider} could answer instead.").format(
                other=model.display_name, provider=provider
            ),
            severity="waiting",
            action=self.tr("Answer with {model}").format(model=model.display_name),
            action_key=(ANSWER_WITH, chat.id, answer.id, model.ref),
        )
        self._offer = self._window.notice.text()

    def _alternative(self, answer: Message) -> ModelConfig | None:
        """Return the model to offer instead of the one that failed before its first word."""
        failure, ref = answer.failure, answer.model_ref or ""
        if failure is None or answer.text or answer.reasoning:
            return None
        if not another_can_help_after(failure.kind):
            return None
        others = self._core.manager.alternatives(ref)
        if failure.kind in _SERVER_IS_GONE:
            others = [m for m in others if m.provider != provider_of(ref)]
        if self._mode is FallbackMode.AUTOMATIC:
            others = [m for m in others if not self._gate.may_stand_in(m)]
        return next(iter(others), None)

    @pyqtSlot(object)
    def _act(self, key: object) -> None:
        match key:
            case (str(name), int(chat_id), int(message_id), str(ref)) if name == ANSWER_WITH:
                chat = self._pane.chat
                if chat is not None and chat.id == chat_id:
                    self._picker.set_current(ref)
                    self._picker.chosen.emit(ref)
                    self._turns.answer_again(message_id, ref)
            case _:
                pass
