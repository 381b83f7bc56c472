"""The rows of the conversation list: model and painting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QModelIndex,
    QObject,
    QRect,
    QSize,
    Qt,
    pyqtSignal,
)
from PyQt6.QtGui import QFontMetrics, QPainter, QPen
from PyQt6.QtWidgets import (
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ai_coder.ui.chat.snippet_text import from_first_mark
from ai_coder.ui.icons import icon
from ai_coder.ui.widgets.name_dialog import LONGEST_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_coder.ui.theme import Theme

_ROW = Qt.ItemDataRole.UserRole
_SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class RowData:
    """A heading (no id), a chat, a search result (with a message id), or the way to more of them.

    `marks` are the (start, length) ranges of `subtitle` that matched a search; `aside` follows
    the subtitle and is whole where that has to be cut.
    """

    title: str
    subtitle: str = ""
    aside: str = ""
    conversation_id: int | None = None
    message_id: int | None = None
    is_pinned: bool = False
    is_running: bool = False
    marks: tuple[tuple[int, int], ...] = ()
    is_more: bool = False

    @property
    def is_choice(self) -> bool:
        """Whether it can be chosen; headings are only to be read."""
        return self.conversation_id is not None or self.is_more


class ConversationModel(QAbstractListModel):
    """Holds the rows; headings cannot be chosen, chats can be renamed in place."""

    renamed = pyqtSignal(int, str)
    """A chat and the name that was typed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[RowData] = []

    def set_rows(self, rows: list[RowData]) -> None:
        """Replace the rows that are others now; the rest stays where the reader has it."""
        start = _equal(self._rows, rows)
        rest = min(len(self._rows), len(rows)) - start
        end = min(_equal(self._rows[::-1], rows[::-1]), rest)
        gone, added = len(self._rows) - end, len(rows) - end
        if gone > start:
            self.beginRemoveRows(QModelIndex(), start, gone - 1)
            del self._rows[start:gone]
            self.endRemoveRows()
        if added > start:
            self.beginInsertRows(QModelIndex(), start, added - 1)
            self._rows[start:start] = rows[start:added]
            self.endInsertRows()

    def first_choice(self) -> QModelIndex:
        """Return the first row that is no heading, or an invalid index."""
        for number, row in enumerate(self._rows):
            if row.conversation_id is not None:
                return self.index(number)
        return QModelIndex()

    def row_at(self, index: QModelIndex) -> RowData | None:
        """Return the row, or None for an invalid index."""
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, conversation_id: int | None, message_id: int | None = None) -> QModelIndex:
        """Return the row of a conversation, of that message if it has one, or an invalid index."""
        found = [
            number
            for number, row in enumerate(self._rows)
            if conversation_id is not None and row.conversation_id == conversation_id
        ]
        same = (number for number in found if self._rows[number].message_id == message_id)
        return self.index(next(same, found[0])) if found else QModelIndex()

    def neighbour(self, index: QModelIndex, step: int) -> int | None:
        """Return the conversation *step* chats further, wrapping around."""
        every = [row.conversation_id for row in self._rows if row.conversation_id is not None]
        chats = list(dict.fromkeys(every))
        if not chats:
            return None
        current = self.row_at(index)
        place = chats.index(current.conversation_id) if current and current.conversation_id else -1
        return chats[(place + step) % len(chats)]

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401  # Qt's signature
        """Return the text for assistive tools and the row itself for the delegate."""
        row = self.row_at(index)
        if row is None:
            return None
        if role == _ROW:
            return row
        if role == Qt.ItemDataRole.EditRole:
            return row.title
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            below = _SEPARATOR.join(part for part in (row.subtitle, row.aside) if part)
            return f"{row.title}\n{below}" if below else row.title
        return None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Return that headings are only to be read."""
        row = self.row_at(index)
        if row is None or not row.is_choice:
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        is_hit = row.message_id is not None or row.is_more
        return flags if is_hit else flags | Qt.ItemFlag.ItemIsEditable

    def setData(
        self,
        index: QModelIndex,
        value: object,
        role: int = Qt.ItemDataRole.EditRole,
    ) -> bool:
        """Take a name that was typed in place; a blank one changes nothing."""
        row = self.row_at(index)
        name = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or row is None or row.conversation_id is None:
            return False
        if not name or name == row.title:
            return False
        self._rows[index.row()] = replace(row, title=name)
        self.dataChanged.emit(index, index)
        self.renamed.emit(row.conversation_id, name)
        return True


class ConversationDelegate(QStyledItemDelegate):
    """Paints a row: title above, model and number of messages below."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the height of a heading or of a row with one or two lines."""
        row: RowData = index.data(_ROW)
        px = self._theme.px
        if row.is_more:
            return QSize(px(80), px(34))
        if row.conversation_id is None:
            return QSize(px(80), px(22 if index.row() == 0 else 34))
        return QSize(px(80), px(50))

    def createEditor(  # noqa: N802  # Qt's name
        self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> QWidget:
        """Return the field in which a chat is renamed."""
        editor = QLineEdit(parent)
        editor.setObjectName("renameField")
        editor.setMaxLength(LONGEST_NAME)
        editor.setAccessibleName(self.tr("Name of the chat"))
        return editor

    def setEditorData(self, editor: QWidget | None, index: QModelIndex) -> None:  # noqa: N802  # Qt's name
        """Show the present name, selected."""
        if isinstance(editor, QLineEdit):
            editor.setText(index.data(Qt.ItemDataRole.EditRole))
            editor.selectAll()

    def setModelData(  # noqa: N802  # Qt's name
        self, editor: QWidget | None, model: QAbstractItemModel | None, index: QModelIndex
    ) -> None:
        """Hand the new name on."""
        if isinstance(editor, QLineEdit) and model is not None:
            model.setData(index, editor.text())

    def updateEditorGeometry(  # noqa: N802  # Qt's name
        self, editor: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Put the field where the whole row stands."""
        if editor is not None:
            px = self._theme.px
            editor.setGeometry(option.rect.adjusted(px(1), px(1), -px(1), -px(1)))

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw the row."""
        if painter is None:
            return
        row: RowData = index.data(_ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not row.is_choice:
            self._paint_heading(painter, option.rect, row)
        else:
            self._paint_row(painter, option, row)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, row: RowData) -> None:
        painter.setFont(self._theme.font(11, bold=True))
        painter.setPen(self._theme.color("faint"))
        area = rect.adjusted(self._theme.px(8), 0, 0, -self._theme.px(4))
        painter.drawText(area, Qt.AlignmentFlag.AlignBottom, row.title)

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, row: RowData) -> None:
        px, color = self._theme.px, self._theme.color
        rect = option.rect.adjusted(px(1), px(1), -px(1), -px(1))
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if is_current or is_hovered:
            has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
            edge = color("accent") if has_focus else color("line")
            painter.setPen(QPen(edge, 1) if is_current else Qt.PenStyle.NoPen)
            painter.setBrush(color("card") if is_current else color("hover"))
            painter.drawRoundedRect(rect, px(8), px(8))
        if row.is_more:
            painter.setFont(self._theme.font(12))
            painter.setPen(color("accent"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, row.title)
            return
        inner = rect.adjusted(px(10), px(6), -px(10), -px(6))
        if row.is_pinned:
            size = px(12)
            mark = QRect(inner.right() - size, inner.top() + px(2), size, size)
            icon(self._theme, "pin", "faint").paint(painter, mark)
            title_width = inner.width() - size - px(4)
        else:
            title_width = inner.width()
        if not (row.subtitle or row.aside):
            inner.translate(0, px(9))
        self._line(painter, inner, title_width, row.title, 13, "text")
        below = inner.adjusted(0, px(20), 0, 0)
        role = "muted" if is_hovered and not is_current else "faint"  # what the ground lets be read
        if row.marks:
            self._paint_marked(painter, below, row, role)
        else:
            self._paint_subtitle(painter, below, row, role)

    def _paint_subtitle(self, painter: QPainter, area: QRect, row: RowData, role: str) -> None:
        """Draw the line below the title; what stands aside is never cut."""
        aside = _SEPARATOR + row.aside if row.subtitle and row.aside else row.aside
        room = area.width() - QFontMetrics(self._theme.font(11)).horizontalAdvance(aside)
        used = self._line(painter, area, room, row.subtitle, 11, role)
        self._line(painter, area.adjusted(used, 0, 0, 0), area.width() - used, aside, 11, role)

    def _line(
        self, painter: QPainter, area: QRect, width: int, text: str, size: int, role: str
    ) -> int:
        """Draw *text*, cut at *width*, and return how wide it is."""
        font = self._theme.font(size)
        painter.setFont(font)
        painter.setPen(self._theme.color(role))
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(area, Qt.AlignmentFlag.AlignTop, shown)
        return metrics.horizontalAdvance(shown)

    def _paint_marked(self, painter: QPainter, area: QRect, row: RowData, role: str) -> None:
        """Draw a snippet with what was found in bold, cut before it where that is too far right."""
        left = area.left()
        place = 0
        words, marks = self._fitting(row, area.width())
        for start, length in (*marks, (len(words), 0)):
            for text, is_found in (
                (words[place:start], False),
                (words[start : start + length], True),
            ):
                font = self._theme.font(11, bold=is_found)
                painter.setFont(font)
                painter.setPen(self._theme.color("text" if is_found else role))
                room = area.right() - left
                shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
                painter.drawText(left, area.top() + QFontMetrics(font).ascent(), shown)
                left += QFontMetrics(font).horizontalAdvance(shown)
            place = start + length

    def _fitting(self, row: RowData, room: int) -> tuple[str, Sequence[tuple[int, int]]]:
        """Return a snippet and its marks so that the first one can be seen."""
        start, length = row.marks[0]
        before, found = row.subtitle[:start], row.subtitle[start : start + length]
        width = QFontMetrics(self._theme.font(11)).horizontalAdvance(before)
        width += QFontMetrics(self._theme.font(11, bold=True)).horizontalAdvance(found)
        fits = width <= room
        return (row.subtitle, row.marks) if fits else from_first_mark(row.subtitle, row.marks)


def _equal(some: Sequence[RowData], others: Sequence[RowData]) -> int:
    """Return how many rows are equal from the first on."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False))
    return sum(1 for _ in pairs)
