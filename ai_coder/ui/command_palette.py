"""A list of all commands, found by typing a few letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt, pyqtSlot
from PyQt6.QtGui import QKeyEvent, QKeySequence, QPainter, QStandardItem, QStandardItemModel
from PyQt6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.actions import COMMANDS, Actions, Command
from ai_coder.ui.command_words import words_of
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.popover import Popover
from ai_coder.ui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from ai_coder.ui.theme import Theme

_WIDTH = 560
_MOST_ROWS = 10
_NAME_ROLE = Qt.ItemDataRole.UserRole
_KEYS_ROLE = Qt.ItemDataRole.UserRole + 1
_GROUP_ROLE = Qt.ItemDataRole.UserRole + 2


class CommandPalette(QWidget):
    """Typing filters, the arrow keys choose, Enter runs the command."""

    def __init__(self, theme: Theme, actions: Actions, window: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._actions = actions
        self._window = window
        self._search = SearchField(theme, self.tr("Type a command"), self)
        self._search.setObjectName("paletteSearch")
        self._model = QStandardItemModel(self)
        self._list = QListView(self)
        self._list.setObjectName("paletteList")
        self._list.setAccessibleName(self.tr("Commands"))
        self._list.setModel(self._model)
        self._list.setItemDelegate(_CommandDelegate(theme, self._list))
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._nothing = label(self.tr("No command has these letters."), "muted", self)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self._search)
        layout.addWidget(self._list)
        layout.addWidget(self._nothing)
        self._popover = Popover(theme, self, window)
        self._search.installEventFilter(self)
        self._search.textChanged.connect(self._filter)
        self._list.clicked.connect(self._run_index)

    @pyqtSlot()
    def open(self) -> None:
        """Show the palette at the top of the window, with an empty search."""
        self._search.clear()
        self._filter("")
        width = min(self._theme.px(_WIDTH), self._window.width() - 32)
        self._popover.setFixedWidth(width)
        self._fit()
        left = (self._window.width() - width) // 2
        self._popover.move(self._window.mapToGlobal(QPoint(left, self._theme.px(64))))
        self._popover.show()
        self._search.setFocus(Qt.FocusReason.PopupFocusReason)

    def commands(self) -> list[str]:
        """Return the names of the commands listed now."""
        rows = range(self._model.rowCount())
        return [str(self._model.index(row, 0).data(_NAME_ROLE)) for row in rows]

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Let the search field steer the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: _MOST_ROWS,
                Qt.Key.Key_PageUp: -_MOST_ROWS,
            }
            if step := steps.get(Qt.Key(event.key())):
                self._move(step)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run_index(self._list.currentIndex())
                return True
            if event.key() == Qt.Key.Key_Escape:  # the field would only be emptied
                self._popover.hide()
                return True
        return super().eventFilter(watched, event)

    @pyqtSlot(str)
    def _filter(self, text: str) -> None:
        ranked = [
            (score, position, command)
            for position, command in enumerate(COMMANDS)
            if command.name != "command_palette" and (score := _score(text, command)) is not None
        ]
        self._model.clear()
        for _, _, command in sorted(ranked, key=lambda entry: entry[:2]):
            self._model.appendRow(self._item(command))
        has_rows = self._model.rowCount() > 0
        self._list.setVisible(has_rows)
        self._nothing.setVisible(not has_rows)
        if has_rows:
            self._list.setCurrentIndex(self._model.index(0, 0))
        self._fit()

    def _fit(self) -> None:
        """Make the palette as high as what is listed."""
        rows = min(_MOST_ROWS, self._model.rowCount())
        self._list.setFixedHeight(self._theme.px(34) * rows + 4)
        self._popover.fit()

    def _item(self, command: Command) -> QStandardItem:
        item = QStandardItem(command.text)
        keys = self._actions.action(command.name).shortcut()
        item.setData(command.name, _NAME_ROLE)
        item.setData(keys.toString(QKeySequence.SequenceFormat.NativeText), _KEYS_ROLE)
        item.setData(command.group_text, _GROUP_ROLE)
        return item

    def _move(self, step: int) -> None:
        last = self._model.rowCount() - 1
        row = max(0, min(last, self._list.currentIndex().row() + step))
        self._list.setCurrentIndex(self._model.index(row, 0))

    @pyqtSlot(QModelIndex)
    def _run_index(self, index: QModelIndex) -> None:
        name = index.data(_NAME_ROLE)
        if name is None:
            return
        self._popover.hide()
        self._actions.action(str(name)).trigger()


class _CommandDelegate(QStyledItemDelegate):
    """Draws the command, its group and its keys in one line."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return one line with air."""
        del option, index
        return QSize(self._theme.px(200), self._theme.px(34))

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw one command."""
        if painter is None:
            return
        px = self._theme.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_soft"))
            painter.drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), px(6), px(6))
        area: QRect = option.rect.adjusted(px(10), 0, -px(10), 0)
        painter.setFont(self._theme.font(13))
        painter.setPen(self._theme.color("text"))
        text = str(index.data())
        painter.drawText(area, _LEFT, text)
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.color("muted"))
        painter.drawText(
            area.adjusted(width + px(10), 0, 0, 0), _LEFT, str(index.data(_GROUP_ROLE))
        )
        painter.drawText(area, _RIGHT, str(index.data(_KEYS_ROLE)))
        painter.restore()


_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


def _score(typed: str, command: Command) -> int | None:
    """Return how well a command fits; its other words count only as they are written."""
    title = match_score(typed, f"{command.text} {command.group_text}")
    wanted = f" {typed.casefold().strip()}"
    other = 1 if wanted in f" {words_of(command.name)}".casefold() else None
    return min((score for score in (title, other) if score is not None), default=None)


def match_score(typed: str, text: str) -> int | None:
    """Return how well *text* has the letters of *typed* in order: lower is better, None is no."""
    letters, candidate = typed.casefold().replace(" ", ""), text.casefold()
    if not letters:
        return 0
    if (found := candidate.find(typed.casefold().strip())) >= 0:
        return 0 if found == 0 or candidate[found - 1] == " " else 1
    position, gaps = 0, 2
    for letter in letters:
        found = candidate.find(letter, position)
        if found < 0:
            return None
        gaps += found - position
        position = found + 1
    return gaps
