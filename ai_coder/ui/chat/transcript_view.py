"""The scroll area of a transcript: laying out, painting, scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRect, QSize, Qt, QTimer, pyqtSlot
from PyQt6.QtGui import QImage, QPainter, QRegion
from PyQt6.QtWidgets import QAbstractScrollArea, QFrame, QScrollBar, QWidget

from ai_coder.markdown.parser import MarkdownParser
from ai_coder.ui.chat.font_warmup import FontWarmup
from ai_coder.ui.chat.image_block import ImageLoader
from ai_coder.ui.chat.jump_button import JumpButton
from ai_coder.ui.chat.reading_place import reading_place, scroll_to
from ai_coder.ui.chat.rendering import Rendering
from ai_coder.ui.chat.transcript_layout import TranscriptLayout
from ai_coder.ui.chat.transcript_painter import TranscriptPainter
from ai_coder.ui.chat.transcript_state import TranscriptState
from ai_coder.ui.chat.transcript_style import TranscriptStyle

if TYPE_CHECKING:
    from PyQt6.QtGui import QPaintEvent, QResizeEvent

    from ai_coder.ui.chat.code_lexers import CodeLexers
    from ai_coder.ui.theme import Theme

_AT_END = 4
_EDGE = 20
_AHEAD_DELAY_MS = 60


class TranscriptView(QAbstractScrollArea):
    """Shows a `TranscriptLayout`, keeps the reader's place, and follows the end if asked."""

    def __init__(self, theme: Theme, lexers: CodeLexers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._images = ImageLoader(self)
        style = TranscriptStyle(theme)
        self._rendering = Rendering(MarkdownParser(), style, lexers, self._images)
        self._layout = TranscriptLayout(self._rendering)
        self._state = TranscriptState()
        self._painter = TranscriptPainter(self._layout, self._state)
        self._edge = style.px(_EDGE)
        self._follows = True
        self._is_held = False
        """Whether the reader's place is kept although the conversation ends above it.

        So a shorter branch stays where a longer one stood, until it has grown or he goes up.
        """

        self._is_settled = False
        self._is_scrolling = False

        self._canvas = QWidget()
        self._bar = QScrollBar(Qt.Orientation.Vertical)
        self._jump = JumpButton(self)
        self._fonts = FontWarmup(self._rendering, self)
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.setInterval(_AHEAD_DELAY_MS)

        self._bar.valueChanged.connect(self._scrolled)
        self._jump.clicked.connect(self.scroll_to_end)
        self._ahead.timeout.connect(self._measure_ahead)
        self._images.loaded.connect(self._show_image)
        lexers.loaded.connect(self._recolor)
        lexers.advanced.connect(self._canvas.update)
        theme.changed.connect(self._restyle)

        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setVerticalScrollBar(self._bar)
        self.setViewport(self._canvas)
        self._canvas.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._jump.hide()

    # -- places --

    @property
    def is_at_end(self) -> bool:
        """Whether the end is shown, so that new text scrolls into view."""
        return self._follows

    @pyqtSlot()
    def scroll_to_end(self) -> None:
        """Show the end and follow it."""
        self._follows = True
        self._is_held = False
        self._unsettle()
        self._settle()

    def _padding(self) -> int:
        return self._edge

    def _origin(self) -> QPointF:
        """Where the conversation begins on the canvas."""
        left = (self._canvas.width() - self._layout.width) // 2
        return QPointF(left, self._padding() - self._bar.value())

    def _visible(self) -> tuple[int, int]:
        top = self._bar.value() - self._padding()
        return top, top + self._canvas.height()

    def _column(self) -> int:
        """Return how wide the text is: as the style has it, or as there is room."""
        style = self._rendering.style
        return max(style.px(120), min(style.column, self._canvas.width() - 2 * style.margin))

    def _unsettle(self) -> None:
        """Lay out before the next painting."""
        self._is_settled = False
        self._canvas.update()

    def _settle(self) -> None:
        """Lay out what is visible, with the reader's place kept or the end followed."""
        if self._is_settled:
            return
        self._is_settled = True
        width = self._column()
        if width != self._layout.width:
            anchor = self._layout.anchor(self._visible()[0], self._canvas.height())
            self._layout.set_width(width)
            self._is_held = False
            self._place_bar(self._layout.place_of(anchor) + self._padding())
        room = self._canvas.height() - 2 * self._padding()
        top = self._layout.settle(
            self._visible()[0],
            room,
            follows=self._follows and not self._is_held,
            may_pass_end=self._is_held,
        )
        self._place_bar(top + self._padding() if top > 0 or self._follows else self._bar.value())
        self._jump.setVisible(not self._follows and self._bar.value() < self._end())
        self._ahead.start()

    def _settle_growth(self, index: int, changed_from: int) -> None:
        """Lay out a message that grew and paint only what that changed.

        Pixels that merely move are moved; *changed_from* is a height inside the message.
        """
        place = self._layout.top(index)
        before, was_settled = self._bar.value(), self._is_settled
        self._is_settled = False
        self._settle()
        if not was_settled or self._layout.top(index) != place:
            self._canvas.update()
            return
        area = self._canvas.rect()
        moved = self._bar.value() - before
        if moved:
            self._canvas.scroll(0, -moved, area)
        top = round(self._origin().y()) + place + changed_from - 1
        self._canvas.update(area.adjusted(0, max(0, top), 0, 0))

    def _end(self) -> int:
        """Return where the end of the conversation stands at the lower edge."""
        return max(0, self._layout.total + 2 * self._padding() - self._canvas.height())

    def _place_bar(self, value: int) -> None:
        """Set range and position of the scroll bar without taking it for the reader's wish."""
        end = self._end()
        self._is_held = self._is_held and value > end
        self._is_scrolling = True
        self._bar.setRange(0, value if self._is_held else end)
        self._bar.setEnabled(self._bar.maximum() > 0)  # no handle where there is nowhere to go
        self._bar.setPageStep(self._canvas.height())
        self._bar.setSingleStep(self._rendering.style.px(40))
        self._bar.setValue(self._bar.maximum() if self._follows else value)
        self._is_scrolling = False

    @pyqtSlot(int)
    def _scrolled(self, value: int) -> None:
        if not self._is_scrolling:
            self._follows = value >= self._bar.maximum() - _AT_END
            self._unsettle()

    @pyqtSlot()
    def _measure_ahead(self) -> None:
        """Lay out one screen above and below at idle, so that paging finds it ready."""
        self._fonts.start()
        top, bottom = self._visible()
        height = bottom - top
        anchor = self._layout.anchor(top, height)
        self._layout.refine()
        shift = self._layout.place_of(anchor) - top
        self._layout.lay_out(top + shift - height, bottom + shift + height)
        self._place_bar(self._layout.place_of(anchor) + self._padding())

    # -- painting --

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint the visible messages."""
        if event is None:
            return
        self._settle()
        painter = QPainter(self._canvas)
        for part in _strips(event.region()):
            painter.setClipRect(part)
            self._painter.paint(painter, part, self._origin(), self._rendering.style)
        painter.end()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Lay out for the new size, keeping the reader's place."""
        super().resizeEvent(event)
        self._jump.place_in(self._canvas.geometry())
        self._unsettle()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Leave moving pixels to the next painting."""

    def sizeHint(self) -> QSize:
        """Ask for a column of text."""
        style = self._rendering.style
        return QSize(style.column + 2 * style.margin, style.px(600))

    @pyqtSlot()
    def _restyle(self) -> None:
        height = self._canvas.height()
        place = reading_place(self._layout, self._visible()[0], height)
        self._is_held = False
        self._rendering.style = TranscriptStyle(self._theme)
        self._edge = self._rendering.style.px(_EDGE)
        self._painter.pixmaps.clear()
        self._layout.restyle(self._column())
        if not self._follows:
            self._place_bar(scroll_to(self._layout, place, height) + self._padding())
        self._jump.place_in(self._canvas.geometry())
        self._unsettle()

    @pyqtSlot(str)
    def _recolor(self, language: str) -> None:
        for view in self._layout.live_views():
            view.recolor(language)
        self._canvas.update()

    @pyqtSlot(object, QImage)
    def _show_image(self, item: object, image: QImage) -> None:
        for view in self._layout.live_views():
            view.show_image(item, image)
        self._canvas.update()

    @pyqtSlot()
    def _repaint_changed(self) -> None:
        """Paint again what an item changed by itself, such as scrolled code."""
        self._painter.pixmaps.clear()
        self._canvas.update()


def _strips(region: QRegion) -> list[QRect]:
    """Return what to paint: one rectangle, or two with pixels between them that only moved."""
    whole = region.boundingRect()
    kept = QRegion(whole).subtracted(region)
    between = kept.boundingRect()
    if kept.rectCount() != 1 or between.width() != whole.width():
        return [whole]
    above, below = QRect(whole), QRect(whole)
    above.setBottom(between.top() - 1)
    below.setTop(between.bottom() + 1)
    return [above, below]
