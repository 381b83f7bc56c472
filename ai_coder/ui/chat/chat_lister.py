"""Keeps the list of chats true: all of them by day, or what a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.chat.search import SearchQuery
from ai_coder.errors import AICoderError
from ai_coder.ui.chat.chat_rows import chat_rows, search_rows, with_title
from ai_coder.ui.chat.new_day import NewDay
from ai_coder.ui.chat.sought_text import as_found
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from ai_coder.chat.conversation import Conversation
    from ai_coder.chat.search import SearchHit
    from ai_coder.chat.store import ChatStore
    from ai_coder.ui.chat.conversation_list import ConversationList
    from ai_coder.ui.chat.conversation_rows import RowData
    from ai_coder.ui.chat.message_display import MessageDisplay
    from ai_coder.ui.chat.sought_text import SoughtText

_SEARCH_MS = 150


class ChatLister(QObject):
    """Reads the chats whenever they changed, and searches while something is looked for."""

    failed = pyqtSignal(AICoderError)

    def __init__(
        self,
        store: ChatStore,
        chats: ConversationList,
        display: MessageDisplay,
        *,
        running: Callable[[], Container[int]],
        current: Callable[[], int | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.conversations: list[Conversation] = []
        self._store = store
        self._list = chats
        self._display = display
        self._running = running
        self._current = current
        self._text = ""
        self._found: list[RowData] = []
        self._turn = 0
        self._is_closed = False
        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_SEARCH_MS)
        self._pause.timeout.connect(self.refresh_soon)
        self.new_day = NewDay(self)
        self.new_day.begun.connect(self.refresh_soon)
        chats.search_requested.connect(self._search)

    @pyqtSlot()
    def refresh_soon(self) -> None:
        """Read the list of chats again, or search again."""
        if not self._is_closed:  # what is stored last may still be told
            self.tasks.start(self.refresh(), name="refresh chats")

    def sought(self, message_id: int) -> SoughtText | None:
        """Return what a message was found by; None if nothing is searched."""
        rows = (row for row in self._found if row.message_id == message_id)
        return as_found(self._text, (word for row in rows for word in row.marked_words))

    async def aclose(self) -> None:
        """End what runs, and begin nothing any more."""
        self._is_closed = True
        self._pause.stop()
        await self.tasks.aclose()

    async def refresh(self) -> None:
        """Show what is true now; an answer that comes after a newer one is dropped."""
        self._turn += 1
        turn = self._turn
        conversations = await self._store.conversations()
        hits = await self._store.search(self._query()) if self._text else []
        if turn != self._turn:
            return
        self.conversations = conversations
        if self._text:
            self._show_found(hits)
            return
        rows = chat_rows(
            conversations,
            self.new_day.now(),
            self._running(),
            self._current(),
            self._display.model_name,
        )
        self._list.set_rows(rows, self._current())

    def _show_found(self, hits: Sequence[SearchHit]) -> None:
        filters = self._list.filters
        titled = with_title(
            self.conversations, self._text, model_ref=filters.model_ref, since=filters.since
        )
        self._found = search_rows(titled, hits, self._display.model_name)
        self._list.set_rows(self._found, None, self._current())

    def _query(self) -> SearchQuery:
        filters = self._list.filters
        return SearchQuery(self._text, model_ref=filters.model_ref, since=filters.since)

    @pyqtSlot(str)
    def _search(self, text: str) -> None:
        if text.strip() and not self._text:
            self.tasks.start(self._offer_models(), name="models of the search")
        self._text = text.strip()
        self._pause.start()

    async def _offer_models(self) -> None:
        used = await self._store.models_used()
        self._list.filters.set_models([(self._display.model_name(ref), ref) for ref in used])
