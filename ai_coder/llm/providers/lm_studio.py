"""LM Studio: its own lists, loading and first answers; `/v1` for everything else."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, ClassVar

from ai_coder.errors import (
    ModelLoadFailedError,
    ModelNotLoadedError,
    ProviderError,
    RequestRefusedError,
    WrongPathError,
)
from ai_coder.llm.models import (
    Locality,
    Notice,
    NoticeKind,
    Phase,
    PhaseChanged,
    ReasoningDelta,
    TextDelta,
)
from ai_coder.llm.providers.base import Probe
from ai_coder.llm.providers.failures import ParameterRefusedError
from ai_coder.llm.providers.lm_studio_listing import APILevel, LMStudioListing, state_of
from ai_coder.llm.providers.lm_studio_loading import LOAD_OPTIONS, LMStudioLoader, too_old
from ai_coder.llm.providers.lm_studio_native import (
    NATIVE_CHAT,
    SMALLEST_QUESTION,
    NativeChatReader,
    native_body,
    native_parts,
    with_other_item_type,
)
from ai_coder.llm.providers.lm_studio_program import LMStudioProgram
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

    from ai_coder.llm.load_options import LoadChoices, LoadOption
    from ai_coder.llm.models import (
        ChatRequest,
        GenerationParameters,
        JSONObject,
        ModelConfig,
        ProviderConfig,
        StreamEvent,
    )
    from ai_coder.llm.providers.base import LoadProgress, ProviderServices
    from ai_coder.llm.providers.failures import Asked
    from ai_coder.llm.server_program import ServerProgram

_CAUSES = {
    Locality.LOCAL: QT_TRANSLATE_NOOP(
        "connection", "LM Studio is closed, or its server is off: see its Developer tab."
    ),
    Locality.LAN: QT_TRANSLATE_NOOP(
        "connection",
        "LM Studio is off there, or “Serve on Local Network” is off in its server settings.",
    ),
}
_EFFORT = {"on": "medium", "off": "none"}
"""`/v1` wants a degree where the native route has a switch (lmstudio.md Q29)."""

_CANCELED = "Operation canceled"


class LMStudioProvider(OpenAICompatibleProvider):
    """A local LM Studio server, of any version since 0.3.

    The first question of a conversation goes to the native chat route, which alone tells how
    far loading and reading are; it takes no history, so later ones go to `/v1`.
    """

    type: ClassVar[str] = "lm_studio"
    display_name: ClassVar[str] = "LM Studio"
    default_url: ClassVar[str] = "http://127.0.0.1:1234"
    program: ClassVar[ServerProgram | None] = LMStudioProgram()
    home_page: ClassVar[str] = "https://lmstudio.ai/"
    models_page: ClassVar[str] = "https://lmstudio.ai/models"
    tells_abilities: ClassVar[bool] = True
    default_token: ClassVar[str] = "lm-studio"
    key_variables: ClassVar[tuple[str, ...]] = ("LM_API_TOKEN", "LMSTUDIO_API_KEY")
    load_options: ClassVar[tuple[LoadOption, ...]] = LOAD_OPTIONS
    can_infill: ClassVar[bool] = False
    causes_of_silence: ClassVar[Mapping[Locality, str]] = _CAUSES
    has_json_mode: ClassVar[bool] = False
    parameter_names: ClassVar[Mapping[str, str]] = {
        name: name
        for name in OpenAICompatibleProvider.parameter_names
        if name != "min_p"  # not among what the route documents
    }
    accepted_parameters: ClassVar[frozenset[str]] = frozenset(parameter_names)
    _vital_path: ClassVar[str] = "/lmstudio-greeting"

    def __init__(
        self, provider_id: str, config: ProviderConfig, services: ProviderServices
    ) -> None:
        super().__init__(provider_id, config, services)
        self._listing = LMStudioListing(provider_id, self.url, self._questions)
        self._loader = LMStudioLoader(self.url, self._questions, self._refresh)

    @property
    def level(self) -> APILevel | None:
        """The best list that answered; None before the first probe and after a failed one."""
        return self._listing.level

    @property
    def can_load_models(self) -> bool:
        """Whether this version loads over the network: no list but the native one excludes it."""
        return self.level in (None, APILevel.NATIVE)

    @property
    def can_choose_context(self) -> bool:
        """Whether the window of a model can be set: only where it can be loaded."""
        return self.can_load_models

    async def probe(self) -> Probe:
        """Ask for the greeting, unless it is known, and for the list of models."""
        try:
            models = await self._refresh()
        except ProviderError as error:
            return Probe(self._state_after(error))
        return Probe(state_of(models, self.level, self.name, self.url), tuple(models))

    async def stream_chat(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply; a model that was unloaded meanwhile is loaded again, once."""
        yield PhaseChanged(Phase.CONNECTING)
        if not self._models:
            await self._refresh()
        for may_retry in (True, False):
            has_output = False
            try:
                async with aclosing(self._best_route(request)) as events:
                    async for event in events:
                        has_output |= isinstance(event, TextDelta | ReasoningDelta)
                        yield event
            except WrongPathError:
                await self._explain_wrong_path()
                raise
            except (ModelNotLoadedError, ModelLoadFailedError) as error:
                if has_output or not may_retry or not self._is_worth_retrying(error):
                    raise
                yield Notice(NoticeKind.RETRIED, (("reason", str(error)),))
            else:
                return
            async with aclosing(self._load_again(request)) as events:
                async for event in events:
                    yield event

    async def load_model(
        self,
        model: str,
        *,
        context_length: int | None = None,
        options: LoadChoices | None = None,
    ) -> AsyncGenerator[LoadProgress, None]:
        """Load *model*; LM Studio tells no progress on this route, so only time passes.

        Its chat route does, but what that loads goes again when idle (lmstudio.md 1.5).
        """
        asked = self._asked(model)
        await self._require_native(asked)
        async with aclosing(self._loader.load(model, context_length, asked, options)) as steps:
            async for progress in steps:
                yield progress

    async def unload_model(self, model: str) -> None:
        """Unload every instance of *model*."""
        asked = self._asked(model)
        await self._require_native(asked)
        await self._loader.unload(model, asked)

    def _phase_when_sent(self, model: str) -> Phase:
        known = self._models.get(model)
        is_unloaded = known is not None and not known.is_loaded
        tells = self.level is not APILevel.OPENAI
        return Phase.LOADING_MODEL if is_unloaded and tells else Phase.READING_PROMPT

    def _parameters(self, parameters: GenerationParameters, model: str) -> JSONObject:
        body = super()._parameters(parameters, model)
        if effort := body.get("reasoning_effort"):
            body["reasoning_effort"] = _EFFORT.get(effort, effort)
        return body

    async def _refresh(self) -> Sequence[ModelConfig]:
        models = await self._listing.read(self._asked())
        models = [
            model.model_copy(update={"is_loading": True})
            if self._loader.is_loading(model.name) and not model.is_loaded
            else model
            for model in models
        ]
        self._models = {model.name: model for model in models}
        self._loader.remember(models)
        return models

    async def _require_native(self, asked: Asked) -> None:
        if self.level is None:
            await self._refresh()
        if self.level is not APILevel.NATIVE:
            raise too_old(asked)

    # answering

    async def _best_route(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield from the native route where it can say the same, else from `/v1`."""
        body = self._native_body(request)
        is_answer = body is not None
        first = self._answer_natively(request, body) if body else self._load_first(request)
        has_output = False
        try:
            async with aclosing(self._loader.alone(request.model, first)) as events:
                async for event in events:
                    has_output |= isinstance(event, TextDelta | ReasoningDelta)
                    yield event
        except (RequestRefusedError, WrongPathError):
            if has_output:
                raise
            is_answer = False  # this build wants something else there; /v1 stays the same
        if is_answer:
            return
        async with aclosing(super().stream_chat(request)) as events:
            async for event in events:
                if event != PhaseChanged(Phase.CONNECTING):
                    yield event

    async def _load_first(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Yield how the loading goes, by asking natively for one token of nothing."""
        known = self._models.get(request.model)
        if self.level is not APILevel.NATIVE or known is None or known.is_loaded:
            return
        body: JSONObject = {"model": request.model, **SMALLEST_QUESTION}
        if request.context_length:
            body["context_length"] = request.context_length
        reader = NativeChatReader(self._expected(request), stop_after_load=True)
        try:
            async with aclosing(self._attempt(NATIVE_CHAT, body, reader)) as events:
                async for event in events:
                    if isinstance(event, PhaseChanged) and event.phase is Phase.LOADING_MODEL:
                        yield event
            await self._refresh()
        except (RequestRefusedError, WrongPathError):
            return  # this build does not load so; it does when it is asked

    def _native_body(self, request: ChatRequest) -> JSONObject | None:
        known = self._models.get(request.model)
        if self.level is not APILevel.NATIVE or known is None:
            return None
        effort = request.parameters.reasoning_effort
        if effort is not None and effort not in known.reasoning_options:
            return None
        body = native_body(request, provider=self.name, image_types=self.image_types)
        if body is not None and request.context_length and not known.is_loaded:
            body["context_length"] = request.context_length
        return body

    async def _answer_natively(
        self, request: ChatRequest, body: JSONObject
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield an answer; what this version does not know of the body is changed, once."""
        for may_change in (True, False):
            reader = NativeChatReader(self._expected(request))
            try:
                async with aclosing(self._attempt(NATIVE_CHAT, body, reader)) as events:
                    async for event in events:
                        yield event
            except RequestRefusedError as error:
                if not may_change or reader.has_output:
                    raise
                if "invalid_union" in error.raw and isinstance(body["input"], list):
                    body = with_other_item_type(body)
                elif isinstance(error, ParameterRefusedError) and error.parameter in body:
                    body = {k: v for k, v in body.items() if k != error.parameter}
                    dropped = (("parameter", error.parameter),)
                    yield Notice(NoticeKind.PARAMETER_DROPPED, dropped)
                else:
                    raise
            else:
                return

    @asynccontextmanager
    async def _open(
        self, route: str, body: JSONObject, asked: Asked, on_sent: Callable[[], None]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        if route != NATIVE_CHAT:
            async with super()._open(route, body, asked, on_sent) as parts:
                yield parts
            return
        request = {"url": self.url + route, "json": body, "headers": self._headers()}
        async with self._http(on_sent) as http, native_parts(http, request, asked) as parts:
            yield parts

    # mending

    def _is_worth_retrying(self, error: ProviderError) -> bool:
        if isinstance(error, ModelLoadFailedError):
            return _CANCELED in error.raw
        return True

    async def _load_again(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Load the model as it was, after the server said that it is not (Q10, Q12)."""
        await self._refresh()
        if self.level is not APILevel.NATIVE or request.model not in self._models:
            return
        window = request.context_length or self._loader.last_window(request.model)
        async with aclosing(self.load_model(request.model, context_length=window)) as steps:
            async for step in steps:
                yield PhaseChanged(Phase.LOADING_MODEL, step.progress)
        await self._refresh()

    async def _explain_wrong_path(self) -> None:
        """Raise what is really the matter: without a token `/v1` may seem not to exist (Q3)."""
        (await self.probe()).state.raise_for_failure()
