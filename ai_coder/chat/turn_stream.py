"""The stream of a turn with everything this machine knows about the model laid over it."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

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
    ) -> None:
        self._manager = manager
        self._catalogue = catalogue
        self._budget = budget
        self._measurements = measurements
        self._fallback = fallback

    async def __call__(
        self, ref: str, request: ChatRequest, /
    ) -> AsyncGenerator[StreamEvent, None]:
        """Yield the reply of the model *ref*; raises what the provider raises."""
        self._check_length(ref, request)
        prompt_tokens = self._budget.estimate(ref, request.messages)
        events = with_estimates(
            self._manager.stream_chat(ref, request, fallback=self._fallback()),
            PhaseEstimate(self._measurements, ref, prompt_tokens),
        )
        told = answering = ref
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
                        told = dict(values).get("to", told)
                    case TokenUsage():
                        usage = event
                        if notice := self._learn(ref, request, event):
                            yield notice
                    case Timings():
                        self._measurements.note(ref, event, usage)
                    case _:
                        pass

    def _check_length(self, ref: str, request: ChatRequest) -> None:
        model = self._catalogue.get(ref)
        if model is None:
            return
        meter = self._budget.meter(model, request.messages, configured=request.context_length)
        if not meter.is_served or meter.window is None:
            return
        used = meter.used
        if not self._budget.has_learned(ref):
            used = self._budget.least(request.messages)
        if used > meter.window:
            raise ContextOverflowError(
                model=model.display_name,
                provider=model.provider,
                prompt_tokens=used,
                context_length=meter.window,
                raw="Caught before sending, by an estimate from this server's own counts.",
            )

    def _learn(self, ref: str, request: ChatRequest, usage: TokenUsage) -> Notice | None:
        model = self._catalogue.get(ref)
        if not usage.input_tokens or (model is not None and model.metadata.get("help_only")):
            return None  # the guide reads the last question only, whatever is sent
        dropped = self._budget.dropped(ref, request.messages, usage.input_tokens)
        if dropped:
            rounded = f"{round(dropped, -2):,}"
            return Notice(NoticeKind.PROMPT_TRUNCATED, (("tokens", rounded),))
        self._budget.learn(ref, request.messages, usage.input_tokens)
        return None


def _other_model(asked: str, answered: str) -> Notice | None:
    """Return a notice when *answered* is not just another spelling of *asked*."""
    asked_name, answered_name = asked.partition("/")[2], answered.partition("/")[2]
    if not answered_name or is_same_model(asked_name, answered_name):
        return None
    return Notice(NoticeKind.OTHER_MODEL, (("asked", asked_name), ("answered", answered_name)))
