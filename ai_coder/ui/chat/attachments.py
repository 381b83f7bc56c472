"""Attachments of the prompt that is being written: read, shown as chips, taken off again."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QBuffer, QIODevice, QObject, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QFileDialog

from ai_coder.chat.attachments import (
    AttachmentError,
    DamagedPictureError,
    FilesRefusedError,
    attached,
    estimated_tokens,
    pasted,
    read_file,
    shown_name,
)
from ai_coder.chat.conversation import AttachmentKind
from ai_coder.errors import AICoderError
from ai_coder.ui.chat.incoming_file import IncomingFile
from ai_coder.ui.chat.raster_picture import RasterPicture
from ai_coder.ui.error_text import error_message
from ai_coder.ui.loose_thread import in_loose_thread
from ai_coder.ui.number_text import token_text
from ai_coder.ui.tasks import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_coder.chat.conversation import AttachedFile
    from ai_coder.ui.chat.open_chat import OpenChat
    from ai_coder.ui.chat.prompt_bar import PromptBar
    from ai_coder.ui.chat.unsent import Draft

_TOKENS_PER_CHARACTER = 1 / 3.5
"""What code and English cost on average, until a server has counted."""

_MOST_NAMES = 3
_MOST_READERS = 4
_SENT_AS_THEY_ARE = ("image/png", "image/jpeg")


class Attachments(QObject):
    """Reads files in threads and keeps them with the draft that they were given to.

    A file has its chip from the moment in which it is given; taking that off ends the reading.
    """

    failed = pyqtSignal(AICoderError)
    changed = pyqtSignal()

    def __init__(self, prompt_bar: PromptBar, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = prompt_bar
        self._chat: OpenChat | None = None
        self._tasks = TaskScope(self)
        self._readers = asyncio.Semaphore(_MOST_READERS)
        self.tokens_per_character: Callable[[], float] = lambda: _TOKENS_PER_CHARACTER
        self._tasks.failed.connect(self.failed)
        prompt_bar.attach_requested.connect(self.choose)
        prompt_bar.attachment_removed.connect(self._remove)
        prompt_bar.files_dropped.connect(self.add_files)
        prompt_bar.image_pasted.connect(self._add_image)
        prompt_bar.long_text_pasted.connect(self._add_paste)

    def set_chat(self, chat: OpenChat) -> None:
        """Show the attachments of another chat."""
        self._chat = chat
        self._show()

    def take(self, draft: Draft, files: Sequence[AttachedFile]) -> None:
        """Let go of *files*, which are sent with the words of *draft* now."""
        draft.let_go(files)
        self._show()

    def tokens(self) -> int:
        """Return about how many tokens the attached texts cost."""
        files = self._chat.files if self._chat else []
        return sum(estimated_tokens(f, self.tokens_per_character()) or 0 for f in files)

    @pyqtSlot()
    def choose(self) -> None:
        """Let the user choose files."""
        dialog = QFileDialog(self._bar, self.tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._add_names)
        dialog.open()

    @pyqtSlot(list)
    def add_files(self, paths: Sequence[Path]) -> None:
        """Attach *paths* to the chat that is shown now."""
        files = [(shown_name(path.name), partial(_sendable_file, path)) for path in paths]
        self._receive([IncomingFile(name, read) for name, read in files])

    def _receive(self, files: Sequence[IncomingFile]) -> None:
        """Show *files* with the prompt that is being written, and read them."""
        if self._chat is None:
            return
        chat, written = self._chat, self._chat.written
        written.attachments += files
        for file in files:
            reading = self._read(chat, written, file)
            file.task = self._tasks.start(reading, name=f"read {file.name}")
        self._tasks.start(self._report(files), name="attach files")
        self._show()

    async def _read(self, chat: OpenChat, written: Draft, file: IncomingFile) -> None:
        async with self._readers:
            try:
                read = await in_loose_thread(file.read, name="attachment")
            except AttachmentError as error:
                file.refusal = error
        for draft in {written, chat.written, chat.draft}:  # it may have moved on with its words
            if file in draft.attachments:
                place = draft.attachments.index(file)
                draft.attachments[place : place + 1] = [] if file.refusal else [read]
        self._show()

    async def _report(self, files: Sequence[IncomingFile]) -> None:
        """Say at once what could not be read of the *files* that were given together."""
        await asyncio.wait([file.task for file in files if file.task])
        refused = [file.refusal for file in files if file.refusal]
        if refused:
            self.failed.emit(refused[0] if len(refused) == 1 else _together(refused))

    @pyqtSlot("QStringList")
    def _add_names(self, names: Sequence[str]) -> None:
        self.add_files([Path(name) for name in names])

    @pyqtSlot(str)
    def _add_paste(self, text: str) -> None:
        if self._chat is not None:
            try:
                self._chat.written.attachments.append(pasted(text))
            except AttachmentError as error:
                self.failed.emit(error)
            self._show()

    @pyqtSlot(QImage)
    def _add_image(self, image: QImage) -> None:
        if not image.isNull():
            name = self.tr("picture") + ".png"
            self._receive([IncomingFile(name, partial(_attached_image, name, image))])

    @pyqtSlot(int)
    def _remove(self, number: int) -> None:
        given = self._chat.written.attachments if self._chat else []
        if number < len(given):
            file = given.pop(number)
            if isinstance(file, IncomingFile) and file.task is not None:
                file.task.cancel()
            self._show()

    def _show(self) -> None:
        given = self._chat.written.attachments if self._chat else []
        self._bar.set_attachments([self._label(file) for file in given])
        self.changed.emit()

    def _label(self, file: AttachedFile | IncomingFile) -> str:
        if isinstance(file, IncomingFile):
            return self.tr("{name} · reading…").format(name=file.name)
        tokens = estimated_tokens(file, self.tokens_per_character())
        if tokens is None:
            return self.tr("{name} · picture").format(name=file.name)
        label = self.tr("{name} · about 1 token").format(name=file.name)
        if tokens >= 2:
            label = self.tr("{name} · about {tokens} tokens").format(
                name=file.name, tokens=token_text(tokens)
            )
        if file.is_guess:
            return self.tr("{label} · read as Windows-1252").format(label=label)
        return label


def _sendable_file(path: Path) -> AttachedFile:
    """Read a file, as PNG if it is a picture whose format servers refuse (lmstudio.md Q17)."""
    file = read_file(path)
    if file.kind is not AttachmentKind.IMAGE:
        return file
    is_sent_as_it_is = file.media_type in _SENT_AS_THEY_ARE
    picture = RasterPicture(file.content, file.media_type)
    if is_sent_as_it_is and picture.is_too_large():
        return file
    image = picture.decoded()
    if image.isNull():
        raise DamagedPictureError(name=file.name)
    return file if is_sent_as_it_is else attached(file.name, _png(image))


def _attached_image(name: str, image: QImage) -> AttachedFile:
    return attached(name, _png(image))


def _together(refused: Sequence[AttachmentError]) -> FilesRefusedError:
    """Return one error for several files, so that it is read and dismissed once."""
    names = [error.details["name"] for error in refused]
    more = ["…"] if len(names) > _MOST_NAMES else []
    return FilesRefusedError(
        count=str(len(names)),
        names=", ".join(names[:_MOST_NAMES] + more),
        raw="\n".join(error_message(error) for error in refused),
    )


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())
