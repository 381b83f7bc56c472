"""What companies are paid for on the command line: counted, and kept below the monthly limit."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from ai_coder.chat.store_problem import StoreProblem
from ai_coder.errors import AICoderError
from ai_coder.llm.models import provider_of
from ai_coder.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ai_coder.chat.store import ChatStore
    from ai_coder.core import Core
    from ai_coder.llm.models import ModelConfig, TokenUsage


class OverLimitError(AICoderError):
    """A request would pass the monthly limit, and there is nobody to ask."""

    message = QT_TRANSLATE_NOOP(
        "errors", "This may cost more than you want to spend this month: {spent} of {limit} so far."
    )
    hint = QT_TRANSLATE_NOOP("errors", "Raise the limit in Settings, or name a local model.")


class Account:
    """The spending of the month, which the window and the command line share."""

    def __init__(self, core: Core, store: ChatStore, model: ModelConfig) -> None:
        from ai_coder.llm.pricing import Pricing, shipped_prices

        settings = core.loaded.settings
        self._limit = settings.cost.monthly_limit
        self._store = store
        self._model = model
        models = settings.model_configurations.values()
        self._pricing = Pricing.of_configured(
            shipped_prices(), settings.provider_configurations, models
        )
        self._is_priced = not self._pricing.is_unpriced(model)

    async def check(self, text: str, longest: int | None) -> None:
        """Raise `OverLimitError` when sending *text* may pass the limit."""
        from ai_coder.chat.store_spending import this_month
        from ai_coder.llm.context_budget import ContextBudget
        from ai_coder.llm.pricing import long_answer, would_exceed

        if self._limit is None:
            return
        sent = ContextBudget().estimate_text(self._model.ref, text)
        longest = longest or long_answer(self._model)
        cost = self._pricing.estimate(self._model.ref, sent, longest) if self._is_priced else None
        period = this_month(datetime.now().astimezone())
        spent = sum(each.cost for each in await self._store.spending(*period))
        if would_exceed(self._limit, spent, cost):
            raise OverLimitError(spent=f"${spent:.2f}", limit=f"${self._limit:g}")

    async def count(self, usage: TokenUsage | None) -> None:
        """Note what an answer cost."""
        cost = self._pricing.cost_of(self._model.ref, usage) if self._is_priced else None
        try:
            await self._store.add_spending(provider_of(self._model.ref), cost)
        except StoreProblem as problem:  # the answer stands, counted or not
            print(problem, file=sys.stderr)


@asynccontextmanager
async def account_for(core: Core, ref: str) -> AsyncIterator[Account | None]:
    """Yield the account of a company's model; None for models of one's own computers."""
    from ai_coder.chat.store import ChatStore
    from ai_coder.llm.fallback import is_near

    model = core.catalogue.get(ref)
    if model is None or is_near(model):
        yield None
        return
    store = ChatStore(core.paths.database_file)
    try:
        problem = await store.open()
        if problem is not None and core.loaded.settings.cost.monthly_limit is not None:
            raise problem
        if problem is not None:
            print(problem, file=sys.stderr)
        yield Account(core, store, model)
    finally:
        await store.aclose()
