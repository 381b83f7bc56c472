"""The chat pane: the list of chats beside the one that is open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PyQt6.QtCore import pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QHBoxLayout, QWidget

from ai_coder.errors import AICoderError
from ai_coder.ui.chat.attachments import Attachments
from ai_coder.ui.chat.branch_control import BranchControl
from ai_coder.ui.chat.chat_care import ChatCare
from ai_coder.ui.chat.chat_lister import ChatLister
from ai_coder.ui.chat.chat_loader import ChatLoader
from ai_coder.ui.chat.chat_view import ChatView
from ai_coder.ui.chat.conversation_list import ConversationList
from ai_coder.ui.chat.drafts import Drafts
from ai_coder.ui.chat.late_saving import LateSaving
from ai_coder.ui.chat.open_chats import OpenChats
from ai_coder.ui.chat.reopening import Reopening
from ai_coder.ui.chat.sidebar import Sidebar
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_coder.chat.conversation import Conversation, ConversationSettings, Message
    from ai_coder.chat.store import ChatStore
    from ai_coder.chat.turn import Stream
    from ai_coder.ui.chat.frame_scheduler import FrameScheduler
    from ai_coder.ui.chat.message_display import MessageDisplay
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.theme import Theme


class ChatPane(QWidget):
    """Opens chats, keeps running ones alive, and follows what other windows write."""

    chat_shown = pyqtSignal(object)
    """The `OpenChat` that is shown now."""

    running_changed = pyqtSignal()
    """A turn of some chat began or ended."""

    answer_ended = pyqtSignal(object, object)
    """An `OpenChat`, shown or not, and the final `Message` of its turn."""

    not_saved = pyqtSignal(object, object)
    """An `OpenChat` and the `StoreProblem` because of which its turn is only in memory."""

    branch_refused = pyqtSignal(int, int)
    """A conversation, whose answer runs, and a message of another branch that was to be shown."""

    queue_changed = pyqtSignal()
    failed = pyqtSignal(AICoderError)
    export_requested = pyqtSignal(int)
    import_requested = pyqtSignal()
    export_all_requested = pyqtSignal()
    bin_requested = pyqtSignal()

    def __init__(
        self,
        theme: Theme,
        scheduler: FrameScheduler,
        store: ChatStore,
        stream: Stream,
        display: MessageDisplay,
        model_picker: QWidget,
        *,
        new_settings: Callable[[], ConversationSettings],
        price: Callable[[Message], float | None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._loader = ChatLoader(store, stream, display, price)
        self._new_settings = new_settings
        self.chats = OpenChats(self._loader, self)
        self._opening = asyncio.Lock()
        """One chat is opened after the other, so that the last one asked for is shown."""

        self._is_behind = False
        self.tasks = TaskScope(self)
        self.list = ConversationList(theme, self)
        self.view = ChatView(theme, scheduler, display, model_picker, self)
        self.branches = BranchControl(self._loader, self.view)
        self.attachments = Attachments(self.view.prompt_bar, self)
        bar = self.view.prompt_bar
        self.drafts = Drafts(store, self.chats, bar, self.attachments, self)
        self.lister = ChatLister(
            store,
            self.list,
            display,
            running=self.chats.running_ids,
            current=lambda: self.chat.id if self.chat else None,
            parent=self,
        )
        self.care = ChatCare(store, self)
        self.reopening = Reopening(store, self, self._opening)
        self.saving = LateSaving(store, self.chats, self.drafts, self.reopening.leave_memory, self)
        self.sidebar = Sidebar(theme, self, self.list, self.view.header.sidebar_button)
        self._connect()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.list)
        layout.addWidget(self.view, 1)

    @property
    def chat(self) -> OpenChat | None:
        """The chat that is shown."""
        return self.view.chat

    def add_side_panel(self, panel: QWidget) -> None:
        """Put a panel to the right of the chat; the list gives way to it where room is short."""
        self.view.add_side_panel(panel)
        self.sidebar.give_way_to(panel)

    @property
    def is_running(self) -> bool:
        """Whether an answer is on its way in any chat."""
        return bool(self.chats.running_ids())

    def take_keyboard(self) -> None:
        """Put the caret into the prompt: who comes here wants to write."""
        self.view.prompt_bar.focus_prompt()

    async def start(self, *, reopen: bool) -> None:
        """Show the last chat, or an empty one."""
        used = [c for c in await self._store.conversations() if not c.is_empty]
        latest = max(used, key=lambda c: c.updated_at, default=None)
        if reopen and latest is not None:
            await self.show_chat(latest.id)
        else:
            await self.show_new()

    def is_untouched(self, conversation: Conversation) -> bool:
        """Whether nobody would miss this chat: it is as a new one is."""
        chat = self.chats.get(conversation.id)
        is_written = chat is not None and chat.has_words
        is_new = conversation.is_empty and conversation.settings == self._new_settings()
        return is_new and not conversation.title and not is_written

    @pyqtSlot()
    def new_chat(self) -> None:
        """Show an empty chat; one that is still empty is used again."""
        self.view.prompt_bar.focus_prompt()
        self.tasks.start(self.show_new(), name="new chat")

    @pyqtSlot(int)
    def open(self, conversation_id: int) -> None:
        """Show a chat."""
        self.tasks.start(self.show_chat(conversation_id), name="open chat")

    @pyqtSlot(int, int)
    def open_message(self, conversation_id: int, message_id: int) -> None:
        """Show a chat at one of its messages."""
        self.tasks.start(self.show_chat(conversation_id, message_id), name="open message")

    def stop_and_open(self, conversation_id: int, message_id: int) -> None:
        """End the answer of a chat and show it at one of its messages."""
        showing = self._stop_and_show(conversation_id, message_id)
        self.tasks.start(showing, name="stop and open message")

    def forget(self, conversation_ids: Sequence[int]) -> None:
        """Hold nothing of chats that are gone; the one that is shown stays until another is."""
        for number in conversation_ids:
            if self.chat is None or self.chat.id != number:
                self.chats.forget(number)

    @pyqtSlot(int)
    def show_neighbour(self, step: int) -> None:
        """Show the chat *step* rows below in the list."""
        neighbour = self.list.neighbour(step)
        if neighbour is not None:
            self.open(neighbour)

    @pyqtSlot()
    def refresh_list(self) -> None:
        """Read the list of chats again, or search again."""
        self.lister.refresh_soon()

    @pyqtSlot()
    def follow_disk(self) -> None:
        """Show what another window wrote into the open chat; later, if it writes itself now."""
        self._is_behind = True
        self.tasks.start(self._catch_up(), name="follow another window")

    async def aclose(self) -> None:
        """Stop running answers, keep what arrived, and store the drafts."""
        await self.chats.stopped()
        await self.saving.aclose()
        await self.drafts.aclose()
        await self.lister.aclose()
        await self.care.tasks.aclose()
        await self.tasks.aclose()
        self.view.close_lexers()

    async def show_new(self) -> None:
        """Show an empty chat; one that is still empty is used again."""
        async with self._opening:
            settings = self._new_settings()
            await self.drafts.save_or_wait()
            for conversation in await self._store.conversations():
                held = self.chats.get(conversation.id)
                is_own = held is not None and held is self.chat and held.is_blank
                is_free = is_own or (held is None and not self._store.is_shared)
                if conversation.is_empty and is_free:
                    if held is not None:
                        await held.session.set_settings(settings)
                    else:
                        await self._store.set_settings(conversation.id, settings)
                        await self._store.set_model(conversation.id, None)
                    await self._bring(conversation.id)
                    return
            made = await self._store.create_conversation(settings=settings)
            await self._bring(made.id)

    async def show_chat(self, conversation_id: int, message_id: int | None = None) -> None:
        """Show a chat, at one of its messages if that is wanted."""
        async with self._opening:
            await self._bring(conversation_id, message_id)

    async def _bring(self, conversation_id: int, message_id: int | None = None) -> None:
        """Show a chat; whatever is typed until then belongs to the one that was shown."""
        chat = await self.chats.opened(conversation_id)
        if chat is None:
            return
        if message_id is not None and not await self.branches.choose(chat, message_id):
            self.branch_refused.emit(conversation_id, message_id)
            if chat is self.chat:
                return
        if chat is self.chat and self._show_hit(message_id):
            return
        shown = await self._loader.shown(chat)
        self._show(chat, shown)
        self.drafts.show(chat)
        self.chats.forget_idle(chat)
        self.chat_shown.emit(chat)
        self._show_hit(message_id)
        await self.lister.refresh()

    def _show_hit(self, message_id: int | None) -> bool:
        """Go to a message, and return whether it is one of the transcript."""
        is_there = message_id is not None and self.view.transcript.has(message_id)
        if message_id is not None and is_there:
            self.view.show_hit(message_id, self.lister.sought(message_id))
        return is_there

    async def _stop_and_show(self, conversation_id: int, message_id: int) -> None:
        chat = self.chats.get(conversation_id)
        if chat is not None:
            await chat.turn_stopped()
        await self.show_chat(conversation_id, message_id)

    def _show(self, chat: OpenChat, shown: list[TranscriptMessage]) -> None:
        """Show what is read of a chat, and read the rest afterwards."""
        session = chat.session
        self.view.show_chat(chat, shown)
        if len(session.messages) < len(session.branches.path(session.conversation.head)):
            chat.reading.start(self._read_older(chat), name="read older messages")

    async def _show_branch(self, chat: OpenChat) -> None:
        shown = await self._loader.shown(chat)
        if chat is self.chat:
            self._show(chat, shown)

    async def _read_older(self, chat: OpenChat) -> None:
        self.view.shown.take_older(chat, await self._loader.older(chat))

    async def _catch_up(self) -> None:
        async with self._opening:
            chat = self.chat
            if chat is None or chat.is_running or not self._is_behind:
                return
            self._is_behind = False
            changed = await chat.session.refresh()
            if changed and not chat.is_running:
                self.view.take_changes(changed)

    def _connect(self) -> None:
        chats = self.list
        chats.new_requested.connect(self.new_chat)
        chats.opened.connect(self.open)
        chats.message_opened.connect(self.open_message)
        chats.export_requested.connect(self.export_requested)
        chats.import_requested.connect(self.import_requested)
        chats.bin_requested.connect(self.bin_requested)
        chats.export_all_requested.connect(self.export_all_requested)
        self.lister.failed.connect(self.failed)
        self.view.files_dropped.connect(self.attachments.add_files)
        self._store.on_foreign_change = self.follow_disk
        self.care.failed.connect(self.failed)
        self.drafts.failed.connect(self.failed)
        self.attachments.failed.connect(self.failed)
        self.chats.failed.connect(self.failed)
        self.chats.running_changed.connect(self._running_changed)
        self.chats.queue_changed.connect(self.queue_changed)
        self.chats.answer_ended.connect(self.answer_ended)
        self.chats.not_saved.connect(self.not_saved)
        self.chats.settled.connect(self._show_settled)
        self.tasks.failed.connect(self.failed)

    @pyqtSlot(object)
    def _show_settled(self, chat: OpenChat) -> None:
        if chat is self.chat:
            self.tasks.start(self._show_branch(chat), name="show branch")

    @pyqtSlot()
    def _running_changed(self) -> None:
        self.refresh_list()
        self.running_changed.emit()
        if self._is_behind:
            self.follow_disk()

    def show_title(self, chat: OpenChat) -> None:
        """Show the name of a chat anew."""
        if chat is self.chat:
            self.view.show_title()
