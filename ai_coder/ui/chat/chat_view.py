"""A conversation on screen: header, transcript, phase, composer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QTimer, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ai_coder.chat.turn_events import (
    AnswerEnded,
    AnswerStarted,
    NotSaved,
    PromptAdded,
    TitleChosen,
)
from ai_coder.llm.models import ReasoningDelta, TextDelta
from ai_coder.ui.chat.chat_header import ChatHeader
from ai_coder.ui.chat.find_bar import FindBar
from ai_coder.ui.chat.prompt_bar import PhaseStrip, PromptBar
from ai_coder.ui.chat.transcript import Transcript
from ai_coder.ui.chat.turn_words import phase_detail, phase_name
from ai_coder.ui.chat.welcome import WelcomePanel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_coder.chat.turn_events import TurnEvent
    from ai_coder.ui.chat.frame_scheduler import FrameScheduler
    from ai_coder.ui.chat.message_display import MessageDisplay
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.theme import Theme

_TIMER_MS = 500
_COLUMN = 780
_SCROLL_BAR = 10
"""Width of the transcript's scroll bar: composer and text share one column."""


class ChatView(QWidget):
    """Shows one open chat at a time; a chat that is not shown goes on by itself."""

    not_saved = pyqtSignal(object)
    """The `StoreProblem` of a turn that is only in memory."""

    answer_ended = pyqtSignal(object)
    """The final `Message` of the shown chat."""

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
        self._display = display
        self._chat: OpenChat | None = None
        self._streaming: int | None = None
        self._names: dict[str, tuple[str, str]] = {}
        self.header = ChatHeader(theme, self)
        self.find_bar = FindBar(theme, self)
        self.welcome = WelcomePanel(theme, self)
        self.transcript = Transcript(theme, self, frames=scheduler)
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

    def show_chat(self, chat: OpenChat, pictures: Mapping[str, bytes]) -> None:
        """Show *chat*, in the middle of its answer if one is running."""
        self._let_go()
        self._chat = chat
        chat.happened.connect(self._take)
        chat.running_changed.connect(self._running_changed)
        self.find_bar.close_bar()
        session = chat.session
        shown = self._display.all_of(session, pictures)
        running = session.messages[-1] if session.is_running and session.messages else None
        if running is not None:
            self.transcript.set_messages(shown[:-1])
            self._begin(shown[-1])
        else:
            self.transcript.set_messages(shown)
        self.header.set_title(session.conversation.title or self.tr("New chat"))
        self._stack.setCurrentWidget(self.transcript if shown else self.welcome)
        self._running_changed(chat.is_running)
        self._remember_names()

    def refresh_messages(self, pictures: Mapping[str, bytes]) -> None:
        """Show the branch of the session anew, keeping the place of the reader."""
        if self._chat is not None and not self._chat.is_running:
            shown = self._display.all_of(self._chat.session, pictures)
            self.transcript.set_messages(shown)
            self._stack.setCurrentWidget(self.transcript if shown else self.welcome)
            self._show_phase()

    def refresh_names(self) -> None:
        """Show what models and servers are called now, where that is news."""
        if self._chat is None:
            return
        session = self._chat.session
        for message in session.messages:
            if message.id != self._streaming and message.model_ref:
                names = self._display.title(message), self._display.subtitle(message)
                if self._names.get(message.model_ref) != names:
                    self.transcript.replace(self._display.shown(message, session.branches))
        self._remember_names()

    def _remember_names(self) -> None:
        messages = self._chat.session.messages if self._chat else []
        self._names = {
            m.model_ref: (self._display.title(m), self._display.subtitle(m))
            for m in messages
            if m.model_ref
        }

    def add_side_panel(self, panel: QWidget) -> None:
        """Put a panel to the right of the transcript."""
        self._body.addWidget(panel)

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
                branches = chat.session.branches
                if message.parent_id is None:
                    self.transcript.set_messages([])
                else:
                    self.transcript.remove_after(message.parent_id)
                self.transcript.append(self._display.shown(message, branches))
                self._stack.setCurrentWidget(self.transcript)
            case AnswerStarted(message):
                if message.parent_id is not None:
                    self.transcript.remove_after(message.parent_id)
                self._begin(self._display.shown(message, chat.session.branches))
            case AnswerEnded(message):
                self._end()
                self.answer_ended.emit(message)
            case TitleChosen(title):
                self.header.set_title(title)
            case NotSaved(problem):
                self.not_saved.emit(problem)
            case _:
                self._show_phase()

    @pyqtSlot(bool)
    def _running_changed(self, is_running: bool) -> None:
        self.prompt_bar.set_running(is_running)
        if is_running:
            self._clock.start()
        else:
            self._clock.stop()
            self._end()
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
        self.strip.show_phase("", "")

    @pyqtSlot(str)
    def _find(self, text: str) -> None:
        self.find_bar.set_count(self.transcript.find(text) if text else 0)
        if not text:
            self.transcript.clear_find()

    def _begin(self, shown: TranscriptMessage) -> None:
        self._stack.setCurrentWidget(self.transcript)
        self.transcript.begin_stream(shown)
        self._streaming = shown.id

    def _end(self) -> None:
        """Replace the streamed answer by its final state; also after a stop."""
        if self._streaming is None or self._chat is None:
            return
        session = self._chat.session
        final = next((m for m in session.messages if m.id == self._streaming), None)
        self._streaming = None
        if final is not None:
            self.transcript.end_stream(self._display.shown(final, session.branches))

    def _let_go(self) -> None:
        if self._chat is not None:
            self._chat.happened.disconnect(self._take)
            self._chat.running_changed.disconnect(self._running_changed)
        self._streaming = None

    def _connect(self) -> None:
        self._clock.timeout.connect(self._show_phase)
        self.header.find_requested.connect(self.find_bar.open_bar)
        self.find_bar.text_changed.connect(self._find)
        self.find_bar.next_requested.connect(self.transcript.find_next)
        self.find_bar.previous_requested.connect(self.transcript.find_previous)
        self.find_bar.closed.connect(self.transcript.clear_find)
        self.welcome.prompt_chosen.connect(self.prompt_bar.send_requested)

    def _lay_out(self) -> None:
        px = self._theme.px
        column = QVBoxLayout()
        column.setSpacing(px(4))
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
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(self._stack, 1)
        left.addLayout(row)
        self._body = QHBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self._body.addLayout(left, 1)
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
