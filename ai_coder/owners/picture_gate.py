"""Says before sending that a model cannot see pictures."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtWidgets import QMessageBox

from ai_coder.chat.conversation import AttachmentKind

if TYPE_CHECKING:
    from ai_coder.chat.conversation import AttachedFile
    from ai_coder.core import Core
    from ai_coder.llm.models import ModelConfig
    from ai_coder.owners.sending import SendingGate
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.main_window import MainWindow

_BARE = frozenset(("chat", "completion", "json_schema"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("PictureGate", text)


class PictureGate:
    """Looks at the attachments first, then lets `SendingGate` ask what it has to ask."""

    def __init__(self, core: Core, sending: SendingGate, window: MainWindow) -> None:
        self._core = core
        self._sending = sending
        self._window = window

    async def may_send(
        self, chat: OpenChat, ref: str, prompt: str, files: tuple[AttachedFile, ...]
    ) -> bool:
        """Return False when the user does not want the prompt to be sent."""
        return await self._sending.may_send(chat, ref, prompt, files)

    async def files_for(
        self, ref: str, files: tuple[AttachedFile, ...]
    ) -> tuple[AttachedFile, ...] | None:
        """Return the attachments to send; None when the user thinks again."""
        model = self._core.catalogue.get(ref)
        has_pictures = any(file.kind is AttachmentKind.IMAGE for file in files)
        if model is None or not has_pictures or not self._is_blind(model):
            return files
        answer = await self._ask(model.display_name)
        if answer == "remove":
            return tuple(file for file in files if file.kind is not AttachmentKind.IMAGE)
        return files if answer == "send" else None

    def _is_blind(self, model: ModelConfig) -> bool:
        """Whether its server is known to say that a model has no eyes."""
        if "vision" in model.capabilities:
            return False
        provider = self._core.manager.providers.get(model.provider)
        tells = provider is not None and provider.tells_abilities
        return tells or bool(set(model.capabilities) - _BARE)

    async def _ask(self, model: str) -> str:
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        box = QMessageBox(self._window)
        box.setObjectName("pictureQuestion")
        box.setWindowTitle(_tr("Pictures"))
        box.setText(_tr("{model} cannot see pictures.").format(model=model))
        box.setInformativeText(
            _tr("Its server says so. It may refuse the prompt or answer without looking.")
        )
        remove = box.addButton(_tr("Remove pictures"), QMessageBox.ButtonRole.AcceptRole)
        send = box.addButton(_tr("Send anyway"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(_tr("Cancel"), QMessageBox.ButtonRole.RejectRole)

        def take() -> None:
            if not answered.done():
                clicked = box.clickedButton()
                answer = "remove" if clicked is remove else "send" if clicked is send else ""
                answered.set_result(answer)

        box.finished.connect(take)
        box.open()
        try:
            return await answered
        finally:
            box.deleteLater()
