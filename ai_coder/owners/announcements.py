"""What is told in passing: copied, where a link leads, an answer that is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, QTimer, pyqtSlot
from PyQt6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from PyQt6.QtWidgets import QWidget

    from ai_coder.chat.conversation import Message
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.turn_control import TurnControl
    from ai_coder.ui.main_window import MainWindow

COPIED_MS = 2_000
_READY_MS = 5_000


class Announcements(QObject):
    """Uses the status bar, and the title of the window while it is in the background.

    Assistive tools read both; nothing takes the focus or covers anything.
    """

    def __init__(
        self,
        pane: ChatPane,
        turns: TurnControl,
        window: MainWindow,
        alert: Callable[[QWidget], None] = QApplication.alert,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._alert = alert
        self._title = window.windowTitle()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fall_silent)
        turns.copied.connect(self._copied)
        pane.view.transcript.code_copied.connect(self._copied)
        pane.view.transcript.link_hovered.connect(self._show_link)
        pane.answer_ended.connect(self._answer_ended)
        window.installEventFilter(self)

    def say(self, text: str, milliseconds: int) -> None:
        """Show *text* in the status bar for a while."""
        self._window.status.set_message(text)
        self._timer.start(milliseconds)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take the news out of the title when the user comes back."""
        if event is not None and event.type() == QEvent.Type.WindowActivate:
            self._window.setWindowTitle(self._title)
        return False

    @pyqtSlot()
    def _copied(self) -> None:
        self.say(self.tr("Copied"), COPIED_MS)

    @pyqtSlot(str)
    def _show_link(self, target: str) -> None:
        self._timer.stop()
        self._window.status.set_message(target)

    @pyqtSlot(object, object)
    def _answer_ended(self, chat: OpenChat, message: Message) -> None:
        text = self.tr("The answer failed") if message.failure else self.tr("Answer ready")
        title = chat.session.conversation.title
        self.say(f"{text} · {title}" if title else text, _READY_MS)
        if not self._window.isActiveWindow():
            self._window.setWindowTitle(f"{text} – {self._title}")
            self._alert(self._window)

    @pyqtSlot()
    def _fall_silent(self) -> None:
        self._window.status.set_message("")
