"""Complete: plain text that the chosen model continues or fills in."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot
from PyQt6.QtWidgets import QDialog, QVBoxLayout

from ai_coder.errors import AICoderError
from ai_coder.llm.models import CompletionRequest, Locality, TextDelta, provider_of
from ai_coder.ui.chat.completion_words import CompletionWords
from ai_coder.ui.error_text import error_hint, error_message
from ai_coder.ui.tasks import TaskScope
from ai_coder.ui.widgets.dialog_size import open_at

if TYPE_CHECKING:
    from ai_coder.core import Core
    from ai_coder.owners.costs import CostsOwner
    from ai_coder.owners.sending import SendingGate
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.complete_view import CompleteView
    from ai_coder.ui.main_window import MainWindow
    from ai_coder.ui.theme import Theme


class CompletionOwner(QObject):
    """Streams completions of the model in the dropdown into a window of their own.

    The same questions come before a text leaves as before a prompt.
    """

    def __init__(
        self,
        core: Core,
        gate: SendingGate,
        costs: CostsOwner,
        theme: Theme,
        window: MainWindow,
        pane: ChatPane,
        picker: ModelPicker,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._gate = gate
        self._costs = costs
        self._theme = theme
        self._window = window
        self._pane = pane
        self._picker = picker
        self._dialog: QDialog | None = None
        self._view: CompleteView | None = None
        self.tasks = TaskScope(self)
        self.tasks.running_changed.connect(self._running_changed)
        self.tasks.failed.connect(self._failed)
        picker.chosen.connect(self._model_chosen)
        core.catalogue.subscribe(lambda _provider: self._show_model())

    @pyqtSlot()
    def open(self) -> None:
        """Show the window."""
        if self._dialog is None:
            self._dialog = self._make_dialog()
        self._show_model()
        self._dialog.show()
        self._dialog.raise_()

    def _make_dialog(self) -> QDialog:
        from ai_coder.ui.chat.complete_view import CompleteView

        dialog = QDialog(self._window)
        dialog.setObjectName("completeDialog")
        open_at(dialog, self._theme, 720, 600)
        self._view = CompleteView(self._theme, dialog)
        self._view.run_requested.connect(self._run)
        self._view.stop_requested.connect(self.tasks.cancel_all)
        dialog.finished.connect(self.tasks.cancel_all)
        layout = QVBoxLayout(dialog)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        return dialog

    @pyqtSlot()
    def _model_chosen(self) -> None:
        """Forget what another model did wrong."""
        if self._view is not None and not self.tasks.is_running:
            self._view.set_problem("")
        self._show_model()

    @pyqtSlot()
    def _show_model(self) -> None:
        if self._view is None or self._dialog is None or self.tasks.is_running:
            return
        ref = self._picker.current_ref() or ""
        provider = self._core.manager.providers.get(provider_of(ref))
        model = self._core.catalogue.get(ref)
        fills_in = provider is not None and model is not None and provider.fills_in(model)
        self._view.set_model(model, can_infill=fills_in)
        name = model.display_name if model else self.tr("no model")
        self._dialog.setWindowTitle(self.tr("Complete text – {model}").format(model=name))

    @pyqtSlot(str, str)
    def _run(self, before: str, after: str) -> None:
        ref, chat = self._picker.current_ref(), self._pane.chat
        if not ref or chat is None:
            return
        settings = chat.session.conversation.settings
        request = CompletionRequest(
            ref.partition("/")[2],
            before,
            after,
            parameters=settings.parameters,
            context_length=settings.context_length,
        )
        self.tasks.start(self._complete(ref, request), name="complete text")

    async def _complete(self, ref: str, request: CompletionRequest) -> None:
        view, dialog = self._view, self._dialog
        if view is None or dialog is None:
            return
        text, longest = request.prompt + request.suffix, request.parameters.max_tokens
        if not await self._gate.may_complete(ref, text, longest, dialog):
            return
        view.set_running(True)
        words = CompletionWords()
        try:
            async with aclosing(self._core.manager.complete(ref, request)) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        view.append(event.text)
                    if words.take(event):
                        view.set_status(words.progress())
        finally:
            cost = self._costs.count_completion(ref, words.usage) if words.has_begun else 0.0
        model = self._core.catalogue.get(ref)
        is_cloud = model is not None and model.locality is Locality.CLOUD
        view.set_status(words.summary(cost, is_cloud=is_cloud))

    @pyqtSlot(bool)
    def _running_changed(self, is_running: bool) -> None:
        if self._view is not None and not is_running:
            self._view.set_running(False)
            self._show_model()

    @pyqtSlot(AICoderError)
    def _failed(self, error: AICoderError) -> None:
        if self._view is not None:
            self._view.set_status("")
            self._view.set_problem(f"{error_message(error)} {error_hint(error)}".strip())
