"""What answers cost: under each, in each chat, in each month, and before a limit is passed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.chat.context_use import context_use
from ai_coder.chat.conversation import MessageStatus
from ai_coder.chat.store_spending import this_month
from ai_coder.errors import AICoderError
from ai_coder.llm.models import Locality, provider_of
from ai_coder.llm.pricing import PriceList, Pricing, long_answer, shipped_prices, would_exceed
from ai_coder.ui.number_text import cost_text
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.conversation import AttachedFile, Message
    from ai_coder.chat.store import ChatStore
    from ai_coder.chat.store_spending import Spending
    from ai_coder.core import Core
    from ai_coder.llm.context_budget import ContextBudget
    from ai_coder.llm.models import TokenUsage
    from ai_coder.settings.schema import Settings
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.settings.cloud_providers_tab import CloudProvidersTab


class CostsOwner(QObject):
    """Prices answers with the shipped list and what the user says about models."""

    failed = pyqtSignal(AICoderError)

    def __init__(
        self, core: Core, store: ChatStore, budget: ContextBudget, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._core = core
        self._store = store
        self._budget = budget
        self._list: PriceList | None = None
        self._pricing: tuple[Settings, Pricing] | None = None
        self._tab: CloudProvidersTab | None = None
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)

    def attach(self, tab: CloudProvidersTab) -> None:
        """Say in the settings what this month cost, from now on."""
        self._tab = tab
        self.show_month()

    @pyqtSlot()
    def show_month(self) -> None:
        """Count this month again."""
        if self._tab is not None:
            self.tasks.start(self._show_month(self._tab), name="count the month")

    def price(self, message: Message) -> float | None:
        """Return US dollars for an answer that has ended; None when the price is not known.

        Who really answered is asked for the price. A request that failed before the first word
        costs nothing, and neither does an answer of one's own computers.
        """
        asked = message.model_ref or ""
        answered = message.answered_by or asked
        is_empty = not (message.text or message.reasoning or message.usage)
        if message.status is MessageStatus.FAILED and is_empty:
            return 0.0
        refs = [asked, answered] if provider_of(asked) == provider_of(answered) else [answered]
        return self._cost(refs, message.usage, message.created_at)

    def count_completion(self, ref: str, usage: TokenUsage | None) -> float | None:
        """Count a text that is no answer of a chat, such as a summary; returns its cost."""
        cost = self._cost([ref], usage, datetime.now().astimezone())
        if cost != 0:
            self.tasks.start(self._count(provider_of(ref), cost), name="count a completion")
        return cost

    async def _count(self, provider: str, cost: float | None) -> None:
        await self._store.add_spending(provider, cost)
        self.show_month()

    async def chat_words(self, conversation_id: int) -> str:
        """Return what a chat cost so far; empty where it cost nothing."""
        cost, unknown = await self._store.conversation_spending(conversation_id)
        parts = [self.tr("This chat: {cost}").format(cost=cost_text(cost))] if cost else []
        if unknown:
            parts.append(self._unpriced(unknown))
        return " · ".join(parts)

    async def limit_words(self, estimate: float | None) -> str:
        """Return why a request of that cost may pass the monthly limit; empty if it does not."""
        limit = self._core.loaded.settings.cost.monthly_limit
        if limit is None:
            return ""
        spent = sum(each.cost for each in await self._this_month())
        if not would_exceed(limit, spent, estimate):
            return ""
        so_far = self.tr("This month cost {spent} so far; your limit is {limit}.")
        more = self.tr("The price of this model is not known.")
        if estimate is not None:
            more = self.tr("This request may add about {cost}.").format(cost=cost_text(estimate))
        amounts = {"spent": _amount(spent), "limit": _amount(limit)}
        return f"{so_far.format(**amounts)} {more}"

    def turn_estimate(
        self, chat: OpenChat, ref: str, prompt: str, files: tuple[AttachedFile, ...]
    ) -> float | None:
        """Return the likely cost: the whole chat is sent, and the answer may be a long one."""
        messages, settings = chat.session.messages, chat.session.conversation.settings
        texts = [prompt, *(f.text for f in files if f.media_type.startswith("text/"))]
        sent = context_use(self._budget, ref, messages, settings.system_prompt).tokens
        sent += self._budget.estimate_text(ref, "\n".join(texts))
        longest = settings.parameters.max_tokens
        if longest is None:
            lengths = [message.output_tokens or 0 for message in messages]
            longest = max([long_answer(self._core.catalogue.get(ref)), *lengths])
        return self._estimate(ref, sent, longest)

    def text_estimate(self, ref: str, text: str, longest: int | None) -> float | None:
        """Return what sending *text* costs; without a limit, with an answer that is long."""
        if longest is None:
            longest = long_answer(self._core.catalogue.get(ref))
        return self._estimate(ref, self._budget.estimate_text(ref, text), longest)

    def _estimate(self, ref: str, sent: int, longest: int) -> float | None:
        """Return the cost of so many tokens; None when it is not known."""
        known, pricing = self._core.catalogue.get(ref), self._prices()
        if known is not None and pricing.is_unpriced(known):
            return None
        return pricing.estimate(ref, sent, longest)

    async def _show_month(self, tab: CloudProvidersTab) -> None:
        names = {key: each.name for key, each in self._core.manager.providers.items()}
        parts = []
        for each in await self._this_month():
            words = [_amount(each.cost)] if each.cost else []
            if each.unknown:
                words.append(self._unpriced(each.unknown))
            if words:
                parts.append(f"{names.get(each.provider, each.provider)} {', '.join(words)}")
        total = self.tr("This month: {amounts}.").format(amounts=" · ".join(parts))
        tab.set_spending(total if parts else self.tr("Nothing was spent this month."))

    def _unpriced(self, count: int) -> str:
        one = self.tr("1 answer without a known price")
        return one if count == 1 else self.tr("{n} answers without a known price").format(n=count)

    async def _this_month(self) -> list[Spending]:
        return await self._store.spending(*this_month(datetime.now().astimezone()))

    def _prices(self) -> Pricing:
        settings = self._core.loaded.settings
        if self._pricing is None or self._pricing[0] is not settings:
            providers = settings.provider_configurations
            models = settings.model_configurations.values()
            pricing = Pricing.of_configured(self._prices_list(), providers, models)
            self._pricing = (settings, pricing)
        return self._pricing[1]

    def _prices_list(self) -> PriceList:
        if self._list is None:
            try:
                self._list = shipped_prices()
            except AICoderError as error:
                self._list = PriceList()
                self.failed.emit(error)
        return self._list

    def _cost(self, refs: list[str], usage: TokenUsage | None, when: datetime) -> float | None:
        """Return US dollars for *usage*; *refs* are the names of one model, as asked first."""
        pricing, stated = self._prices(), self._stated_price(refs)
        if stated is not None:
            return pricing.cost_of(stated, usage, when)
        known = self._core.catalogue.get(refs[0])
        if known is not None and known.locality is not Locality.CLOUD:
            return 0.0
        if known is not None and pricing.is_unpriced(known):
            return None
        costs = (pricing.cost_of(ref, usage, when) for ref in reversed(refs))
        return next((cost for cost in costs if cost is not None), None)

    def _stated_price(self, refs: list[str]) -> str | None:
        """Return which of *refs* the user gave a price of its own."""
        models = self._core.loaded.settings.model_configurations.values()
        stated = (m.ref for m in models if m.ref in refs and m.cost_per_1k_tokens is not None)
        return next(stated, None)


def _amount(dollars: float) -> str:
    return cost_text(dollars) if dollars else "$0"
