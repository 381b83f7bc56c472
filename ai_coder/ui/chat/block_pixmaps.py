"""Pictures of finished blocks, so that scrolling copies pixels instead of drawing glyphs."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakKeyDictionary

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QPainter, QPixmap

if TYPE_CHECKING:
    from PyQt6.QtGui import QColor

    from ai_coder.ui.chat.block_view import BlockView

_Look: TypeAlias = tuple[int, int, float]
"""Revision, width and pixels per point."""

_MAX_BYTES = 12_000_000
_BYTES_PER_PIXEL = 4
_MAX_HEIGHT = 700
MARGIN = 4
"""Pixels beside a block that may be painted on, for example by inline code."""


class BlockPixmaps:
    """A cache that is limited by bytes, not by number; large screens keep fewer blocks.

    A picture is made when a block is painted for the second time: what is seen once, while
    jumping through a chat, is painted faster without.
    """

    def __init__(self) -> None:
        self._pixmaps: OrderedDict[BlockView, tuple[QPixmap, _Look]] = OrderedDict()
        self._painted: WeakKeyDictionary[BlockView, _Look] = WeakKeyDictionary()
        self._bytes = 0

    def get(
        self, block: BlockView, ratio: float, paper: QColor, *, is_kept: bool = True
    ) -> QPixmap | None:
        """Return the picture of a laid-out *block*, none if it has to be painted as it is.

        Unless it *is_kept*, only one that is there already is returned.
        """
        found = self._pixmaps.get(block)
        look = (block.revision, block.width, ratio)
        if found is not None and found[1] == look:
            self._pixmaps.move_to_end(block)
            return found[0]
        self.forget(block)
        if not is_kept or block.height > _MAX_HEIGHT or not block.height:
            return None
        if self._painted.get(block) != look:
            self._painted[block] = look
            return None
        size = QSize(block.width + 2 * MARGIN, block.height) * ratio
        pixmap = QPixmap(size)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(paper)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(MARGIN, 0)
        block.paint(painter, 0, block.height, {})
        painter.end()
        if not block.is_settled:
            return pixmap
        self._pixmaps[block] = (pixmap, look)
        self._bytes += _bytes_of(pixmap)
        while self._bytes > _MAX_BYTES:
            _oldest, (dropped, _look) = self._pixmaps.popitem(last=False)
            self._bytes -= _bytes_of(dropped)
        return pixmap

    def forget(self, block: BlockView) -> None:
        """Drop the picture of *block*, because it looks different now."""
        found = self._pixmaps.pop(block, None)
        if found is not None:
            self._bytes -= _bytes_of(found[0])

    def clear(self) -> None:
        """Drop all pictures."""
        self._pixmaps.clear()
        self._painted.clear()
        self._bytes = 0


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * _BYTES_PER_PIXEL
