"""Loading and unloading in LM Studio, never twice by accident (lmstudio.md 3.2, Q9)."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import aclosing
from typing import TYPE_CHECKING

from ai_coder.errors import (
    FormerWindowKeptError,
    ModelLoadFailedError,
    ModelNotFoundError,
    RequestRefusedError,
)
from ai_coder.llm.load_options import LoadOption
from ai_coder.llm.models import ModelAnswered, Phase, PhaseChanged
from ai_coder.llm.owned_task import end
from ai_coder.llm.providers.base import LoadProgress
from ai_coder.llm.providers.openai_models import is_same_model
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from ai_coder.llm.load_options import LoadChoices
    from ai_coder.llm.models import JSONObject, LoadedInstance, ModelConfig, StreamEvent
    from ai_coder.llm.providers.failures import Asked
    from ai_coder.llm.providers.http_questions import Questions

_LOAD = "/api/v1/models/load"
_UNLOAD = "/api/v1/models/unload"
_TICK = 0.25
_ON, _OFF = QT_TRANSLATE_NOOP("load_options", "On"), QT_TRANSLATE_NOOP("load_options", "Off")
LOAD_OPTIONS = (
    LoadOption(
        "flash_attention",
        QT_TRANSLATE_NOOP("load_options", "Flash attention"),
        ((_ON, True), (_OFF, False)),
    ),
    LoadOption(
        "offload_kv_cache_to_gpu",
        QT_TRANSLATE_NOOP("load_options", "Cache in graphics memory"),
        ((_ON, True), (_OFF, False)),
    ),
    LoadOption(
        "eval_batch_size",
        QT_TRANSLATE_NOOP("load_options", "Tokens read at once"),
        tuple((str(size), size) for size in (256, 512, 1024, 2048)),
    ),
    LoadOption(
        "num_experts",
        QT_TRANSLATE_NOOP("load_options", "Active experts"),
        tuple((str(count), count) for count in (1, 2, 4, 6, 8, 16)),
        is_for_mixtures=True,
    ),
)
"""What the native route documents besides the window (lmstudio.md 3.2)."""

TOO_OLD = "this version cannot load models over the network; load it in its window."


class LMStudioLoader:
    """Loads one model at a time per model; *refresh* returns the models as they are now."""

    def __init__(
        self,
        url: str,
        questions: Questions,
        refresh: Callable[[], Awaitable[Sequence[ModelConfig]]],
    ) -> None:
        self._url = url
        self._questions = questions
        self._refresh = refresh
        self._flights: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._held: dict[str, LoadedInstance] = {}

    def is_loading(self, model: str) -> bool:
        """Whether a load of *model* is under way from here."""
        return model in self._flights and self._flights[model].locked()

    def remember(self, models: Sequence[ModelConfig]) -> None:
        """Note how each model is held in memory, for when it has to be loaded again."""
        for model in models:
            if model.instances:
                smallest = min(model.instances, key=lambda each: each.context_length or 0)
                self._held[model.name] = smallest

    def last_window(self, model: str) -> int | None:
        """Return the window with which *model* was seen in memory the last time."""
        held = self._held.get(model)
        return held.context_length if held else None

    async def alone(
        self, model: str, events: AsyncGenerator[StreamEvent, None]
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield *events* of a turn; no other turn may load *model* until this one has it."""
        flight = self._flights[model]
        await flight.acquire()
        is_held = True
        try:
            async with aclosing(events):
                async for event in events:
                    if is_held and not _is_before_answer(event):
                        flight.release()
                        is_held = False
                    yield event
        finally:
            if is_held:
                flight.release()

    async def load(
        self,
        model: str,
        context_length: int | None,
        asked: Asked,
        options: LoadChoices | None = None,
    ) -> AsyncGenerator[LoadProgress, None]:
        """Load *model*, or find an instance whose window fits; LM Studio tells no progress here.

        An instance with a smaller window is unloaded first: two would not fit most computers.
        It comes back when the server refuses the larger one, which raises
        `FormerWindowKeptError`.
        """
        async with self._flights[model]:
            started = time.monotonic()
            known = await self._find(model, asked)
            if _fitting(known.instances, context_length) is not None:
                yield LoadProgress(1.0, 0.0)
                return
            held = self._held.get(known.name)
            if options is None and held is not None:
                options = held.options
            for instance in known.instances:
                await self._unload_instance(instance.id, asked)
            body = _body(model, context_length, options)
            try:
                async with aclosing(self._loading(body, asked, started)) as steps:
                    async for step in steps:
                        yield step
            except ModelLoadFailedError as error:
                if not known.instances or held is None:
                    raise
                body = _body(model, held.context_length, held.options)
                async with aclosing(self._loading(body, asked, started)) as steps:
                    async for step in steps:
                        yield step
                raise FormerWindowKeptError(**error.details, raw=error.raw) from error
            yield LoadProgress(1.0, time.monotonic() - started)

    async def unload(self, model: str, asked: Asked) -> None:
        """Unload every instance of *model*."""
        known = await self._find(model, asked)
        for instance in known.instances:
            await self._unload_instance(instance.id, asked)

    async def _loading(
        self, body: JSONObject, asked: Asked, started: float
    ) -> AsyncGenerator[LoadProgress, None]:
        """Yield the seconds since *started* until the server loaded what *body* asks for."""
        # Owned by this generator, which ends it.
        loading = asyncio.get_running_loop().create_task(self._ask(_LOAD, body, asked))
        try:
            while not loading.done():
                yield LoadProgress(None, time.monotonic() - started)
                await asyncio.wait({loading}, timeout=_TICK)
            loading.result()
        finally:
            await end(loading)

    async def _find(self, model: str, asked: Asked) -> ModelConfig:
        models = await self._refresh()
        for each in models:
            if each.name == model:
                return each
        for each in models:
            if is_same_model(each.name, model):
                return each
        raise ModelNotFoundError(provider=asked.provider, model=model)

    async def _unload_instance(self, instance: str, asked: Asked) -> None:
        await self._ask(_UNLOAD, {"instance_id": instance}, asked)

    async def _ask(self, path: str, body: JSONObject, asked: Asked) -> None:
        told = await self._questions.ask(asked, "POST", self._url + path, body=body, limit=None)
        told.checked(asked)


def too_old(asked: Asked) -> RequestRefusedError:
    """Return the error for a version without the routes for loading."""
    return RequestRefusedError(provider=asked.provider, reason=TOO_OLD)


def _body(model: str, context_length: int | None, options: LoadChoices | None) -> JSONObject:
    window = {"context_length": context_length} if context_length is not None else {}
    return {"model": model, **(options or {}), **window}


def _is_before_answer(event: StreamEvent) -> bool:
    if isinstance(event, PhaseChanged):
        return event.phase in (Phase.CONNECTING, Phase.LOADING_MODEL)
    return isinstance(event, ModelAnswered)


def _fitting(
    instances: Sequence[LoadedInstance], context_length: int | None
) -> LoadedInstance | None:
    for instance in instances:
        if context_length is None or (instance.context_length or 0) >= context_length:
            return instance
    return None
