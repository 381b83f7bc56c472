"""A picture in a message, decoded in a thread and scaled down to the column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QRectF, QRunnable, QSize, Qt, QThreadPool, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QImage, QPainter, QPainterPath

from ai_coder.chat.data_pictures import MAX_BYTES
from ai_coder.ui.chat.layout_item import LayoutItem, Marks
from ai_coder.ui.chat.raster_picture import RasterPicture
from ai_coder.ui.mailbox import Mailbox

if TYPE_CHECKING:
    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_MAX_PIXELS = 40_000_000
_MAX_HEIGHT = 480
_WIDEST = 1 << 20


class ImageLoader(QObject):
    """Decodes pictures outside the window's thread."""

    loaded = pyqtSignal(object, QImage)
    """The item that asked, and its picture."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = Mailbox()
        self._mailbox.arrived.connect(self._deliver)

    def load(self, item: ImageItem, data: bytes, size: QSize) -> None:
        """Decode *data* to *size* and emit `loaded`."""
        pool = QThreadPool.globalInstance()
        if pool is not None:
            pool.start(_Decoding(self._mailbox, item, data, size))

    @pyqtSlot(object)
    def _deliver(self, letter: tuple[ImageItem, QImage]) -> None:
        self.loaded.emit(*letter)


class _Decoding(QRunnable):
    def __init__(self, mailbox: Mailbox, item: ImageItem, data: bytes, size: QSize) -> None:
        super().__init__()
        self._mailbox = mailbox
        self._item = item
        self._data = data
        self._size = size

    def run(self) -> None:
        """Decode in the pool's thread."""
        image = RasterPicture(self._data).decoded(self._size)
        self._mailbox.arrived.emit((self._item, image))


class ImageItem(LayoutItem):
    """A picture, or its description when it is too large or cannot be read."""

    def __init__(
        self,
        data: bytes,
        description: str,
        style: TranscriptStyle,
        loader: ImageLoader,
        *,
        max_height: int = _MAX_HEIGHT,
        alignment: str = "",
    ) -> None:
        self._alignment = alignment
        self._max_height = style.px(max_height)
        self._data = data
        self._description = description
        self._style = style
        self._loader = loader
        self._size = _size_of(data)
        self._image: QImage | None = None
        self._is_loading = False

    @property
    def text(self) -> str:
        """The description."""
        return self._description

    def set_image(self, image: QImage) -> None:
        """Show the decoded picture."""
        self._image = image

    def lay_out(self, width: int) -> int:
        """Scale the picture to *width*, never up."""
        self.width = width
        if self._size.isEmpty():
            self.height = self._style.px(28)
        else:
            limit = QSize(width, self._max_height)
            self.height = max(1, self._shown_size(limit).height())
        return self.height

    @property
    def natural_width(self) -> int:
        """How wide the picture is where there is room; 0 if it cannot be shown."""
        return max(0, self._shown_size(QSize(_WIDEST, self._max_height)).width())

    @property
    def shown_width(self) -> int:
        """The width of the picture as it is shown."""
        return self._shown_size(QSize(self.width, self._max_height)).width()

    def _shown_size(self, limit: QSize) -> QSize:
        if self._size.width() <= limit.width() and self._size.height() <= limit.height():
            return self._size
        return self._size.scaled(limit, Qt.AspectRatioMode.KeepAspectRatio)

    def paint(self, painter: QPainter, top: float, bottom: float, marks: Marks) -> None:
        """Paint the picture once it is decoded, its place before."""
        del top, bottom, marks
        style = self._style
        size = self._shown_size(QSize(self.width, self._max_height))
        spare = {"center": 0.5, "right": 1.0}.get(self._alignment, 0.0)
        left = round((self.width - size.width()) * spare)
        box = QRectF(left, 0, size.width(), size.height())
        if self._size.isEmpty():
            painter.setPen(style.color("muted"))
            painter.setFont(style.small_font)
            rect = QRectF(0, 0, self.width, self.height)
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._description or "?")
        elif self._image is not None and not self._image.isNull():
            path = QPainterPath()
            path.addRoundedRect(box, style.radius, style.radius)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
            painter.drawImage(box, self._image)
            painter.restore()
        else:
            painter.fillRect(box, style.color("code"))
            if not self._is_loading:
                self._is_loading = True
                device = painter.device()
                ratio = device.devicePixelRatioF() if device is not None else 1.0
                self._loader.load(self, self._data, size * min(2.0, ratio))


def _size_of(data: bytes) -> QSize:
    if not data or len(data) > MAX_BYTES:
        return QSize()
    size = RasterPicture(data).size()
    if size.width() * size.height() > _MAX_PIXELS:
        return QSize()
    return size
