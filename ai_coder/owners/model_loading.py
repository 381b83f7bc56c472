"""Loading and unloading of models on request, with progress in every view that shows it."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.errors import AICoderError, ProviderError
from ai_coder.llm.lost_connections import explained_loss
from ai_coder.llm.models import provider_of
from ai_coder.owners.memory_words import memory_words, progress_words
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.core import Core
    from ai_coder.llm.health import HealthMonitor
    from ai_coder.llm.load_options import LoadChoices
    from ai_coder.llm.measurements import Measurements
    from ai_coder.llm.providers.base import LoadProgress
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.catalogue.models_view import ModelsView
    from ai_coder.ui.main_window import MainWindow


class ModelLoading(QObject):
    """Loads each model once at a time, and tells how far it is until it ends or is given up."""

    failed = pyqtSignal(AICoderError)
    _ended = pyqtSignal(str, bool)
    """A model and whether it is loaded now."""

    def __init__(
        self,
        core: Core,
        health: HealthMonitor,
        measurements: Measurements,
        window: MainWindow,
        picker: ModelPicker,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._health = health
        self._measurements = measurements
        self._status = window.status
        self._picker = picker
        self._view: ModelsView | None = None
        self._running: dict[str, TaskScope] = {}
        self._waiting: str | None = None
        """What was to be loaded before the view with the dialog for it was there."""

        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        window.status.cancel_requested.connect(self._cancel_shown)
        picker.load_requested.connect(self._do_as_marked)

    def attach(self, view: ModelsView) -> None:
        """Do from now on what the Models view asks for; it must know the models already."""
        self._view = view
        view.set_load_choices(self._core.load_choices)
        view.load_requested.connect(self.load)
        view.unload_requested.connect(self.unload)
        view.cancel_requested.connect(self.cancel)
        view.estimate_requested.connect(self._estimate)
        if self._waiting is not None:
            view.open_load_dialog(self._waiting)
            self._waiting = None

    @pyqtSlot(str, object)
    @pyqtSlot(str, object, object)
    def load(
        self, ref: str, context_length: int | None, options: LoadChoices | None = None
    ) -> None:
        """Load a model with the window, and what else was chosen; None leaves that as it was."""
        if ref in self._running:
            return
        scope = TaskScope(self)
        scope.failed.connect(self.failed)
        self._running[ref] = scope
        self._picker.set_loading(self._running)
        scope.start(self._load(ref, context_length, options), name=f"load {ref}")
        scope.running_changed.connect(lambda is_running: self._note_running(ref, is_running))

    async def loaded(self, ref: str, context_length: int) -> bool:
        """Load a model and tell whether it is; cancelling this gives the loading up."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def hear(name: str, is_loaded: bool) -> None:
            if name == ref and not answer.done():
                answer.set_result(is_loaded)

        self._ended.connect(hear)
        try:
            self.load(ref, context_length)
            return await answer
        except asyncio.CancelledError:
            self.cancel(ref)
            raise
        finally:
            self._ended.disconnect(hear)

    @pyqtSlot(str)
    def cancel(self, ref: str) -> None:
        """Give up loading a model."""
        if ref in self._running:
            self._running[ref].cancel_all()

    @pyqtSlot(str)
    def unload(self, ref: str) -> None:
        """Free the memory of a model."""
        self.tasks.start(self._unload(ref), name=f"unload {ref}")

    async def aclose(self) -> None:
        """End what runs."""
        for scope in list(self._running.values()):
            await scope.aclose()
        await self.tasks.aclose()

    @pyqtSlot(str)
    def _do_as_marked(self, ref: str) -> None:
        """Do what the button below the open dropdown says."""
        model = self._core.catalogue.get(ref)
        if ref in self._running:
            self.cancel(ref)
        elif model is not None and model.is_loaded:
            self.unload(ref)
        elif self._view is not None:
            self._view.open_load_dialog(ref)
        else:
            self._waiting = ref

    async def _load(
        self, ref: str, context_length: int | None, options: LoadChoices | None
    ) -> None:
        provider_id, _, model = ref.partition("/")
        usual = self._measurements.load_seconds(ref)
        began = time.monotonic()
        async with self._core.manager.using(provider_id) as provider:
            steps = provider.load_model(model, context_length=context_length, options=options)
            try:
                async with aclosing(steps):
                    async for step in steps:
                        self._show_progress(ref, replace(step, usual_seconds=usual))
            except ProviderError as error:
                explained = await explained_loss(provider, error, loading=self._name(ref))
                if explained is error:
                    raise
                raise explained from error
            self._measurements.note_load(ref, time.monotonic() - began)
            if options is not None:
                self._core.load_choices.setdefault(provider_id, {})[model] = options
            self._core.catalogue.update(provider_id, await provider.probe())
        self._ended.emit(ref, True)

    async def _unload(self, ref: str) -> None:
        provider_id, _, model = ref.partition("/")
        async with self._core.manager.using(provider_id) as provider:
            await provider.unload_model(model)
        self._health.ask_now(provider_id)

    def _note_running(self, ref: str, is_running: bool) -> None:
        if is_running:
            return
        self._show_progress(ref, None)
        self._health.ask_now(provider_of(ref))
        scope = self._running.pop(ref, None)
        self._picker.set_loading(self._running)
        if scope is not None:
            scope.deleteLater()
        self._ended.emit(ref, False)

    def _show_progress(self, ref: str, progress: LoadProgress | None) -> None:
        self._status.set_message(
            self._progress_words(ref, progress), cancel_key=None if progress is None else ref
        )
        if self._view is not None:
            self._view.set_load_progress(ref, progress)

    def _progress_words(self, ref: str, progress: LoadProgress | None) -> str:
        if progress is None:
            return ""
        return progress_words(self._name(ref), progress)

    def _name(self, ref: str) -> str:
        model = self._core.catalogue.get(ref)
        return model.display_name if model else ref

    @pyqtSlot(object)
    def _cancel_shown(self, key: object) -> None:
        if isinstance(key, str):
            self.cancel(key)

    @pyqtSlot(str, object)
    def _estimate(self, ref: str, context_length: int | None) -> None:
        self.tasks.start(self._estimated(ref, context_length), name="estimate memory")

    async def _estimated(self, ref: str, context_length: int | None) -> None:
        model = self._core.catalogue.get(ref)
        if model is None or self._view is None:
            return
        title, text, role = await memory_words(model, context_length)
        self._view.set_estimate(ref, context_length, title, text, role=role)
