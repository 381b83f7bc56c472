"""What surrounds the text of a message: name, chips, notes, card, footer and buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PyQt6.QtCore import QCoreApplication, QRectF

from ai_coder.llm.models import Role
from ai_coder.ui.chat.image_block import ImageItem
from ai_coder.ui.chat.message_card import CardLayout
from ai_coder.ui.chat.wrapped_words import wrapped

if TYPE_CHECKING:
    from PyQt6.QtGui import QImage

    from ai_coder.ui.chat.image_block import ImageLoader
    from ai_coder.ui.chat.transcript_message import TranscriptMessage
    from ai_coder.ui.chat.transcript_style import TranscriptStyle


_THUMBNAIL = 160
"""Attached pictures are shown at most this high."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)


class Button(NamedTuple):
    """A word or chip in a message that can be pressed."""

    action: str
    label: str
    rect: QRectF
    is_chip: bool = False
    is_primary: bool = False


@dataclass(slots=True)
class Insets:
    """The room around the text: above, to its left and right, and below."""

    top: int = 0
    left: int = 0
    right: int = 0
    bottom: int = 0


class MessageFrame:
    """Places everything of a message but its text, for one width.

    The row of buttons always keeps its room, so nothing moves when they appear.
    """

    def __init__(
        self, message: TranscriptMessage, style: TranscriptStyle, loader: ImageLoader
    ) -> None:
        self.message = message
        self.style = style
        self.is_streaming = False
        self.is_reasoning_open = False
        self.is_detail_open = False
        self.has_reasoning = bool(message.reasoning)
        self.insets = Insets()
        self.chips: list[tuple[str, QRectF]] = []
        self.pictures = [
            ImageItem(data, "", style, loader, max_height=_THUMBNAIL) for data in message.images
        ]
        self.notes_top = 0
        self.footer_top = 0
        self.note_lines: list[str] = []
        self.footer_lines: list[str] = []
        self._row_top = 0
        self._are_offers_below = False
        self.body_height = 0
        self.card: CardLayout | None = None
        self._width = 0

    @property
    def is_user(self) -> bool:
        """Whether the message is a prompt in its bubble."""
        return self.message.role is Role.USER

    @property
    def height(self) -> int:
        """The height of the whole message."""
        return self.insets.top + self.body_height + self.insets.bottom

    def arrange(self, width: int, body_height: int) -> None:
        """Place everything around a text of *body_height*."""
        if width != self._width or not self._width:
            self._width = width
            self._arrange_top(width)
            self._arrange_below(width)
        self.body_height = body_height

    def refresh(self) -> None:
        """Place everything anew at the next `arrange`."""
        self._width = 0

    def text_width(self, width: int) -> int:
        """Return the width that is left for the text."""
        if width != self._width:
            self.arrange(width, self.body_height)
        return max(self.style.px(60), width - self.insets.left - self.insets.right)

    def _arrange_top(self, width: int) -> None:
        px = self.style.px
        insets = self.insets
        if self.is_user:
            insets.left = min(px(80), width // 6) + px(14)
            insets.right = px(14)
            insets.top = px(10)
        else:
            insets.left = insets.right = 0
            insets.top = px(24) if self.message.title else 0
            if self.has_reasoning:
                insets.top += px(34)
        self.chips = []
        x, y = float(insets.left), float(insets.top)
        for name in self.message.attachments:
            chip_width = self.style.small_metrics.horizontalAdvance(name) + px(20)
            chip_width = min(chip_width, width - insets.left - insets.right)
            if x + chip_width > width - insets.right and x > insets.left:
                x, y = float(insets.left), y + px(30)
            self.chips.append((name, QRectF(x, y, chip_width, px(24))))
            x += chip_width + px(6)
        if self.chips:
            insets.top = int(y) + px(30)
        self._arrange_pictures(width)

    def _arrange_pictures(self, width: int) -> None:
        px = self.style.px
        insets = self.insets
        x, row_height = insets.left, 0
        for item in self.pictures:
            height = item.lay_out(min(px(240), width - insets.left - insets.right))
            if x + item.shown_width > width - insets.right and x > insets.left:
                x, insets.top, row_height = insets.left, insets.top + row_height + px(6), 0
            item.x, item.y = x, insets.top
            x += item.shown_width + px(6)
            row_height = max(row_height, height)
        if self.pictures:
            insets.top += row_height + px(8)

    def show_image(self, item: object, image: QImage) -> None:
        """Show a decoded picture if it is one of the attached ones."""
        for picture in self.pictures:
            if picture is item:
                picture.set_image(image)

    def _arrange_below(self, width: int) -> None:
        px = self.style.px
        y = px(10) if self.is_user else 0
        self.card = None
        if self.message.card is not None:
            inner = width - self.insets.left - self.insets.right
            card = CardLayout(self.message.card, self.style, inner, is_open=self.is_detail_open)
            self.card = card
            card.top = y + px(12)
            y = card.top + card.height
        self.notes_top = y + px(6)
        lines = self._arrange_notes(width - self.insets.left - self.insets.right)
        y += lines * px(20) + (px(8) if lines else 0)
        self.footer_top = y + px(2 if self.is_user else 4)
        self._arrange_footer(width - self.insets.left - self.insets.right)
        self.insets.bottom = self._row_top + px(22) + px(8 if self.is_user else 14)

    def _arrange_notes(self, room: int) -> int:
        """Break the notes into lines; return how many there are with what is offered below."""
        metrics, px = self.style.small_metrics, self.style.px
        notes = [wrapped(note, metrics, room) for note in self.message.notes]
        self.note_lines = [line for lines in notes for line in lines]
        offers = sum(
            metrics.horizontalAdvance(offer.text) + px(30) for offer in self.message.offers
        )
        last = metrics.horizontalAdvance(self.note_lines[-1]) if self.note_lines else 0
        self._are_offers_below = bool(offers and last) and last + px(4) + offers > room
        return len(self.note_lines) + self._are_offers_below or bool(offers)

    def _arrange_footer(self, room: int) -> None:
        """Break the measurements into lines; the buttons stand below where they do not fit."""
        metrics, px = self.style.small_metrics, self.style.px
        self.footer_lines = wrapped(self.message.footer, metrics, room, " · ")
        last = metrics.horizontalAdvance(self.footer_lines[-1]) + px(10) if self.footer_lines else 0
        row = sum(metrics.horizontalAdvance(label) + px(12) for _, label in self._row())
        above = len(self.footer_lines) - (last + row <= room)
        self._row_top = self.footer_top + max(0, above) * px(22)

    @property
    def text_bottom(self) -> int:
        """Where the text ends and what stands below it begins."""
        return self.insets.top + self.body_height

    @property
    def bubble(self) -> QRectF:
        """The paper of a prompt."""
        left = self.insets.left - self.style.px(14)
        bottom = self.text_bottom + self.style.px(10)
        return QRectF(left, 0, self._width - left, bottom)

    def reasoning_chip(self) -> Button | None:
        """Return the chip that folds the model's thinking."""
        if not self.has_reasoning or self.is_user:
            return None
        px = self.style.px
        label = ("\u25be " if self.is_reasoning_open else "\u25b8 ") + self._reasoning_label()
        width = self.style.small_metrics.horizontalAdvance(label) + px(22)
        top = px(24) if self.message.title else 0
        return Button("reasoning", label, QRectF(0.5, top + 0.5, width, px(25)), is_chip=True)

    def _reasoning_label(self) -> str:
        seconds = self.message.reasoning_seconds
        if seconds is not None:
            if seconds < 1:
                return _tr("Thought for less than a second")
            if seconds < 60:
                return _tr("Thought for {0} s").format(round(seconds))
            minutes, rest = divmod(round(seconds), 60)
            return _tr("Thought for {0} min {1} s").format(minutes, rest)
        return _tr("Thinking…") if self.is_streaming and not self.body_height else _tr("Thoughts")

    def buttons(self) -> list[Button]:
        """Return every button, those of the row that only shows on demand last."""
        found = []
        if chip := self.reasoning_chip():
            found.append(chip)
        if self.card is not None:
            found += [
                Button(
                    action,
                    label,
                    rect.translated(self.insets.left, self.text_bottom + self.card.top),
                    is_chip=True,
                    is_primary=is_primary,
                )
                for action, label, rect, is_primary in self.card.buttons
            ]
        return found + self._offer_chips() + self.row_buttons()

    def _offer_chips(self) -> list[Button]:
        """Return what is offered beside the last note."""
        px, message = self.style.px, self.message
        if not message.offers or self.is_streaming:
            return []
        above = len(self.note_lines) - (not self._are_offers_below)
        y = self.text_bottom + self.notes_top + max(above, 0) * px(20) - px(2)
        x = float(self.insets.left)
        if self.note_lines and not self._are_offers_below:
            x += self.style.small_metrics.horizontalAdvance(self.note_lines[-1]) + px(12)
        found = []
        for offer in message.offers:
            width = self.style.small_metrics.horizontalAdvance(offer.text) + px(22)
            found.append(
                Button(offer.action, offer.text, QRectF(x, y, width, px(24)), is_chip=True)
            )
            x += width + px(8)
        return found

    def row_buttons(self) -> list[Button]:
        """Return the buttons of the row below the text, right-aligned."""
        if self.is_streaming:
            return []
        px = self.style.px
        right = float(self._width + px(6))
        top = self.text_bottom + self._row_top
        found = []
        for action, label in reversed(self._row()):
            width = self.style.small_metrics.horizontalAdvance(label) + px(12)
            right -= width
            found.append(Button(action, label, QRectF(right, top, width, px(22))))
        return found[::-1]

    def _row(self) -> list[tuple[str, str]]:
        """Return the actions and labels of the row below the text."""
        message = self.message
        row = [("copy", _tr("Copy")), ("quote", _tr("Quote"))]
        if self.is_user:
            row.append(("edit", _tr("Edit")))
        elif message.role is Role.ASSISTANT:
            row.append(("regenerate", _tr("Regenerate")))
        if message.branches > 1:
            row.append(("previous_branch", "\u2039"))
            row.append(("", f"{message.branch}/{message.branches}"))
            row.append(("next_branch", "\u203a"))
        return row


def branch_actions() -> frozenset[str]:
    """Return the buttons that stay visible without the pointer near."""
    return frozenset(("previous_branch", "", "next_branch"))
