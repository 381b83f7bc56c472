"""Pictures from models and files, read as the pixels they are and as nothing else."""

from __future__ import annotations

from PyQt6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PyQt6.QtGui import QImage, QImageReader

from ai_coder.chat.attachments import image_type


class RasterPicture:
    """A PNG, JPEG, GIF or WebP file in memory; anything else has no size and no pixels.

    Qt would recognise vector graphics by their content, too, whatever they are said to be, and
    these may name other files of this computer or of the network that are then read.
    """

    def __init__(self, data: bytes) -> None:
        self._buffer = QBuffer()
        self._buffer.setData(QByteArray(data))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        media_type = image_type(data)
        self._reader: QImageReader | None = None
        if media_type is not None:
            self._reader = QImageReader(self._buffer)
            self._reader.setAutoDetectImageFormat(False)
            self._reader.setFormat(media_type.removeprefix("image/").encode())

    def size(self) -> QSize:
        """Return the size in pixels, read from the head of the file; empty without one."""
        return self._reader.size() if self._reader is not None else QSize()

    def decoded(self, size: QSize | None = None) -> QImage:
        """Return the pixels, scaled to *size*; a null image where they cannot be read."""
        if self._reader is None:
            return QImage()
        if size is not None:
            self._reader.setScaledSize(size)
        return self._reader.read()
