"""What has to be asked before words leave for a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QCheckBox, QMessageBox

from ai_coder.chat.conversation import MessageStatus
from ai_coder.llm.address import locality
from ai_coder.llm.fallback import is_near
from ai_coder.llm.models import Locality, Role, provider_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PyQt6.QtWidgets import QWidget

    from ai_coder.chat.conversation import AttachedFile, Message
    from ai_coder.core import Core
    from ai_coder.llm.models import ModelConfig
    from ai_coder.llm.providers.base import BaseProvider
    from ai_coder.owners.costs import CostsOwner
    from ai_coder.owners.settings import SettingsOwner
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.main_window import MainWindow


def _tr(text: str) -> str:
    return QCoreApplication.translate("Sending", text)


class SendingGate:
    """Asks once before a chat that was local goes to a company, and before a limit is passed."""

    def __init__(
        self, core: Core, settings: SettingsOwner, costs: CostsOwner, window: MainWindow
    ) -> None:
        self._core = core
        self._settings = settings
        self._costs = costs
        self._window = window
        self._allowed: set[tuple[int, str]] = set()
        self._may_complete: set[str] = set()

    async def may_send(
        self, chat: OpenChat, ref: str, prompt: str, files: tuple[AttachedFile, ...]
    ) -> bool:
        """Return False when the user does not want the prompt to be sent."""
        if not self._is_cloud(ref) or self._is_locked(ref):
            return True
        provider_id = provider_of(ref)
        await chat.session.load_rest()
        if self._has_to_ask(chat, provider_id, files):
            words = _tr("This chat and its attachments, local until now, will be sent there.")
            if not await self._ask_to_leave(ref, words):
                return False
            self._allowed.add((chat.id, provider_id))
        return await self.may_spend(ref, self._costs.turn_estimate(chat, ref, prompt, files))

    async def may_complete(self, ref: str, text: str, longest: int | None, asking: QWidget) -> bool:
        """Return False when the user does not want *text* to be completed by the model *ref*.

        Text that was put into the window *asking* counts as local, like an attachment: the
        question comes once for each company.
        """
        if not self._is_cloud(ref) or self._is_locked(ref):
            return True
        provider_id = provider_of(ref)
        confirmed = self._settings.settings.privacy.cloud_confirmed
        if provider_id not in confirmed and provider_id not in self._may_complete:
            if not await self._ask_to_leave(ref, _tr("The text will be sent there."), asking):
                return False
            self._may_complete.add(provider_id)
        return await self.may_spend(ref, self._costs.text_estimate(ref, text, longest), asking)

    async def may_spend(
        self, ref: str, estimate: float | None, asking: QWidget | None = None
    ) -> bool:
        """Return False when a request of that cost would pass the limit and the user says no."""
        words = await self._costs.limit_words(estimate) if self._is_cloud(ref) else ""
        return not words or await self._ask_to_spend(words, asking)

    def may_stand_in(self, model: ModelConfig) -> bool:
        """Whether a model may answer in place of another without a question."""
        if is_near(model):
            return True
        settings = self._settings.settings
        is_confirmed = model.provider in settings.privacy.cloud_confirmed
        return is_confirmed and settings.cost.monthly_limit is None

    def local_source(self, messages: Sequence[Message]) -> str | None:
        """Return a model of one's own computers that wrote some of *messages*; None if none did."""
        local = (_author(m) for m in messages if _author(m) and self._is_local_content(m))
        return next(local, None)

    def go_on_in(self, conversation_id: int, chat: OpenChat) -> None:
        """Let companies that have all of *chat* have what goes on from it, without a question."""
        allowed = {provider for chat_id, provider in self._allowed if chat_id == chat.id}
        authors = {provider_of(_author(m)) for m in chat.session.messages}
        allowed |= {each for each in authors if each and not self._has_to_ask(chat, each, ())}
        self._allowed |= {(conversation_id, provider_id) for provider_id in allowed}

    def _is_cloud(self, ref: str) -> bool:
        model = self._core.catalogue.get(ref)
        if model is not None:
            return model.locality is Locality.CLOUD
        provider = self._core.manager.providers.get(provider_of(ref))
        if provider is None or provider.has_models_folder:
            return False
        return not provider.is_local or locality(_address(provider)) is Locality.CLOUD

    def _is_locked(self, ref: str) -> bool:
        """Whether the lock keeps the words here anyway, and the error card will say so."""
        model = self._core.catalogue.get(ref)
        provider = self._core.manager.providers.get(provider_of(ref))
        url = _address(provider) if provider else ""
        place = model.runs_at if model is not None and model.runs_at else url
        return bool(place) and not self._core.network.is_allowed(place)

    def _has_to_ask(
        self, chat: OpenChat, provider_id: str, files: tuple[AttachedFile, ...]
    ) -> bool:
        """Whether local words or files would go to a company that did not get them yet.

        What stands above its last answer it has got; what came after that it has not.
        """
        if provider_id in self._settings.settings.privacy.cloud_confirmed:
            return False
        if (chat.id, provider_id) in self._allowed:
            return False
        messages = chat.session.messages
        given = (i for i, m in enumerate(messages, 1) if self._was_given_by(m, provider_id))
        new = messages[max(given, default=0) :]
        return bool(files) or any(self._is_local_content(m) for m in new)

    def _is_local_content(self, message: Message) -> bool:
        if message.attachments:
            return True
        is_typed = message.role is not Role.ASSISTANT and message.model_ref is None
        return not is_typed and not self._is_cloud(_author(message))

    def _was_given_by(self, message: Message, provider_id: str) -> bool:
        author = _author(message)
        is_answer = message.role is Role.ASSISTANT and message.status is not MessageStatus.FAILED
        return is_answer and author.startswith(f"{provider_id}/") and self._is_cloud(author)

    async def _ask_to_leave(self, ref: str, told: str, asking: QWidget | None = None) -> bool:
        provider_id = provider_of(ref)
        model = self._core.catalogue.get(ref)
        name = model.display_name if model else ref.partition("/")[2]
        provider = self._core.manager.providers.get(provider_id)
        box = QMessageBox(asking or self._window)
        box.setObjectName("cloudQuestion")
        box.setWindowTitle(_tr("This leaves your computer"))
        box.setText(_tr("{model} runs on a company's servers.").format(model=name))
        box.setInformativeText(told)
        words = _tr("Do not ask again for {provider}")
        always = QCheckBox(words.format(provider=provider.name if provider else provider_id))
        box.setCheckBox(always)
        is_wanted = await _answered(box, _tr("Send"), _tr("Keep it local"))
        if is_wanted and always.isChecked():
            privacy = self._core.loaded.saved.privacy
            confirmed = (*privacy.cloud_confirmed, provider_id)
            self._settings.change(privacy=privacy.model_copy(update={"cloud_confirmed": confirmed}))
        return is_wanted

    async def _ask_to_spend(self, words: str, asking: QWidget | None) -> bool:
        box = QMessageBox(asking or self._window)
        box.setObjectName("costQuestion")
        box.setWindowTitle(_tr("Monthly limit"))
        box.setText(_tr("This may cost more than you want to spend this month."))
        box.setInformativeText(words)
        return await _answered(box, _tr("Send anyway"), _tr("Cancel"))


def _author(message: Message) -> str:
    """Return the model whose words a message holds, as it was asked unless another stood in."""
    asked, answered = message.model_ref or "", message.answered_by or ""
    is_same_server = provider_of(asked) == provider_of(answered)
    return asked if is_same_server or not answered else answered


def _address(provider: BaseProvider) -> str:
    return provider.config.base_url or provider.default_url


async def _answered(box: QMessageBox, yes: str, no: str) -> bool:
    """Show *box* and return whether the button *yes* was pressed."""
    answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    refuse = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    if accept is not None and refuse is not None:
        box.setEscapeButton(refuse)
        box.setDefaultButton(refuse)  # Enter out of habit must not send
        refuse.setFocus()

    def take() -> None:
        if not answered.done():
            answered.set_result(box.clickedButton() is accept)

    box.finished.connect(take)
    box.open()
    try:
        return await answered
    finally:
        box.deleteLater()
