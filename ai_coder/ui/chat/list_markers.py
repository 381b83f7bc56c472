"""What stands in front of the items of a list: bullets and boxes as shapes, numbers as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPen

from ai_coder.ui.icons import paint_icon

if TYPE_CHECKING:
    from PyQt6.QtGui import QPainter

    from ai_coder.ui.chat.transcript_style import TranscriptStyle

_DISC, _RING, _SQUARE = "\u2022", "\u25e6", "\u25aa"
_BOX, _CHECKED_BOX = "\u2610", "\u2611"
_BULLET_SIDE, _BOX_SIDE = 5, 13
"""Design pixels."""


def paint_marker(
    painter: QPainter, marker: str, room: QRectF, side: Qt.AlignmentFlag, style: TranscriptStyle
) -> None:
    """Paint *marker* at the given side of *room*, in the colour that all markers have.

    Fonts draw bullets and boxes of very different sizes, some of them too faint to be seen.
    """
    painter.save()
    painter.setFont(style.font(0))
    painter.setPen(style.color("muted"))
    if marker in (_DISC, _RING, _SQUARE):
        _paint_bullet(painter, marker, _placed(room, side, style.px(_BULLET_SIDE)), style)
    elif marker in (_BOX, _CHECKED_BOX):
        _paint_box(painter, marker, _placed(room, side, style.px(_BOX_SIDE)), style)
    else:
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, marker)
    painter.restore()


def _placed(room: QRectF, side: Qt.AlignmentFlag, size: float) -> QRectF:
    """Return a square at the side of *room*, on whole pixels so that it is drawn sharply."""
    left = room.right() - size if side & Qt.AlignmentFlag.AlignRight else room.left()
    return QRectF(round(left), round(room.center().y() - size / 2), size, size)


def _paint_bullet(painter: QPainter, marker: str, area: QRectF, style: TranscriptStyle) -> None:
    if marker == _SQUARE:
        painter.fillRect(area, style.color("muted"))
        return
    if marker == _DISC:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.color("muted"))
    else:
        painter.setPen(QPen(style.color("muted"), style.px(1.3)))
        area = area.adjusted(0.5, 0.5, 0.5, 0.5)
    painter.drawEllipse(area)


def _paint_box(painter: QPainter, marker: str, area: QRectF, style: TranscriptStyle) -> None:
    edge = area.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(edge, style.px(3), style.px(3))
    if marker == _CHECKED_BOX:
        paint_icon(painter, style.theme, "check", "muted", area.adjusted(1, 1, -1, -1))
