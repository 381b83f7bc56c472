"""The list of templates that opens when a prompt begins with a slash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel, QTextCursor
from PyQt6.QtWidgets import QFrame, QListView, QVBoxLayout

from ai_coder.ui.widgets.pair_delegate import PairDelegate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PyQt6.QtWidgets import QPlainTextEdit

    from ai_coder.llm.templates import Template
    from ai_coder.ui.theme import Theme

_COMMAND = re.compile(r"/([\w-]*)\Z")
_WHOLE_COMMAND = re.compile(r"/([\w-]+)(?:\s+(.*))?\Z", re.DOTALL)
_NAME = Qt.ItemDataRole.UserRole
_MEANING = Qt.ItemDataRole.UserRole + 1
_MOST_ROWS = 8


class SlashCompleter(QObject):
    """Watches a prompt field; arrows choose, Enter and Tab take, Escape closes.

    *templates* is asked each time the list opens. The prompt of the chosen template is put
    into the field, and `template_chosen` carries its name, for its system prompt and parameters.
    """

    template_chosen = pyqtSignal(str)

    def __init__(
        self, theme: Theme, edit: QPlainTextEdit, templates: Callable[[], Sequence[Template]]
    ) -> None:
        super().__init__(edit)
        self._theme = theme
        self._edit = edit
        self._templates = templates
        self._is_dismissed = False
        self._popup = QFrame(edit.window(), Qt.WindowType.ToolTip)
        self._popup.setObjectName("slashPopup")
        self._popup.setProperty("look", "popover")
        self._popup.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._model = QStandardItemModel(self)
        self._list = QListView(self._popup)
        self._list.setProperty("look", "menu")
        self._list.setAccessibleName(self.tr("Templates"))
        self._list.setModel(self._model)
        self._list.setItemDelegate(PairDelegate(theme, _MEANING, self._list))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        layout = QVBoxLayout(self._popup)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self._list)
        edit.installEventFilter(self)
        edit.textChanged.connect(self._follow)
        edit.cursorPositionChanged.connect(self._follow)
        edit.destroyed.connect(self._popup.deleteLater)
        self._list.clicked.connect(self._take)

    @property
    def is_open(self) -> bool:
        """Whether the list is shown."""
        return self._popup.isVisible()

    def offered(self) -> list[str]:
        """Return the names that the list shows."""
        rows = range(self._model.rowCount())
        return [str(self._model.index(row, 0).data(_NAME)) for row in rows]

    def expand(self, text: str) -> tuple[str, Template | None]:
        """Return what `/name rest` means: the filled prompt and its template.

        Text that is no command of a known template comes back as it is.
        """
        found = _WHOLE_COMMAND.match(text.strip())
        template = self._named(found[1]) if found else None
        if found is None or template is None:
            return text, None
        return template.filled(found[2] or ""), template

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Take the keys that belong to the list while it is open."""
        if event is None or not self.is_open:
            return False
        if event.type() == QEvent.Type.FocusOut:
            self._popup.hide()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        # Shortcuts such as Escape must not fire while the list wants the key.
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                row = (self._list.currentIndex().row() + step) % self._model.rowCount()
                self._list.setCurrentIndex(self._model.index(row, 0))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Tab:
                self._take(self._list.currentIndex())
            case Qt.Key.Key_Escape:
                self._is_dismissed = True
                self._popup.hide()
            case _:
                return False
        return True

    @pyqtSlot(QModelIndex)
    def _take(self, index: QModelIndex) -> None:
        template = self._named(str(index.data(_NAME)))
        self._popup.hide()
        if template is None:
            return
        before, _, after = template.filled("\0").partition("\0")
        self._edit.setPlainText(before + after)
        cursor = self._edit.textCursor()
        cursor.setPosition(len(before) if after else 0)
        if not after:
            cursor.movePosition(QTextCursor.MoveOperation.End)
        self._edit.setTextCursor(cursor)
        self.template_chosen.emit(template.name)

    @pyqtSlot()
    def _follow(self) -> None:
        cursor = self._edit.textCursor()
        written = self._edit.toPlainText()
        found = _COMMAND.match(written[: cursor.position()])
        if found is None or not self._edit.hasFocus() or len(written) > cursor.position():
            self._is_dismissed = found is not None and self._is_dismissed
            self._popup.hide()
            return
        if self._is_dismissed:
            return
        self._offer(found[1].casefold())

    def _offer(self, start: str) -> None:
        fitting = [each for each in self._templates() if _fits(each, start)]
        fitting.sort(key=lambda each: not each.name.startswith(start))
        self._model.clear()
        for template in fitting:
            item = QStandardItem(f"/{template.name}")
            item.setData(template.description or template.title, _MEANING)
            item.setData(template.name, _NAME)
            item.setData(template.title, Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow(item)
        if not fitting:
            self._popup.hide()
            return
        self._list.setCurrentIndex(self._model.index(0, 0))
        self._place(len(fitting))

    def _place(self, count: int) -> None:
        row = self._list.sizeHintForRow(0)
        height = row * min(count, _MOST_ROWS) + self._theme.px(12)
        width = min(self._theme.px(420), max(self._edit.width(), self._theme.px(240)))
        corner = self._edit.mapToGlobal(QPoint(0, -height - self._theme.px(8)))
        self._popup.setGeometry(corner.x(), corner.y(), width, height)
        self._popup.show()

    def _named(self, name: str) -> Template | None:
        return next((each for each in self._templates() if each.name == name), None)


def _fits(template: Template, start: str) -> bool:
    return template.name.startswith(start) or start in template.title.casefold()
