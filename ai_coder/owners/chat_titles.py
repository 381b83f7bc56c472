"""Titles of chats by the chat's own local model, when the user wants that."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSlot

from ai_coder.chat.conversation import Message, MessageStatus
from ai_coder.chat.titles import cleaned_title, title_request
from ai_coder.errors import AICoderError
from ai_coder.llm.models import Locality, Role, TextDelta
from ai_coder.settings.schema import TitleSource
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.core import Core
    from ai_coder.owners.settings import SettingsOwner
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat


class ChatTitlesOwner(QObject):
    """Asks after the first answer, never another model, never a company's.

    The next prompt has the server for itself: a title that is still being written is given up.
    """

    def __init__(self, core: Core, settings: SettingsOwner, pane: ChatPane) -> None:
        super().__init__(pane)
        self._core = core
        self._settings = settings
        self._pane = pane
        self.tasks = TaskScope(self)
        pane.answer_ended.connect(self._answer_ended)
        pane.running_changed.connect(self._running_changed)

    @pyqtSlot()
    def stop(self) -> None:
        """Give up a title that is being written."""
        self.tasks.cancel_all()

    @pyqtSlot(object, object)
    def _answer_ended(self, chat: OpenChat, answer: Message) -> None:
        if self._settings.settings.general.titles is not TitleSource.LOCAL_MODEL:
            return
        messages = chat.session.messages
        model = self._core.catalogue.get(answer.model_ref or "")
        is_first = [m.role for m in messages] == [Role.USER, Role.ASSISTANT]
        is_wanted = is_first and chat.session.conversation.is_title_automatic
        if not is_wanted or answer.status is not MessageStatus.COMPLETE or not answer.text:
            return
        if model is None or model.locality is Locality.CLOUD or model.metadata.get("help_only"):
            return
        if not chat.session.queue.prompts:
            self.tasks.start(self._write(chat, messages[0], answer), name="write title")

    @pyqtSlot()
    def _running_changed(self) -> None:
        if self._pane.is_running:
            self.stop()

    async def _write(self, chat: OpenChat, prompt: Message, answer: Message) -> None:
        ref = answer.model_ref or ""
        request = title_request(ref.partition("/")[2], prompt.text, answer.text)
        words: list[str] = []
        try:
            async with aclosing(self._core.manager.stream_chat(ref, request)) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        words.append(event.text)
        except AICoderError:
            return  # the first words stay
        title = cleaned_title("".join(words))
        if title:
            await chat.session.rename(title, is_automatic=True)
            self._pane.show_title(chat)
