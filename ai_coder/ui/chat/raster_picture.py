"""Pictures from models and files, read as the pixels they are and as nothing else."""

from __future__ import annotations

from PyQt6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PyQt6.QtGui import QImage, QImageReader

from ai_coder.chat.attachments import image_type

_BYTES_PER_PIXEL = 4


class RasterPicture:
    """A PNG, JPEG, GIF or WebP file in memory; anything else has no size and no pixels.

    What the user gave to us may have another *media_type*, which was told by its content.

    Qt would recognise vector graphics by their content, too, whatever they are said to be, and
    these may name other files of this computer or of the network that are then read.
    """

    def __init__(self, data: bytes, media_type: str | None = None) -> None:
        self._buffer = QBuffer()
        self._buffer.setData(QByteArray(data))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self._media_type = media_type or image_type(data)

    def size(self) -> QSize:
        """Return the size in pixels, read from the head of the file; empty without one."""
        reader = self._reader()
        return reader.size() if reader is not None else QSize()

    def is_too_large(self) -> bool:
        """Whether decoding would need more memory than is allowed for a picture."""
        size, limit = self.size(), QImageReader.allocationLimit()
        return size.width() * size.height() * _BYTES_PER_PIXEL > limit * 1024 * 1024

    def decoded(self, size: QSize | None = None) -> QImage:
        """Return the pixels, scaled to *size*; a null image where they cannot be read."""
        reader = self._reader()
        if reader is None:
            return QImage()
        if size is not None:
            reader.setScaledSize(size)
        return reader.read()

    def _reader(self) -> QImageReader | None:
        """Return a reader of the file; it must go before the buffer, which it may still use."""
        if self._media_type is None:
            return None
        self._buffer.seek(0)
        reader = QImageReader(self._buffer)
        reader.setAutoDetectImageFormat(False)
        reader.setFormat(self._media_type.removeprefix("image/").encode())
        return reader
