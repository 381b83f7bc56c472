"""The card in a message: what went wrong, the likely cause, what mends it, folded detail."""

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
        self.buttons = self._placed_buttons(y + px(6))
        """Action, label, place in the card, and whether it is the best."""

        if self.buttons:
            y = round(self.buttons[-1][2].bottom())
        self.height = y + px(12)

    def _placed_buttons(self, top: int) -> list[tuple[str, str, QRectF, bool]]:
        px = self._style.px
        wanted = [(f"card:{offer.action}", offer.text) for offer in self._card.offers]
        if self._card.detail:
            hide = QCoreApplication.translate("Transcript", "Hide details")
            show = QCoreApplication.translate("Transcript", "Show details")
            wanted.append(("detail", hide if self._is_open else show))
        x, y = float(px(16)), float(top)
        placed = []
        for number, (action, label) in enumerate(wanted):
            width = self._style.small_bold_metrics.horizontalAdvance(label) + px(24)
            if x + width > self._width - px(12) and x > px(16):
                x, y = float(px(16)), y + px(34)
            is_primary = number == 0 and action != "detail"
            placed.append((action, label, QRectF(x, y, width, px(28)), is_primary))
            x += width + px(8)
        return placed

    def paint(self, painter: QPainter) -> None:
        """Paint box and texts; the buttons are painted with those of the message."""
        style = self._style
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.color("line"), 1))
        painter.setBrush(style.color("card"))
        box = QRectF(0.5, 0.5, self._width - 1, self.height - 1)
        painter.drawRoundedRect(box, style.radius, style.radius)
        painter.save()
        painter.setClipRect(QRectF(0, 0, style.px(3), self.height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.color("failed"))
        painter.drawRoundedRect(box, style.radius, style.radius)
        painter.restore()
        for y, item in self._texts:
            painter.save()
            painter.translate(style.px(16), y)
            item.paint(painter, 0, item.height, NO_MARKS)
            painter.restore()

    @property
    def text(self) -> str:
        """What an assistive tool reads."""
        return f"{self._card.title} {self._card.cause}"
