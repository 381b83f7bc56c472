"""What mends a conversation that is too long: a larger window, or a summary to go on from."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import Conversation, Message
from ai_coder.chat.summary import last_exchange, summary_request
from ai_coder.errors import AICoderError
from ai_coder.llm.models import Role, TextDelta, TokenUsage
from ai_coder.ui.chat.turn_offers import larger_window
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.chat.store import ChatStore
    from ai_coder.core import Core
    from ai_coder.llm.context_budget import ContextBudget
    from ai_coder.owners.costs import CostsOwner
    from ai_coder.owners.model_loading import ModelLoading
    from ai_coder.owners.sending import SendingGate
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.main_window import MainWindow

_UNKNOWN_WINDOW = 4096
_KEPT_FREE = 1000
"""Tokens of the window for the summary itself and the template."""


class OverflowOwner(QObject):
    """Reloads the model and sends again, or begins a new chat from a summary of this one."""

    failed = pyqtSignal(AICoderError)

    def __init__(
        self,
        core: Core,
        store: ChatStore,
        budget: ContextBudget,
        gate: SendingGate,
        costs: CostsOwner,
        pane: ChatPane,
        window: MainWindow,
        loading: ModelLoading,
    ) -> None:
        super().__init__(window)
        self._core = core
        self._loading = loading
        self._store = store
        self._budget = budget
        self._gate = gate
        self._costs = costs
        self._pane = pane
        self._window = window
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        self.tasks.running_changed.connect(self._ended)

    @pyqtSlot(int)
    def reload(self, message_id: int) -> None:
        """Load the model of an answer with the next larger window and ask again."""
        found = self._find(message_id)
        if found is not None and not self.tasks.is_running:
            self.tasks.start(self._reload(*found), name="reload larger")

    @pyqtSlot(int)
    def start_fresh(self, message_id: int) -> None:
        """Go on in a new chat that begins with a summary of what stands above an answer."""
        found = self._find(message_id)
        if found is not None and not self.tasks.is_running:
            self.tasks.start(self._start_fresh(*found), name="start fresh")

    @pyqtSlot()
    def stop(self) -> None:
        """Give up what runs."""
        self.tasks.cancel_all()

    def _find(self, message_id: int) -> tuple[OpenChat, Message] | None:
        chat = self._pane.chat
        messages = chat.session.messages if chat is not None else []
        message = next((m for m in messages if m.id == message_id), None)
        return (chat, message) if chat is not None and message is not None else None

    async def _reload(self, chat: OpenChat, answer: Message) -> None:
        ref = answer.model_ref or ""
        model = self._core.catalogue.get(ref)
        window = larger_window(answer, model)
        if model is None or window is None:
            return
        if not await self._loading.loaded(ref, window):
            return
        settings = chat.session.conversation.settings
        if settings.context_length is not None and settings.context_length < window:
            await chat.session.set_settings(replace(settings, context_length=window))
        if not chat.is_running:
            chat.run(chat.session.regenerate(answer.id, model_ref=ref))

    async def _start_fresh(self, chat: OpenChat, answer: Message) -> None:
        session = chat.session
        await session.load_rest()
        place = next(i for i, m in enumerate(session.messages) if m.id == answer.id)
        history, draft = session.messages[:place], ""
        if history and history[-1].role is Role.USER and not answer.text.strip():
            draft = history.pop().text
        elif answer.text.strip():
            history.append(answer)
        text = await self._summary(answer.model_ref or "", history) or last_exchange(history)
        now = datetime.now(UTC)
        old = session.conversation
        title = self.tr("{title} (continued)").format(title=old.title or self.tr("New chat"))
        fresh = Conversation(
            0,
            title,
            now,
            now,
            is_title_automatic=False,
            model_ref=old.model_ref,
            draft=draft,
            settings=old.settings,
            head=1 if text else None,
        )
        source = self._gate.local_source(session.messages[: place + 1])
        first = Message(1, 0, None, Role.USER, text, now, model_ref=source)
        archived = ArchivedConversation(fresh, (first,) if text else (), {})
        made = (await self._store.add_archived([archived]))[0]
        await self._store.set_draft(made.id, draft)
        self._gate.go_on_in(made.id, chat)
        self._pane.open(made.id)

    async def _summary(self, ref: str, history: list[Message]) -> str:
        """Return a summary by the chat's own model; empty when it cannot write one."""
        model = self._core.catalogue.get(ref)
        if model is None or model.metadata.get("help_only"):
            return ""
        window = self._core.manager.expected_window(model, wanted=None, prompt_tokens=0)
        room = (window or _UNKNOWN_WINDOW) - _KEPT_FREE
        per_token = 1000 / max(self._budget.estimate_length(ref, 1000), 1)
        request = summary_request(model.name, history, round(room * per_token * 0.8))
        if request is None:
            return ""
        sent = "\n".join(message.text for message in request.messages)
        longest = request.parameters.max_tokens
        if not await self._gate.may_spend(ref, self._costs.text_estimate(ref, sent, longest)):
            return ""
        self._say(self.tr("{model} writes a summary…").format(model=model.display_name))
        words: list[str] = []
        usage: TokenUsage | None = None
        try:
            async with aclosing(self._core.manager.stream_chat(ref, request)) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        words.append(event.text)
                    elif isinstance(event, TokenUsage):
                        usage = event
        except AICoderError:
            return ""  # the last exchange is quoted instead
        finally:
            if words:
                self._costs.count_completion(ref, usage)
        text = "".join(words).strip()
        heading = self.tr("Summary of our conversation so far:")
        return f"{heading}\n\n{text}" if text else ""

    def _say(self, text: str) -> None:
        self._window.status.set_message(text)

    @pyqtSlot(bool)
    def _ended(self, is_running: bool) -> None:
        if not is_running:
            self._say("")
