"""What is told in passing: copied, where a link leads, an answer that is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QObject, Qt, QTimer, pyqtSlot
from PyQt6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from PyQt6.QtWidgets import QWidget

    from ai_coder.chat.conversation import Message
    from ai_coder.owners.settings import SettingsOwner
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.turn_control import TurnControl
    from ai_coder.ui.desktop_notice import DesktopNotice
    from ai_coder.ui.main_window import MainWindow

COPIED_MS = 2_000
_READY_MS = 5_000
LONG_SECONDS = 10.0
"""Who waits longer than this has probably turned to something else."""


class Announcements(QObject):
    """Uses the status bar, and the title of the window while it is in the background.

    Assistive tools read both; nothing takes the focus or covers anything. The end of a long
    answer is told by the desktop as well, where the user wants that.
    """

    def __init__(
        self,
        pane: ChatPane,
        turns: TurnControl,
        settings: SettingsOwner,
        window: MainWindow,
        alert: Callable[[QWidget], None] = QApplication.alert,
    ) -> None:
        super().__init__(window)
        self._pane = pane
        self._settings = settings
        self._window = window
        self._alert = alert
        self._notice: DesktopNotice | None = None
        self._ended: OpenChat | None = None
        self._running: set[int] = set()
        self._tells_of_end = False
        self._title = window.windowTitle()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fall_silent)
        turns.copied.connect(self._copied)
        turns.told.connect(self._told)
        pane.view.transcript.code_copied.connect(self._copied)
        pane.view.transcript.copy_progressed.connect(self._copying)
        pane.view.transcript.link_hovered.connect(self._show_link)
        pane.answer_ended.connect(self._answer_ended)
        pane.running_changed.connect(self._running_changed)
        window.installEventFilter(self)

    def say(self, text: str, milliseconds: int) -> None:
        """Show *text* in the status bar for a while."""
        self._tells_of_end = False
        self._window.status.set_message(text)
        self._timer.start(milliseconds)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take the news out of the title when the user comes back."""
        if event is not None and event.type() == QEvent.Type.WindowActivate:
            self._window.setWindowTitle(self._title)
            if self._notice is not None:
                self._notice.withdraw()
        return False

    @pyqtSlot(str)
    def _told(self, text: str) -> None:
        self.say(text, _READY_MS)

    @pyqtSlot()
    def _copied(self) -> None:
        self.say(self.tr("Copied"), COPIED_MS)

    @pyqtSlot(int)
    def _copying(self, percent: int) -> None:
        if percent >= 100:
            self._copied()
        else:
            self.say(self.tr("Copying… {n} %").format(n=percent), _READY_MS)

    @pyqtSlot(str)
    def _show_link(self, target: str) -> None:
        self._timer.stop()
        self._tells_of_end = False
        self._window.status.set_message(target)

    @pyqtSlot(object, object)
    def _answer_ended(self, chat: OpenChat, message: Message) -> None:
        text = self.tr("The answer failed") if message.failure else self.tr("Answer ready")
        title = chat.session.conversation.title
        self.say(f"{text} · {title}" if title else text, _READY_MS)
        self._tells_of_end = True
        if not self._window.isActiveWindow():
            self._window.setWindowTitle(f"{text} – {self._title}")
            self._alert(self._window)
            if (message.seconds or 0) >= LONG_SECONDS:
                self._tell_desktop(chat, text, title)

    @pyqtSlot()
    def _running_changed(self) -> None:
        """Say no more how the last answer ended once the next one is being waited for."""
        running = self._pane.chats.running_ids()
        if running - self._running and self._tells_of_end:
            self._timer.stop()
            self._fall_silent()
        self._running = running

    def _tell_desktop(self, chat: OpenChat, text: str, title: str) -> None:
        if not self._settings.settings.general.desktop_notices:
            return
        self._ended = chat
        self.notice.show(text, title or self.tr("New chat"))

    @property
    def notice(self) -> DesktopNotice:
        """The notification of the desktop, made when it is needed first."""
        if self._notice is None:
            from ai_coder.ui.desktop_notice import DesktopNotice

            self._notice = DesktopNotice(self._title, self._window.windowIcon(), self)
            self._notice.clicked.connect(self._come_back)
        return self._notice

    @pyqtSlot()
    def _come_back(self) -> None:
        """Bring the window and the chat to the front whose answer was told of."""
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        if self._ended is not None:
            self._window.show_view("chat")
            self._pane.open(self._ended.id)

    @pyqtSlot()
    def _fall_silent(self) -> None:
        self._window.status.set_message("")
