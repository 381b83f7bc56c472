"""Paints the visible messages of a transcript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen

from ai_coder.ui.chat.block_pixmaps import MARGIN, BlockPixmaps
from ai_coder.ui.chat.caret import caret_rect
from ai_coder.ui.chat.layout_item import NO_MARKS, Marks
from ai_coder.ui.chat.message_frame import Button, MessageFrame, branch_actions

if TYPE_CHECKING:
    from PyQt6.QtCore import QRect
    from PyQt6.QtGui import QColor

    from ai_coder.ui.chat.block_view import BlockView
    from ai_coder.ui.chat.message_view import MessageView, Position
    from ai_coder.ui.chat.transcript_layout import TranscriptLayout
    from ai_coder.ui.chat.transcript_state import TranscriptState
    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_BRANCH_ACTIONS = branch_actions()


class TranscriptPainter:
    """Draws messages with what the reader does on top of them."""

    def __init__(self, layout: TranscriptLayout, state: TranscriptState) -> None:
        self.pixmaps = BlockPixmaps()
        self._layout = layout
        self._state = state
        self._keeps_pictures = False

    def paint(
        self, painter: QPainter, dirty: QRect, origin: QPointF, style: TranscriptStyle
    ) -> None:
        """Paint the *dirty* part; *origin* is where the conversation begins on the widget.

        New pictures of blocks are only made when the whole widget is painted: the edge that a
        running answer touches needs few lines of a block.
        """
        device = painter.device()
        self._keeps_pictures = device is not None and dirty.height() >= device.height()
        painter.fillRect(dirty, style.color("window"))
        top = int(dirty.top() - origin.y())
        bottom = int(dirty.bottom() + 1 - origin.y())
        for index, y in list(self._layout.between(top, bottom)):
            view = self._layout.view(index)
            if not view.width:
                continue
            painter.save()
            painter.translate(origin.x(), origin.y() + y)
            self._paint_message(painter, index, view, top - y, bottom - y)
            painter.restore()

    def _paint_message(
        self, painter: QPainter, index: int, view: MessageView, top: int, bottom: int
    ) -> None:
        frame = view.frame
        style = frame.style
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if frame.is_user:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.color("user"))
            painter.drawRoundedRect(frame.bubble, style.px(12), style.px(12))
        paper = style.color("user" if frame.is_user else "window")
        self._paint_blocks(painter, index, view, top, bottom, paper)
        if top < frame.insets.top:
            _paint_title(painter, frame)
            _paint_attachments(painter, frame)
            _paint_pictures(painter, frame)
        if bottom > frame.text_bottom:
            _paint_below(painter, frame)
        if top < frame.insets.top or bottom > frame.text_bottom:
            self._paint_buttons(painter, index, view)
        if index == self._state.focused_message:
            _paint_focus(painter, view)
        if self._state.caret is not None and self._state.caret[0] == index:
            _paint_caret(painter, view, self._state.caret[1])

    def _paint_blocks(
        self,
        painter: QPainter,
        index: int,
        view: MessageView,
        top: int,
        bottom: int,
        paper: QColor,
    ) -> None:
        marks = self._state.marks_in(index, view)
        first = max(0, view.block_at(top))
        for number in range(first, len(view.blocks)):
            block = view.blocks[number]
            y = view.block_top(number)
            if y > bottom:
                break
            if y + block.height < top or not block.width:
                continue
            x = view.block_left(number)
            own = marks.get(number, {})
            if self._state.is_selected(index, number):
                own = self._with_selection(own, index, number, block)
            if number < view.reasoning_count:
                _paint_reasoning_bar(painter, view, number)
            self._paint_block(painter, view, block, QPointF(x, y), (top, bottom), own, paper)

    def _paint_block(
        self,
        painter: QPainter,
        view: MessageView,
        block: BlockView,
        origin: QPointF,
        visible: tuple[int, int],
        marks: dict[int, Marks],
        paper: QColor,
    ) -> None:
        if not marks and not view.is_open(block) and block.is_settled:
            device = painter.device()
            ratio = device.devicePixelRatioF() if device is not None else 1.0
            pixmap = self.pixmaps.get(block, ratio, paper, is_kept=self._keeps_pictures)
            if pixmap is not None:
                painter.drawPixmap(origin - QPointF(MARGIN, 0), pixmap)
                return
        painter.save()
        painter.translate(origin)
        block.paint(painter, visible[0] - origin.y(), visible[1] - origin.y(), marks)
        painter.restore()

    def _with_selection(
        self, marks: dict[int, Marks], message: int, number: int, block: BlockView
    ) -> dict[int, Marks]:
        result = dict(marks)
        for item in range(len(block.items)):
            selected = self._state.selection_in(message, number, item)
            if selected is not None:
                own = result.get(item, NO_MARKS)
                result[item] = Marks((*own.highlights, selected), own.hovered)
        return result

    def _paint_buttons(self, painter: QPainter, index: int, view: MessageView) -> None:
        state = self._state
        is_last = index == len(self._layout.messages) - 1
        is_near = index in (state.hovered_message, state.focused_message) or is_last
        hovered = state.hovered if index == state.hovered_message else None
        for button in view.frame.buttons():
            if button.is_chip or is_near or button.action in _BRANCH_ACTIONS:
                is_hot = hovered is not None and hovered.value == button.action != ""
                _paint_button(painter, button, view.frame.style, is_hovered=is_hot)


def _paint_title(painter: QPainter, frame: MessageFrame) -> None:
    message, style = frame.message, frame.style
    if frame.is_user or not message.title:
        return
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setFont(style.small_bold_font)
    painter.setPen(style.color("text"))
    rect = QRectF(0, 0, frame.bubble.width(), style.px(18))
    painter.drawText(rect, middle, message.title)
    x = style.small_bold_metrics.horizontalAdvance(message.title) + style.px(8)
    painter.setFont(style.small_font)
    painter.setPen(style.color("muted"))
    room = rect.adjusted(x, 0, 0, 0)
    right = Qt.TextElideMode.ElideRight
    shown = style.small_metrics.elidedText(message.subtitle, right, room.width())
    painter.drawText(room, middle, shown)


def _paint_attachments(painter: QPainter, frame: MessageFrame) -> None:
    style = frame.style
    painter.setFont(style.small_font)
    for name, rect in frame.chips:
        painter.setPen(QPen(style.color("line"), 1))
        painter.setBrush(style.color("card"))
        box = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, style.px(8), style.px(8))
        painter.setPen(style.color("text"))
        room = rect.width() - style.px(16)
        shown = style.small_metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)


def _paint_pictures(painter: QPainter, frame: MessageFrame) -> None:
    for item in frame.pictures:
        painter.save()
        painter.translate(item.x, item.y)
        item.paint(painter, 0, item.height, NO_MARKS)
        painter.restore()


def _paint_below(painter: QPainter, frame: MessageFrame) -> None:
    style = frame.style
    left = frame.insets.left
    if frame.card is not None:
        painter.save()
        painter.translate(left, frame.text_bottom + frame.card.top)
        frame.card.paint(painter)
        painter.restore()
    painter.setFont(style.small_font)
    painter.setPen(style.color("muted"))
    middle = Qt.AlignmentFlag.AlignVCenter
    y = frame.text_bottom + frame.notes_top
    for note in frame.note_lines:
        rect = QRectF(left, y, style.column, style.px(20))
        painter.drawText(rect, middle, note)
        y += style.px(20)
    painter.setPen(style.color("faint"))
    y = frame.text_bottom + frame.footer_top
    for line in frame.footer_lines:
        painter.drawText(QRectF(left, y, style.column, style.px(22)), middle, line)
        y += style.px(22)


def _paint_button(
    painter: QPainter, button: Button, style: TranscriptStyle, *, is_hovered: bool
) -> None:
    painter.setFont(style.small_bold_font if button.is_primary else style.small_font)
    if button.is_chip:
        role = "accent" if button.is_primary else "hover" if is_hovered else "window"
        painter.setPen(QPen(style.color("accent" if button.is_primary else "line"), 1))
        painter.setBrush(style.color(role))
        is_round = button.action == "reasoning"
        radius = button.rect.height() / 2 if is_round else style.px(8)
        painter.drawRoundedRect(button.rect, radius, radius)
        painter.setPen(style.color("accent_text" if button.is_primary else "muted"))
    else:
        painter.setPen(style.color("text" if is_hovered else "faint"))
    painter.drawText(button.rect, Qt.AlignmentFlag.AlignCenter, button.label)


def _paint_reasoning_bar(painter: QPainter, view: MessageView, number: int) -> None:
    style = view.frame.style
    top = view.block_top(number)
    bottom = top + view.blocks[number].height
    rect = QRectF(style.px(2), top, style.px(2), bottom - top)
    painter.fillRect(rect, style.color("line"))


def _paint_caret(painter: QPainter, view: MessageView, position: Position) -> None:
    rect = caret_rect(view, position)
    if rect is not None:
        width = view.frame.style.px(2)
        rect = rect.adjusted(-width / 2, 0, width / 2 - 1, 0)
        painter.fillRect(rect, view.frame.style.color("text"))


def _paint_focus(painter: QPainter, view: MessageView) -> None:
    style = view.frame.style
    painter.setPen(QPen(style.color("accent"), style.px(2)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    left = view.frame.bubble.left() if view.frame.is_user else 0
    bottom = view.height - style.px(8)
    rect = QRectF(left, 0, view.width - left, bottom).adjusted(-8, -6, 8, 0)
    painter.drawRoundedRect(rect, style.radius, style.radius)
