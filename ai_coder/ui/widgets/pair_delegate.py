"""Rows of two words: a name, and beside it what it means, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QModelIndex, QRect, QSize, Qt
from PyQt6.QtGui import QFontMetrics, QPainter
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

if TYPE_CHECKING:
    from PyQt6.QtCore import QObject

    from ai_coder.ui.theme import Theme

_MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class PairDelegate(QStyledItemDelegate):
    """Draws the text of a row, and that of *role* muted behind the longest of the first words.

    Very long first words are cut for the others, which may take half of the row.
    """

    def __init__(self, theme: Theme, role: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role = role

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return one line with air; the width is whatever the list has."""
        del option, index
        return QSize(self._theme.px(80), self._theme.px(30))

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw one row."""
        if painter is None:
            return
        px, color = self._theme.px, self._theme.color
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver
        if option.state & active:
            is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent_soft" if is_chosen else "hover"))
            painter.drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), px(6), px(6))
        area: QRect = option.rect.adjusted(px(10), 0, -px(10), 0)
        painter.setFont(self._theme.font(13))
        metrics, gap = painter.fontMetrics(), px(16)
        room = area.width() - gap
        second = min(_widest(index, self._role, metrics), room // 2)
        first = min(_widest(index, Qt.ItemDataRole.DisplayRole, metrics), room - second)
        self._draw(painter, area.adjusted(0, 0, first - area.width(), 0), "text", index.data())
        behind = area.adjusted(first + gap, 0, 0, 0)
        self._draw(painter, behind, "muted", index.data(self._role))
        painter.restore()

    def _draw(self, painter: QPainter, area: QRect, role: str, data: object) -> None:
        text = str(data or "")
        painter.setPen(self._theme.color(role))
        right = Qt.TextElideMode.ElideRight
        painter.drawText(area, _MIDDLE, painter.fontMetrics().elidedText(text, right, area.width()))


def _widest(index: QModelIndex, role: int, metrics: QFontMetrics) -> int:
    """Return the width of the longest text that rows have for *role*."""
    model = index.model()
    rows = range(model.rowCount()) if model is not None else ()
    texts = [str(index.siblingAtRow(row).data(role) or "") for row in rows]
    return max((metrics.horizontalAdvance(text) for text in texts), default=0)
