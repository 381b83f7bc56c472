"""Loads the fonts of a transcript at idle, because the first use of a face takes milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer, pyqtSlot
from PyQt6.QtGui import QPainter, QPixmap

from ai_coder.markdown.inline import RichText, Span, Style
from ai_coder.ui.chat.layout_item import NO_MARKS
from ai_coder.ui.chat.text_block import TextItem

if TYPE_CHECKING:
    from ai_coder.ui.chat.rendering import Rendering

_SAMPLES = (
    ("Aa", Style.BOLD),
    ("Aa", Style.ITALIC),
    ("Aa", Style.BOLD | Style.ITALIC),
    ("Aa", Style.CODE),
    ("\u2713\u2610\u2022", Style.PLAIN),
    ("\u4f60\u597d", Style.PLAIN),
    ("\U0001f642", Style.PLAIN),
)
_PAUSE_MS = 40


class FontWarmup(QObject):
    """Paints one sample after the other into nothing, each in a moment of its own."""

    def __init__(self, rendering: Rendering, parent: QObject) -> None:
        super().__init__(parent)
        self._rendering = rendering
        self._samples = list(_SAMPLES)
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._paint_next)

    def start(self) -> None:
        """Begin, unless it was done before."""
        if self._samples:
            self._timer.start()

    @pyqtSlot()
    def _paint_next(self) -> None:
        text, style = self._samples.pop(0)
        if not self._samples:
            self._timer.stop()
        item = TextItem(RichText(text, (Span(0, len(text), style),)), self._rendering.style)
        item.lay_out(200)
        pixmap = QPixmap(200, 40)
        painter = QPainter(pixmap)
        item.paint(painter, 0, item.height, NO_MARKS)
        painter.end()
