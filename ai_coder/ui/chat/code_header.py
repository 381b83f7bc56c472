"""The header of a code block with its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, QPointF, QRectF, Qt

if TYPE_CHECKING:
    from PyQt6.QtGui import QPainter

    from ai_coder.ui.chat.transcript_style import TranscriptStyle


def header_buttons(
    style: TranscriptStyle, width: int, height: int
) -> list[tuple[str, str, QRectF]]:
    """Return action, label and place of each button, from the right to the left."""
    labels = (("copy", _tr("Copy")), ("save", _tr("Save as…")), ("wrap", _tr("Wrap")))
    right = float(width - style.px(5))
    buttons = []
    for action, label in labels:
        own_width = style.small_metrics.horizontalAdvance(label) + style.px(14)
        right -= own_width
        buttons.append((f"code:{action}", label, QRectF(right, 0, own_width, height)))
    return buttons


def paint_header(
    painter: QPainter,
    style: TranscriptStyle,
    size: tuple[int, int],
    language: str,
    hovered: str,
    active: str,
) -> None:
    """Paint the language and the buttons; *hovered* and *active* are actions."""
    width, height = size
    painter.drawLine(QPointF(1, height + 0.5), QPointF(width - 1, height + 0.5))
    painter.setFont(style.small_font)
    painter.setPen(style.color("muted"))
    room = QRectF(style.px(12), 0, width / 2, height)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, language or _tr("text"))
    for action, label, rect in header_buttons(style, width, height):
        role = "accent" if action == active else "text" if action == hovered else "muted"
        painter.setPen(style.color(role))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, label)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CodeItem", text)
