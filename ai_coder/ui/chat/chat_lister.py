"""Keeps the list of chats true: all of them by day, or what a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from ai_coder.chat.search import SearchQuery
from ai_coder.errors import AICoderError
from ai_coder.ui.chat.chat_rows import chat_rows, search_rows, with_title
from ai_coder.ui.chat.new_day import NewDay
from ai_coder.ui.chat.snippet_text import found_words
from ai_coder.ui.chat.sought_text import as_found
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from ai_coder.chat.conversation import Conversation
    from ai_coder.chat.search import SearchHit
    from ai_coder.chat.store import ChatStore
    from ai_coder.ui.chat.conversation_list import ConversationList
    from ai_coder.ui.chat.message_display import MessageDisplay
    from ai_coder.ui.chat.sought_text import SoughtText

_SEARCH_MS = 150
_PAGE = 50
"""How many hits are shown at once, and how many more whenever that is asked for."""


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
        self._wanted = _PAGE
        self._found: Sequence[SearchHit] = ()
        self._is_new = False
        """Whether nothing of what is looked for was shown yet."""

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
        chats.more_requested.connect(self._show_more)

    @pyqtSlot()
    def refresh_soon(self) -> None:
        """Read the list of chats again, or search again."""
        if not self._is_closed:  # what is stored last may still be told
            self.tasks.start(self.refresh(), name="refresh chats")

    def sought(self, message_id: int) -> SoughtText | None:
        """Return what a message was found by; None if nothing is searched."""
        hits = (hit for hit in self._found if hit.message_id == message_id)
        return as_found(self._text, (word for hit in hits for word in found_words(hit)))

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
        wanted = self._wanted
        hits = await self._store.search(self._query()) if self._text else []
        if turn != self._turn:
            return
        self.conversations = conversations
        if self._text:
            self._show_found(hits[:wanted], has_more=len(hits) > wanted)
            return
        rows = chat_rows(
            conversations,
            self.new_day.now(),
            self._running(),
            self._current(),
            self._display.model_name,
        )
        self._list.set_rows(rows, self._current())

    def _query(self) -> SearchQuery:
        """Return what is asked for: one more than is shown tells whether there are more."""
        filters = self._list.filters
        model, since = filters.model_ref, filters.since
        return SearchQuery(self._text, model_ref=model, since=since, limit=self._wanted + 1)

    def _show_found(self, hits: Sequence[SearchHit], *, has_more: bool) -> None:
        filters = self._list.filters
        titled = with_title(
            self.conversations, self._text, model_ref=filters.model_ref, since=filters.since
        )
        self._found = hits
        rows = search_rows(titled, hits, self._display.model_name, has_more=has_more)
        self._list.set_rows(rows, self._current(), are_found=True)
        if self._is_new:
            self._list.scroll_to_top()
        self._is_new = False

    @pyqtSlot()
    def _show_more(self) -> None:
        self._wanted += _PAGE
        self.refresh_soon()

    @pyqtSlot(str)
    def _search(self, text: str) -> None:
        if text.strip() and not self._text:
            self.tasks.start(self._offer_models(), name="models of the search")
        self._text = text.strip()
        self._wanted = _PAGE
        self._is_new = True
        self._turn += 1
        self._pause.start()

    async def _offer_models(self) -> None:
        used = await self._store.models_used()
        self._list.filters.set_models([(self._display.model_name(ref), ref) for ref in used])
