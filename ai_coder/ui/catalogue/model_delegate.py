"""Paints the cells of the model table, its buttons among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    pyqtSignal,
)
from PyQt6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPen
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ai_coder.ui.catalogue.model_table import (
    CLOUD_ROLE,
    DETAIL_ROLE,
    DOT_ROLE,
    FAINT_ROLE,
    FAVOURITE_ROLE,
    REF_ROLE,
    TAGS_ROLE,
    Column,
)
from ai_coder.ui.icons import paint_icon

if TYPE_CHECKING:
    from PyQt6.QtCore import QObject

    from ai_coder.ui.theme import Theme

_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class ModelDelegate(QStyledItemDelegate):
    """Draws rows as the design has them; `action_requested` carries the model ref."""

    action_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of a row."""
        del option, index
        return QSize(self._theme.px(80), self._theme.px(52))

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw one cell."""
        if painter is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, index)
        area = option.rect.adjusted(self._theme.px(14), 0, -self._theme.px(4), -1)
        match Column(index.column()):
            case Column.NAME:
                self._paint_name(painter, area, index)
            case Column.ABILITIES:
                self._paint_tags(painter, area, index)
            case Column.ACTION:
                self._paint_button(painter, option, index)
            case _:
                is_faint = bool(index.data(FAINT_ROLE))
                painter.setFont(self._theme.font(13))
                painter.setPen(self._theme.color("faint" if is_faint else "text"))
                self._paint_lines(painter, area, index)
        painter.restore()

    def editorEvent(
        self,
        event: QEvent | None,
        model: QAbstractItemModel | None,
        option: QStyleOptionViewItem,
        index: QModelIndex,
    ) -> bool:
        """Take a click on the button."""
        if (
            isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and event.button() == Qt.MouseButton.LeftButton
            and index.column() == Column.ACTION
            and self.button_rect(option.rect, index).contains(event.position().toPoint())
        ):
            self.action_requested.emit(str(index.data(REF_ROLE)))
            return True
        return super().editorEvent(event, model, option, index)

    def button_rect(self, cell: QRect, index: QModelIndex) -> QRect:
        """Return where the button of a row is; empty when it has none."""
        if not index.data():
            return QRect()
        px = self._theme.px
        height = px(32)
        top = cell.top() + (cell.height() - height) // 2
        return QRect(cell.left() + px(8), top, cell.width() - px(22), height)

    def tags_width(self, index: QModelIndex) -> int:
        """Return the room that the tags of a row need."""
        metrics, px = QFontMetrics(self._theme.font(11)), self._theme.px
        tags = index.data(TAGS_ROLE) or []
        return px(22) + sum(metrics.horizontalAdvance(tag) + px(18) for tag in tags)

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        rect = QRectF(option.rect)
        model = index.model()
        is_last = model is not None and index.row() == model.rowCount() - 1
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._theme.color("accent_soft"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._theme.color("side"))
        if not is_last:
            line = QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1)
            painter.fillRect(line, self._theme.color("line"))

    def _paint_name(self, painter: QPainter, area: QRect, index: QModelIndex) -> None:
        px = self._theme.px
        side = px(8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(str(index.data(DOT_ROLE))))
        painter.drawEllipse(QRectF(area.left(), area.center().y() - side / 2 + 0.5, side, side))
        painter.setFont(self._theme.font(13, bold=True))
        painter.setPen(self._theme.color("text"))
        words = area.adjusted(side + px(8), 0, 0, 0)
        if index.data(DETAIL_ROLE):
            self._paint_lines(painter, words, index)
            return
        if index.data(FAVOURITE_ROLE):
            star = px(13)
            width = painter.fontMetrics().horizontalAdvance(str(index.data())) + px(8)
            left = words.left() + min(width, words.width() - star)
            middle = area.center().y() - star / 2
            paint_icon(painter, self._theme, "star", "waiting", QRectF(left, middle, star, star))
            words.setRight(left - px(6))
        self._paint_text(painter, words, str(index.data()))

    def _paint_text(self, painter: QPainter, area: QRect, text: str) -> None:
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, _LEFT, elided)

    def _paint_lines(self, painter: QPainter, area: QRect, index: QModelIndex) -> None:
        detail = str(index.data(DETAIL_ROLE) or "")
        if not detail:
            self._paint_text(painter, area, str(index.data() or ""))
            return
        half = self._theme.px(9)
        self._paint_text(painter, area.translated(0, -half), str(index.data() or ""))
        painter.setFont(self._theme.font(11))
        painter.setPen(self._theme.color("muted"))
        self._paint_text(painter, area.translated(0, half), detail)

    def _paint_tags(self, painter: QPainter, area: QRect, index: QModelIndex) -> None:
        px = self._theme.px
        painter.setFont(self._theme.font(11))
        metrics = painter.fontMetrics()
        left, height = area.left(), metrics.height() + px(3)
        is_cloud = bool(index.data(CLOUD_ROLE))
        rest = "ok" if index.data(DOT_ROLE) == "ok" and not is_cloud else "muted"
        tone = "waiting" if is_cloud else rest
        for text in index.data(TAGS_ROLE) or []:
            width = metrics.horizontalAdvance(text) + px(14)
            if left + width > area.right():
                painter.setPen(self._theme.color("muted"))
                painter.drawText(QRect(left, area.top(), px(20), area.height()), _LEFT, "…")
                return
            box = QRectF(left + 0.5, area.center().y() - height / 2 + 0.5, width, height)
            painter.setPen(self._theme.color("line"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, px(6), px(6))
            painter.setPen(self._theme.color(tone))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            left += width + px(4)
            tone = rest

    def _paint_button(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        box = self.button_rect(option.rect, index)
        if box.isEmpty():
            return
        is_hot = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(QPen(self._theme.color("off" if is_hot else "line"), 1))
        painter.setBrush(self._theme.color("card"))
        radius = self._theme.px(8)
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setPen(self._theme.color("text"))
        painter.setFont(self._theme.font(13))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(index.data()))
