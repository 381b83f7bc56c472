"""A conversation on screen: header, transcript, phase, composer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QMimeData, Qt, QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ai_coder.chat.turn_events import (
    AnswerEnded,
    AnswerStarted,
    PromptAdded,
    TitleChosen,
)
from ai_coder.llm.models import ReasoningDelta, TextDelta
from ai_coder.ui.chat.chat_header import ChatHeader
from ai_coder.ui.chat.code_lexers import CodeLexers
from ai_coder.ui.chat.find_bar import FindBar
from ai_coder.ui.chat.phase_strip import PhaseStrip
from ai_coder.ui.chat.prompt_bar import PromptBar
from ai_coder.ui.chat.shown_messages import ShownMessages
from ai_coder.ui.chat.side_panel import SidePanel
from ai_coder.ui.chat.sought_text import as_typed
from ai_coder.ui.chat.transcript import Transcript
from ai_coder.ui.chat.transcript_message import Offer
from ai_coder.ui.chat.turn_offers import SEND_QUEUED
from ai_coder.ui.chat.turn_words import phase_detail, phase_name
from ai_coder.ui.chat.welcome import WelcomePanel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ai_coder.chat.turn_events import TurnEvent
    from ai_coder.ui.chat.frame_scheduler import FrameScheduler
    from ai_coder.ui.chat.message_display import MessageDisplay
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.sought_text import SoughtText
    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.theme import Theme

_TIMER_MS = 500
_COLUMN = 780
_SCROLL_BAR = 10
"""Width of the transcript's scroll bar: composer and text share one column."""


class ChatView(QWidget):
    """Shows one open chat at a time; a chat that is not shown goes on by itself."""

    files_dropped = pyqtSignal(list)
    """Paths of files that were dropped anywhere on the chat."""

    def __init__(
        self,
        theme: Theme,
        scheduler: FrameScheduler,
        display: MessageDisplay,
        model_picker: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chat: OpenChat | None = None
        self._hit: SoughtText | None = None
        """What a search over all chats found here; its text in the field means its words."""

        self.header = ChatHeader(theme, self)
        self.find_bar = FindBar(theme, self)
        self.welcome = WelcomePanel(theme, self)
        self._lexers = CodeLexers(self)
        self.transcript = Transcript(theme, self, frames=scheduler, lexers=self._lexers)
        self.shown = ShownMessages(self.transcript, display, self)
        self.strip = PhaseStrip(theme, self)
        self.prompt_bar = PromptBar(theme, model_picker, self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self.transcript)
        self._clock = QTimer(self)
        self._clock.setInterval(_TIMER_MS)
        self._connect()
        self._lay_out()

    @property
    def chat(self) -> OpenChat | None:
        """The chat that is shown."""
        return self._chat

    def show_chat(self, chat: OpenChat, shown: list[TranscriptMessage]) -> None:
        """Show *chat*, in the middle of its answer if one is running.

        *shown* are its newest messages, or all of them.
        """
        if chat is not self._chat:
            self.find_bar.close_bar()
        self._let_go()
        self._chat = chat
        chat.happened.connect(self._take)
        chat.running_changed.connect(self._running_changed)
        chat.ids_changed.connect(self.shown.take_ids)
        self.shown.show(chat, shown)
        self.show_title()
        self._stack.setCurrentWidget(self.transcript if shown else self.welcome)
        self._running_changed(chat.is_running)

    def show_hit(self, message_id: int, sought: SoughtText | None) -> None:
        """Show a message at the first place of what was searched for, and look for the others."""
        self.transcript.scroll_to(message_id)
        self._hit = sought
        if sought is not None:
            self.find_bar.open_with(sought.text)
            self.transcript.look_for(sought, message_id)

    @pyqtSlot()
    def find_next(self) -> None:
        """Go to the next place below."""
        self._step(self.transcript.find_next)

    @pyqtSlot()
    def find_previous(self) -> None:
        """Go to the next place above."""
        self._step(self.transcript.find_previous)

    def _step(self, step: Callable[[], None]) -> None:
        if self.find_bar.isHidden():
            self.find_bar.open_bar()
        else:
            step()

    def take_changes(self, changed: Collection[int]) -> None:
        """Show what another window wrote into the shown chat."""
        if self._chat is not None:
            self.shown.take_changes(changed)
            self.show_title()
            if self._chat.session.messages:
                self._stack.setCurrentWidget(self.transcript)

    def show_title(self) -> None:
        """Show the name of the chat anew."""
        if self._chat is not None:
            self.header.set_title(self._chat.session.conversation.title or self.tr("New chat"))

    def close_lexers(self) -> None:
        """End the thread that loads the languages of code; nothing is shown afterwards."""
        self._lexers.close()

    def refresh_names(self) -> None:
        """Show what models and servers are called now, where that is news."""
        self.shown.refresh_names()

    def add_side_panel(self, panel: QWidget) -> None:
        """Put a panel to the right of the transcript."""
        self._body.addWidget(panel)
        SidePanel(self._theme, self, self._column, panel)

    @pyqtSlot(object)
    def _take(self, event: TurnEvent) -> None:
        """Show one event of the running turn."""
        chat = self._chat
        if chat is None:
            return
        match event:
            case TextDelta(text):
                self.transcript.add_text(text)
            case ReasoningDelta(text):
                self.transcript.add_reasoning(text)
            case PromptAdded(message):
                self.shown.add_prompt(message)
                self._stack.setCurrentWidget(self.transcript)
            case AnswerStarted(message):
                self.shown.begin(message)
                self._stack.setCurrentWidget(self.transcript)
            case AnswerEnded():
                self.shown.end()
                self._show_phase()
            case TitleChosen(title):
                self.header.set_title(title)
            case _:
                self._show_phase()

    @pyqtSlot(bool)
    def _running_changed(self, is_running: bool) -> None:
        self.prompt_bar.set_running(is_running)
        if is_running:
            self._clock.start()
        else:
            self._clock.stop()
            self.shown.end()
        self._show_phase()

    @pyqtSlot()
    def _show_phase(self) -> None:
        chat = self._chat
        if chat is None:
            return
        if chat.phase is not None:
            detail = phase_detail(chat.phase, chat.phase_seconds)
            self.strip.show_phase(phase_name(chat.phase.phase), detail)
            return
        has_queue = bool(chat.session.queue.prompts)
        offers = [Offer(self.tr("Send what waits"), SEND_QUEUED)] if has_queue else []
        self.strip.show_phase("", "", offers)

    def show_offers(self) -> None:
        """Say again what can be done now."""
        self._show_phase()

    @pyqtSlot(int, int)
    def _show_found(self, current: int, count: int) -> None:
        self.find_bar.set_count(count, current, has_more=self.transcript.has_more_places)

    def event(self, event: QEvent | None) -> bool:
        """Claim Esc while something is open that it closes before it stops the answer."""
        is_claim = event is not None and event.type() == QEvent.Type.ShortcutOverride
        if is_claim and isinstance(event, QKeyEvent) and self._closing(event.key()):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Close what is open on Esc, one thing at a time."""
        if event is not None and (close := self._closing(event.key())):
            close()
        else:
            super().keyPressEvent(event)

    def _closing(self, key: int) -> Callable[[], None] | None:
        """Return what *key* closes here, which Esc does; None if nothing is open."""
        if key != Qt.Key.Key_Escape:
            return None
        if not self.find_bar.isHidden():
            return self._close_find
        if self.prompt_bar.is_waiting:
            return self.prompt_bar.cancel_waiting
        return self.prompt_bar.cancel_editing if self.prompt_bar.is_editing else None

    def _close_find(self) -> None:
        self.find_bar.close_bar()
        self.prompt_bar.focus_prompt()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Take files of this computer."""
        if event is not None and _files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Attach the files that were dropped."""
        files = _files(event.mimeData()) if event is not None else []
        if event is not None and files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)

    @pyqtSlot(str)
    def _find(self, text: str) -> None:
        if text:
            is_hit = self._hit is not None and text == self._hit.text
            sought = self._hit if is_hit else as_typed(text)
            self.transcript.look_for(sought)  # `find_changed` tells of the places
        else:
            self.find_bar.set_count(0)
            self.transcript.clear_find()

    def _let_go(self) -> None:
        if self._chat is not None:
            self._chat.happened.disconnect(self._take)
            self._chat.running_changed.disconnect(self._running_changed)
            self._chat.ids_changed.disconnect(self.shown.take_ids)

    def _connect(self) -> None:
        self._clock.timeout.connect(self._show_phase)
        self.header.find_requested.connect(self.find_bar.open_bar)
        self.find_bar.text_changed.connect(self._find)
        self.find_bar.next_requested.connect(self.find_next)
        self.find_bar.previous_requested.connect(self.find_previous)
        self.find_bar.closed.connect(self.transcript.clear_find)
        self.transcript.find_changed.connect(self._show_found)
        self.setAcceptDrops(True)
        self.welcome.prompt_chosen.connect(self.prompt_bar.send_requested)

    def _lay_out(self) -> None:
        px = self._theme.px
        column = QVBoxLayout()
        column.setSpacing(px(8))
        column.addWidget(self.strip)
        column.addWidget(self.prompt_bar)
        self._composer = QWidget(self)
        self._composer.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setContentsMargins(px(24), px(4), px(24 + _SCROLL_BAR), px(14))
        row.addStretch(1)
        row.addWidget(self._composer, 1000)
        row.addStretch(1)
        self._column = QWidget(self)
        left = QVBoxLayout(self._column)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self._stack, 1)
        self._stack.setMinimumHeight(1)  # what is read gives way before the composer does
        left.addLayout(row)
        self._body = QHBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self._body.addWidget(self._column, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self.find_bar)
        whole.addLayout(self._body, 1)
        self._theme.changed.connect(self._restyle)
        self._restyle()

    @pyqtSlot()
    def _restyle(self) -> None:
        self._composer.setMaximumWidth(self._theme.px(_COLUMN))


def _files(data: QMimeData | None) -> list[Path]:
    urls = data.urls() if data is not None else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
