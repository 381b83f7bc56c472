"""The stream of a turn with everything this machine knows about the model laid over it."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from ai_coder.chat.noted_loading import with_loading_noted
from ai_coder.errors import ContextOverflowError
from ai_coder.llm.fallback import FallbackPolicy
from ai_coder.llm.measurements import PhaseEstimate, with_estimates
from ai_coder.llm.models import ModelAnswered, Notice, NoticeKind, Timings, TokenUsage
from ai_coder.llm.providers.openai_models import is_same_model

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from ai_coder.llm.catalogue import ModelCatalogue
    from ai_coder.llm.context_budget import ContextBudget
    from ai_coder.llm.llm_manager import LLMManager
    from ai_coder.llm.measurements import Measurements
    from ai_coder.llm.models import ChatRequest, StreamEvent


class TurnStream:
    """Gives answers like `LLMManager.stream_chat`, and tells the truth about them.

    An over-long prompt is caught before it is sent; waiting is filled with estimates; another
    model than the one asked for, and a prompt that the server cut, become notices; and what
    the server counted and measured is learned.
    """

    def __init__(
        self,
        manager: LLMManager,
        catalogue: ModelCatalogue,
        budget: ContextBudget,
        measurements: Measurements,
        fallback: Callable[[], FallbackPolicy] = FallbackPolicy,
        look_again: Callable[[str], None] = lambda _provider_id: None,
    ) -> None:
        """*look_again* is told of a server that loaded a model for a turn, or failed to."""
        self._manager = manager
        self._catalogue = catalogue
        self._budget = budget
        self._measurements = measurements
        self._fallback = fallback
        self._look_again = look_again

    async def __call__(
        self, ref: str, request: ChatRequest, /
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply of the model *ref*; raises what the provider raises."""
        window = self._window(ref, request)
        self._check_length(ref, request, window)
        prompt_tokens = self._budget.estimate(ref, request.messages)
        answer = self._manager.stream_chat(ref, request, fallback=self._fallback())
        events = with_estimates(
            with_loading_noted(answer, self._catalogue, ref, self._look_again),
            PhaseEstimate(self._measurements, ref, prompt_tokens),
        )
        asked = told = ref
        usage: TokenUsage | None = None
        async with aclosing(events) as stream:
            async for event in stream:
                yield event
                match event:
                    case ModelAnswered(model, provider):
                        answering = f"{provider}/{model}"
                        if notice := _other_model(told, answering):
                            told = answering
                            yield notice
                    case Notice(NoticeKind.FELL_BACK, values):
                        asked = told = dict(values).get("to", told)
                        window = self._window(asked, request)
                    case TokenUsage():
                        usage = event
                        if notice := self._learn(asked, request, event, window):
                            yield notice
                    case Timings():
                        self._measurements.note(asked, event, usage)
                    case _:
                        pass

    def _window(self, ref: str, request: ChatRequest) -> int | None:
        """Return the window that *request* gets, None where nobody knows or it does not matter."""
        model = self._catalogue.get(ref)
        if model is None or model.metadata.get("help_only"):
            return None  # the guide reads the last question only, whatever is sent
        return self._manager.expected_window(
            model,
            wanted=request.context_length,
            prompt_tokens=self._budget.estimate(ref, request.messages),
        )

    def _check_length(self, ref: str, request: ChatRequest, window: int | None) -> None:
        model = self._catalogue.get(ref)
        if model is None or window is None:
            return
        if self._budget.overflows(ref, request.messages, window):
            raise ContextOverflowError(
                model=model.display_name,
                provider=model.provider,
                prompt_tokens=self._budget.estimate(ref, request.messages),
                context_length=window,
                is_estimate=True,
            )

    def _learn(
        self, ref: str, request: ChatRequest, usage: TokenUsage, window: int | None
    ) -> Notice | None:
        model = self._catalogue.get(ref)
        counted = usage.input_tokens
        if not counted or (model is not None and model.metadata.get("help_only")):
            return None
        dropped = self._budget.dropped(ref, request.messages, counted, window=window)
        self._budget.learn(ref, request.messages, counted, window=window)
        if not dropped:
            return None
        return Notice(NoticeKind.PROMPT_TRUNCATED, (("tokens", f"{round(dropped, -2):,}"),))


def _other_model(asked: str, answered: str) -> Notice | None:
    """Return a notice when *answered* is not just another spelling of *asked*."""
    asked_name, answered_name = asked.partition("/")[2], answered.partition("/")[2]
    if not answered_name or is_same_model(asked_name, answered_name):
        return None
    return Notice(NoticeKind.OTHER_MODEL, (("asked", asked_name), ("answered", answered_name)))
