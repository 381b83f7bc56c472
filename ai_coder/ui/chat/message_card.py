"""The card in a message: what went wrong, the likely cause, one button, folded detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen

from ai_coder.markdown.inline import LINE_BREAK, RichText
from ai_coder.ui.chat.layout_item import NO_MARKS
from ai_coder.ui.chat.text_block import TextItem

if TYPE_CHECKING:
    from ai_coder.ui.chat.transcript_message import TranscriptCard
    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_LONGEST_DETAIL = 4000


class CardLayout:
    """A card laid out for one width; `top` is set by whoever places it."""

    def __init__(
        self, card: TranscriptCard, style: TranscriptStyle, width: int, *, is_open: bool
    ) -> None:
        self.top = 0
        self._card = card
        self._style = style
        self._width = width
        self._is_open = is_open
        px = style.px
        inner = width - 2 * px(16)
        y = px(12)
        self._texts: list[tuple[int, TextItem]] = []
        detail = card.detail[:_LONGEST_DETAIL] if is_open else ""
        parts = ((card.title, True, False), (card.cause, False, True), (detail, False, True))
        for text, is_bold, is_muted in parts:
            if text:
                content = RichText(text.replace("\n", LINE_BREAK))
                item = TextItem(content, style, is_bold=is_bold, is_muted=is_muted)
                item.lay_out(inner)
                self._texts.append((y, item))
                y += item.height + px(4)
        self._buttons_top = y + px(6)
        if card.button or card.detail:
            y = self._buttons_top + px(28)
        self.height = y + px(12)

    def buttons(self) -> list[tuple[str, str, QRectF, bool]]:
        """Return action, label, place in the card, and whether it is the one that mends."""
        px = self._style.px
        wanted = []
        if self._card.button:
            wanted.append((f"card:{self._card.action}", self._card.button, True))
        if self._card.detail:
            hide = QCoreApplication.translate("Transcript", "Hide details")
            show = QCoreApplication.translate("Transcript", "Show details")
            wanted.append(("detail", hide if self._is_open else show, False))
        x = float(px(16))
        found = []
        for action, label, is_primary in wanted:
            width = self._style.small_bold_metrics.horizontalAdvance(label) + px(24)
            rect = QRectF(x, self._buttons_top, width, px(28))
            found.append((action, label, rect, is_primary))
            x += width + px(8)
        return found

    def paint(self, painter: QPainter) -> None:
        """Paint box and texts; the buttons are painted with those of the message."""
        style = self._style
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.color("line"), 1))
        painter.setBrush(style.color("card"))
        box = QRectF(0.5, 0.5, self._width - 1, self.height - 1)
        painter.drawRoundedRect(box, style.radius, style.radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.color("failed"))
        stripe = QRectF(style.px(6), style.px(12), style.px(3), self.height - 2 * style.px(12))
        painter.drawRoundedRect(stripe, 1.5, 1.5)
        for y, item in self._texts:
            painter.save()
            painter.translate(style.px(16), y)
            item.paint(painter, 0, item.height, NO_MARKS)
            painter.restore()

    @property
    def text(self) -> str:
        """What an assistive tool reads."""
        return f"{self._card.title} {self._card.cause}"
