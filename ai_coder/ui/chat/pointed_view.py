"""The mouse over a transcript: clicks, selections, the wheel, and what is pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QPointF, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QToolTip, QWidget

from ai_coder.ui.chat.transcript_pointer import TranscriptPointer
from ai_coder.ui.chat.transcript_view import TranscriptView

if TYPE_CHECKING:
    from PyQt6.QtGui import QMouseEvent, QWheelEvent

    from ai_coder.ui.chat.code_lexers import CodeLexers
    from ai_coder.ui.theme import Theme

_TRIPLE_CLICK_MS = 400
_WHEEL_STEP = 120


class PointedView(TranscriptView):
    """A transcript that the mouse can use."""

    link_hovered = pyqtSignal(str)
    """The target of the link under the pointer, empty when there is none."""

    def __init__(self, theme: Theme, lexers: CodeLexers, parent: QWidget | None = None) -> None:
        super().__init__(theme, lexers, parent)
        self._last_click = (0, QPointF())
        self._pointer = TranscriptPointer(self._layout, self._state, self)
        self._pointer.changed.connect(self._canvas.update)
        self._pointer.scrolled_sideways.connect(self._repaint_changed)
        self._pointer.scroll_wanted.connect(self._scroll_selecting)
        self._canvas.setMouseTracking(True)

    def _in_conversation(self, point: QPointF) -> QPointF:
        return point - self._origin()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begin a click or a selection; the third quick click selects a paragraph."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._settle()
        point = self._in_conversation(event.position())
        time, place = self._last_click
        is_near = (point - place).manhattanLength() < self._rendering.style.px(6)
        is_third = is_near and event.timestamp() - time < _TRIPLE_CLICK_MS
        self._pointer.press(event, point, clicks=3 if is_third else 1)
        self._last_click = (0, QPointF())

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Select a word."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._settle()
            point = self._in_conversation(event.position())
            self._pointer.press(event, point, clicks=2)
            self._last_click = (event.timestamp(), point)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Extend a selection, or show what is under the pointer."""
        if event is None:
            return
        self._settle()
        point = self._in_conversation(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._pointer.move(point, self._visible())
            return
        self._hover(point)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End a click or a selection."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._pointer.release(self._in_conversation(event.position()))

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll; with Shift, or a sideways wheel, the code or table under the pointer."""
        if event is None:
            return
        delta = event.angleDelta()
        is_sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        amount = delta.x() or (delta.y() if is_sideways else 0)
        if amount and (is_sideways or abs(delta.x()) > abs(delta.y())):
            item = self._pointer.sideways_at(self._in_conversation(event.position()))
            if item is not None:
                step = self._rendering.style.px(60)
                if item.scroll_by(round(-amount * step / _WHEEL_STEP)):
                    self._repaint_changed()
                event.accept()
                return
        super().wheelEvent(event)

    def viewportEvent(self, event: QEvent | None) -> bool:
        """Notice when the pointer leaves."""
        if event is not None and event.type() == QEvent.Type.Leave:
            self._hover(None)
        return super().viewportEvent(event)

    def _hover(self, point: QPointF | None) -> None:
        before = self._state.hovered
        if not self._pointer.hover(point):
            return
        hovered = self._state.hovered
        self._canvas.update()
        is_text = hovered is None and point is not None and self._pointer.is_over_text(point)
        shape = Qt.CursorShape.IBeamCursor if is_text else Qt.CursorShape.ArrowCursor
        if hovered is not None and hovered.kind in ("link", "button", "code"):
            shape = Qt.CursorShape.PointingHandCursor
        self._canvas.setCursor(shape)
        if hovered != before:
            target = hovered.value if hovered is not None and hovered.kind == "link" else ""
            self.link_hovered.emit(target)
            self._canvas.setToolTip(target)
            if not target:
                QToolTip.hideText()

    @pyqtSlot(int)
    def _scroll_selecting(self, pixels: int) -> None:
        self._bar.setValue(self._bar.value() + pixels)
        self._settle()
        point = QPointF(self._canvas.mapFromGlobal(self._canvas.cursor().pos()))
        self._pointer.move(self._in_conversation(point), self._visible())
