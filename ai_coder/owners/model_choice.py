"""Which model a chat asks: the one chosen for it, else the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal, pyqtSlot

from ai_coder.errors import AICoderError
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from ai_coder.core import Core
    from ai_coder.owners.servers import ServersOwner
    from ai_coder.ui.catalogue.model_picker import ModelPicker
    from ai_coder.ui.chat.chat_pane import ChatPane
    from ai_coder.ui.chat.open_chat import OpenChat


class ModelChoice(QObject):
    """Shows the model of the open chat in the dropdown.

    An empty chat follows the default. As soon as something is written in it, it has a model of
    its own: what was meant for one model never goes to another because a server went away.
    """

    changed = pyqtSignal()
    """The dropdown may show another model, or more of the same."""

    failed = pyqtSignal(AICoderError)

    def __init__(
        self, core: Core, servers: ServersOwner, pane: ChatPane, picker: ModelPicker
    ) -> None:
        super().__init__(pane)
        self._core = core
        self._pane = pane
        self._picker = picker
        self._shown: OpenChat | None = None
        self._unstored: dict[int, str | None] = {}
        """Models that were just chosen, until their chats know it."""

        self._taken: set[int] = set()
        """Chats whose model is the default of the moment in which writing began."""

        self.tasks = TaskScope(self)
        self.tasks.failed.connect(self.failed)
        pane.chat_shown.connect(self._chat_shown)
        pane.view.prompt_bar.draft_changed.connect(self._take)
        pane.attachments.changed.connect(self._take)
        picker.chosen.connect(self._chosen)
        servers.models_changed.connect(self._show)

    def choose(self, ref: str) -> None:
        """Ask this model in the open chat."""
        self._picker.set_current(ref)
        self._chosen(ref)

    @pyqtSlot(object)
    def _chat_shown(self, chat: OpenChat) -> None:
        self._shown = chat
        self._show()

    @pyqtSlot(str)
    def _chosen(self, ref: str) -> None:
        chat = self._pane.chat
        if chat is not None:
            self._taken.discard(chat.id)
            self._store(chat, ref)
        self.changed.emit()

    @pyqtSlot()
    def _show(self) -> None:
        chat = self._shown
        if chat is not None and chat is self._pane.chat:
            if chat.id in self._taken and self._is_blank(chat):
                self._taken.discard(chat.id)
                self._store(chat, None)
            self._picker.set_current(self._own_ref(chat) or self._default_ref())
            self._take()
        self.changed.emit()

    @pyqtSlot()
    def _take(self) -> None:
        """Give the chat in which something is written the model that it shows.

        The guide is not kept: it answers questions until there is a model to work with.
        """
        chat, ref = self._shown, self._picker.current_ref()
        if chat is None or chat is not self._pane.chat or not self._is_written_in(chat):
            return
        model = self._core.catalogue.get(ref) if ref else None
        if model is None or model.metadata.get("help_only") or self._own_ref(chat) is not None:
            return
        self._taken.add(chat.id)
        self._store(chat, model.ref)

    def _store(self, chat: OpenChat, ref: str | None) -> None:
        self._unstored[chat.id] = ref
        self.tasks.start(self._stored(chat, ref), name="choose model")

    async def _stored(self, chat: OpenChat, ref: str | None) -> None:
        await chat.session.set_model(ref)
        if self._unstored.get(chat.id, "") == ref:
            del self._unstored[chat.id]

    def _own_ref(self, chat: OpenChat) -> str | None:
        return self._unstored.get(chat.id, chat.session.conversation.model_ref)

    def _default_ref(self) -> str | None:
        model = self._core.default_model()
        return model.ref if model else None

    def _is_written_in(self, chat: OpenChat) -> bool:
        is_written = self._pane.view.prompt_bar.text() or chat.unsent.text or chat.edit
        return bool(is_written or chat.written.attachments)

    def _is_blank(self, chat: OpenChat) -> bool:
        is_used = chat.is_running or chat.session.messages
        return not (is_used or self._is_written_in(chat))
