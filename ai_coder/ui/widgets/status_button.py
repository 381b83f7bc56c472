"""A flat button with a dot or an icon before its text, for bars."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSlot
from PyQt6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ai_coder.ui.icons import paint_icon

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme


class Detail(IntEnum):
    """How much is said in a bar of little room; WHOLE is the words and what can be done."""

    DOT = 0
    NAME = 1
    WORDS = 2
    WHOLE = 3


class StatusButton(QAbstractButton):
    """Shows one line of state; it shrinks by cutting the middle of its text.

    The end stays because it is the state; the whole text is in the accessible name.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = "off"
        self._icon_name = ""
        self._text_role = "muted"
        self._is_bare = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._refresh)
        self._refresh()

    @property
    def role(self) -> str:
        """The colour role of the dot or icon."""
        return self._role

    def set_state(
        self, text: str, role: str, *, icon_name: str = "", text_role: str = "muted"
    ) -> None:
        """Show *text* after a dot, or after the icon *icon_name*, in the colour of *role*."""
        self._role, self._icon_name, self._text_role = role, icon_name, text_role
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @property
    def is_bare(self) -> bool:
        """Whether only the sign is shown."""
        return self._is_bare

    def set_bare(self, is_bare: bool) -> None:
        """Show the sign only, where there is no room for words; the name still has them."""
        if is_bare != self._is_bare:
            self._is_bare = is_bare
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return room for the whole text, or for the sign alone."""
        width = self.bare_width() if self._is_bare else self.width_for(self.text())
        return QSize(width, self._theme.px(22))

    def bare_width(self) -> int:
        """Return the room that the sign alone needs."""
        return self._text_left()

    def width_for(self, text: str) -> int:
        """Return the room that *text* would need."""
        width = self._text_left() + self.fontMetrics().horizontalAdvance(text)
        return width + self._theme.px(7)

    def minimumSizeHint(self) -> QSize:
        """Return room for the sign and a few letters."""
        few = self._text_left() + self.fontMetrics().horizontalAdvance("MMMM")
        return QSize(min(few, self.sizeHint().width()), self._theme.px(22))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Take Enter like a click."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the ground, the sign and the text."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ring = QPen(self._theme.color("accent")) if self.hasFocus() else Qt.PenStyle.NoPen
        painter.setPen(ring)
        hover = self.underMouse() and self.isEnabled()
        painter.setBrush(self._theme.color("hover") if hover else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, self._theme.px(6), self._theme.px(6))
        self._paint_sign(painter)
        if self._is_bare:
            return
        painter.setPen(self._theme.color(self._text_role))
        area = self.rect().adjusted(self._text_left(), 0, -self._theme.px(6), 0)
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, area.width() + 1
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_sign(self, painter: QPainter) -> None:
        side = self._theme.px(13 if self._icon_name else 8)
        area = QRectF(self._theme.px(6), (self.height() - side) / 2, side, side)
        if self._icon_name:
            paint_icon(painter, self._theme, self._icon_name, self._role, area)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(self._role))
        painter.drawEllipse(area)

    def _text_left(self) -> int:
        return self._theme.px(6 + (13 if self._icon_name else 8) + 6)

    @pyqtSlot()
    def _refresh(self) -> None:
        self.setFont(self._theme.font(12))
        self.updateGeometry()
        self.update()
