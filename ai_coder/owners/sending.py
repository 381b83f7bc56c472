"""What has to be asked before words leave for a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QMessageBox

from ai_coder.llm.models import Locality

if TYPE_CHECKING:
    from ai_coder.chat.conversation import AttachedFile
    from ai_coder.core import Core
    from ai_coder.owners.settings import SettingsOwner
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.main_window import MainWindow


def _tr(text: str) -> str:
    return QCoreApplication.translate("Sending", text)


class SendingGate:
    """Asks once before a chat that was local goes to a company."""

    def __init__(self, core: Core, settings: SettingsOwner, window: MainWindow) -> None:
        self._core = core
        self._settings = settings
        self._window = window
        self._allowed: set[tuple[int, str]] = set()

    async def may_send(
        self, chat: OpenChat, ref: str, prompt: str, files: tuple[AttachedFile, ...]
    ) -> bool:
        """Return False when the user does not want the prompt to be sent."""
        model = self._core.catalogue.get(ref)
        provider_id = ref.partition("/")[0]
        if model is None or model.locality is not Locality.CLOUD:
            return True
        if provider_id in self._settings.settings.privacy.cloud_confirmed:
            return True
        was_local = any(
            m.model_ref and not m.model_ref.startswith(f"{provider_id}/")
            for m in chat.session.messages
        )
        if not (was_local or files) or (chat.id, provider_id) in self._allowed:
            return True
        answer = await self._ask(model.display_name)
        if answer:
            self._allowed.add((chat.id, provider_id))
        return answer

    async def _ask(self, model: str) -> bool:
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        box = QMessageBox(self._window)
        box.setObjectName("cloudQuestion")
        box.setWindowTitle(_tr("This leaves your computer"))
        box.setText(_tr("{model} runs on a company's servers.").format(model=model))
        box.setInformativeText(
            _tr("This chat and its attachments, local until now, will be sent there.")
        )
        send = box.addButton(_tr("Send"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(_tr("Keep it local"), QMessageBox.ButtonRole.RejectRole)

        def take() -> None:
            if not answered.done():
                answered.set_result(box.clickedButton() is send)

        box.finished.connect(take)
        box.open()
        return await answered
