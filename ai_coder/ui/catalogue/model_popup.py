"""The open model dropdown: a filter, the rows, and what can be done with the marked one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import (
    QModelIndex,
    QPoint,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    pyqtSignal,
    pyqtSlot,
)
from PyQt6.QtGui import QKeyEvent, QPaintEvent, QStandardItemModel
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.catalogue.model_row import RowAction, action_text
from ai_coder.ui.catalogue.model_rows import ModelRowDelegate
from ai_coder.ui.rounded_windows import paint_card
from ai_coder.ui.widgets.label import label
from ai_coder.ui.widgets.search_field import show_as_search

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ai_coder.llm.models import ModelConfig
    from ai_coder.ui.theme import Theme

REF_ROLE = Qt.ItemDataRole.UserRole
"""Holds `<provider>/<model id>`; None for a heading."""

MODEL_ROLE = Qt.ItemDataRole.UserRole + 1
STAR_ROLE = Qt.ItemDataRole.UserRole + 2

_HIGHEST = 480


class ModelPopup(QFrame):
    """The open list: a filter, the rows, and the way to the Models view."""

    chosen = pyqtSignal(str)
    manage_requested = pyqtSignal()
    load_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, items: QStandardItemModel, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._theme = theme
        self.setObjectName("modelPopup")
        self._filter = QLineEdit(self)
        self._filter.setObjectName("modelFilter")
        self._filter.setPlaceholderText(self.tr("Type to filter"))
        show_as_search(self._filter, theme, self.tr("Filter models"))
        self._proxy = _Filter(self)
        self._proxy.setSourceModel(items)
        self._list = QListView(self)
        self._list.setModel(self._proxy)
        self._list.setItemDelegate(ModelRowDelegate(theme, MODEL_ROLE, STAR_ROLE, self._list))
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setMouseTracking(True)
        self._list.setAccessibleName(self.tr("Models"))
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._nothing = label("", "muted", self, wrap=True)
        self._nothing.setObjectName("noModelMatches")
        for part in (self._list, self._nothing):
            part.setMinimumHeight(1)  # the popup knows better how high they are, see `_fit`
        self._manage = QPushButton(self.tr("Manage models…"), self)
        self._manage.setProperty("look", "ghost")
        self._load = QPushButton(self.tr("Load…"), self)
        self._load.setObjectName("modelPopupLoadButton")
        self._load.setProperty("look", "ghost")
        self._loadable: frozenset[str] = frozenset()
        self._loading: frozenset[str] = frozenset()
        self._marked: str | None = None
        """Stays when its model goes away: its row is marked again when it comes back."""

        self._is_above = True
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(theme.px(8),) * 4)
        layout.setSpacing(theme.px(6))
        layout.addWidget(self._filter)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._nothing, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self._load)
        buttons.addStretch(1)
        buttons.addWidget(self._manage)
        layout.addLayout(buttons)
        self._load.clicked.connect(self._load_marked)
        selection = self._list.selectionModel()
        if selection is not None:
            selection.currentChanged.connect(self._show_load)
        self._proxy.dataChanged.connect(self._show_load)
        self._filter.textChanged.connect(self._refilter)
        self._list.clicked.connect(self._take)
        self._manage.clicked.connect(self._manage_models)
        self._filter.installEventFilter(self)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the card and its border; a popup of a dropdown gets none from the style sheet."""
        del event
        paint_card(self, self._theme)

    def set_loadable(self, provider_ids: Collection[str]) -> None:
        """Tell which servers load and unload models on request."""
        self._loadable = frozenset(provider_ids)
        self._show_load()

    def set_loading(self, refs: Collection[str]) -> None:
        """Tell which models are being loaded and can be given up."""
        self._loading = frozenset(refs)
        self._show_load()

    def open_for(self, current: str | None, typed: str = "") -> None:
        """Show the list above or below the picker, with *current* marked or *typed* looked for."""
        self._filter.clear()
        self._choose_side()
        self._mark(current)
        self._fit()
        self.show()
        self._filter.setFocus()
        if typed:
            self._filter.insert(typed)

    def scroll_place(self) -> int:
        """Return how far the list is scrolled, for `rows_changed`."""
        bar = self._list.verticalScrollBar()
        return bar.value() if bar is not None else 0

    def rows_changed(self, scroll_place: int) -> None:
        """Mark again what was marked, and leave the list where it was, after its rows changed."""
        if not self.isVisible():
            return
        self._show_mark()
        self._fit()
        bar = self._list.verticalScrollBar()
        if bar is not None:
            self._list.executeDelayedItemsLayout()
            bar.setValue(scroll_place)

    def eventFilter(self, watched: object, event: object) -> bool:
        """Let the arrow keys and Enter of the filter field work on the list."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._move(-1 if event.key() == Qt.Key.Key_Up else 1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self._list.currentIndex())
                return True
        return False

    def _move(self, step: int) -> None:
        row = self._list.currentIndex().row() + step
        while 0 <= row < self._proxy.rowCount():
            index = self._proxy.index(row, 0)
            if ref := index.data(REF_ROLE):
                self._marked = ref
                self._list.setCurrentIndex(index)
                return
            row += step

    def _mark(self, ref: str | None) -> None:
        """Mark a model, or the first row."""
        is_there = any(index.data(REF_ROLE) == ref for index in self._rows())
        self._marked = ref if is_there else None
        self._show_mark()

    def _show_mark(self) -> None:
        marked = (index for index in self._rows() if index.data(REF_ROLE) == self._marked)
        self._list.setCurrentIndex(next(marked, QModelIndex()) if self._marked else QModelIndex())
        if self._marked is None:
            self._move(1)
        self._show_load()

    def _rows(self) -> Iterator[QModelIndex]:
        return (self._proxy.index(row, 0) for row in range(self._proxy.rowCount()))

    @pyqtSlot(str)
    def _refilter(self, text: str) -> None:
        self._proxy.set_words(text)
        self._mark(None)
        self._fit()

    def _choose_side(self) -> None:
        """Decide where to open; the list stays on that side while typing makes it shorter."""
        anchor, room = self._surroundings()
        self._is_above = has_more_above(anchor, self._theme.px(_HIGHEST), room)

    def _fit(self) -> None:
        """Give the popup the height of its rows, or say that there are none."""
        px = self._theme.px
        rows = sum(self._list.sizeHintForRow(row) for row in range(self._proxy.rowCount()))
        typed = self._filter.text().strip()
        no_match = self.tr("No model matches “{text}”.").format(text=typed)
        self._nothing.setText(no_match if typed else self.tr("No model yet"))
        self._nothing.setContentsMargins(px(8), px(8), px(8), px(8))
        self._nothing.setVisible(not rows)
        self._list.setVisible(bool(rows))
        width = px(520)
        inside = rows or self._nothing.heightForWidth(width - px(16))
        fixed = self._filter.sizeHint().height() + self._manage.sizeHint().height() + px(28)
        anchor, room = self._surroundings()
        wanted = QSize(width, min(px(_HIGHEST), inside + fixed))
        self.setGeometry(beside(anchor, wanted, room, gap=px(4), is_above=self._is_above))

    def _surroundings(self) -> tuple[QRect, QRect]:
        """Return where the picker is, and the screen around it."""
        picker = self.parentWidget() or self
        screen = picker.screen()
        anchor = QRect(picker.mapToGlobal(QPoint(0, 0)), picker.size())
        return anchor, screen.availableGeometry() if screen is not None else anchor

    @pyqtSlot(QModelIndex)
    def _take(self, index: QModelIndex) -> None:
        if ref := index.data(REF_ROLE):
            self.hide()
            self.chosen.emit(ref)

    @pyqtSlot()
    def _show_load(self) -> None:
        model: ModelConfig | None = self._list.currentIndex().data(MODEL_ROLE)
        if model is None:
            self._load.hide()
            return
        is_ours = model.ref in self._loading
        can_load = model.provider in self._loadable and model.runs_at is None
        self._load.setVisible(is_ours or (can_load and not model.is_loading))
        wish = RowAction.UNLOAD if model.is_loaded else RowAction.LOAD
        text = action_text(wish, len(model.instances))
        self._load.setText(self.tr("Cancel loading") if is_ours else text)

    @pyqtSlot()
    def _load_marked(self) -> None:
        if ref := self._list.currentIndex().data(REF_ROLE):
            self.hide()
            self.load_requested.emit(ref)

    @pyqtSlot()
    def _manage_models(self) -> None:
        self.hide()
        self.manage_requested.emit()


def has_more_above(anchor: QRect, height: int, room: QRect) -> bool:
    """Return whether more of a list of that height fits above *anchor* than below."""
    return anchor.top() - room.top() >= min(height, room.bottom() - anchor.bottom())


def beside(anchor: QRect, wanted: QSize, room: QRect, *, gap: int, is_above: bool) -> QRect:
    """Return where a list of that size goes, as much of it as fits."""
    above = anchor.top() - gap - room.top()
    below = room.bottom() - anchor.bottom() - gap
    height = min(wanted.height(), above if is_above else below)
    width = min(wanted.width(), room.width())
    left = max(room.left(), min(anchor.left(), room.right() - width))
    top = anchor.top() - gap - height if is_above else anchor.bottom() + gap
    return QRect(left, top, width, height)


class _Filter(QSortFilterProxyModel):
    """Keeps rows in which every typed word occurs, and the headings above them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words: list[str] = []

    def set_words(self, text: str) -> None:
        self._words = text.lower().split()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        model = self.sourceModel()
        if model is None:
            return False
        index = model.index(row, 0, parent)
        if index.data(REF_ROLE) is None:
            return not self._words
        text = f"{index.data(Qt.ItemDataRole.AccessibleTextRole)} {index.data(REF_ROLE)}".lower()
        return all(word in text for word in self._words)
