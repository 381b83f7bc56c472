"""The table widget of the Models view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QModelIndex, QPoint, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from ai_coder.ui.catalogue.column_widths import column_widths
from ai_coder.ui.catalogue.model_delegate import ModelDelegate
from ai_coder.ui.catalogue.model_table import REF_ROLE, Column

if TYPE_CHECKING:
    from PyQt6.QtGui import QKeyEvent, QResizeEvent

    from ai_coder.ui.catalogue.model_filter import ModelFilter
    from ai_coder.ui.theme import Theme

_NAME_WIDTH = 220
_GOES_FIRST = (
    Column.SPEED,
    Column.ABILITIES,
    Column.QUANTIZATION,
    Column.SIZE,
    Column.SERVER,
    Column.CONTEXT,
)
"""Columns that make room for the others in a narrow window, the least needed first."""


class ModelListView(QTableView):
    """Rows without boxes. Enter does what the row's button does, Ctrl+Enter uses the model."""

    action_requested = pyqtSignal(str)
    use_requested = pyqtSignal(str)
    menu_requested = pyqtSignal(str, QPoint)

    def __init__(self, theme: Theme, models: ModelFilter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._models = models
        self._widths: dict[Column, int] = {}
        self._delegate = ModelDelegate(theme, self)
        self.setObjectName("modelTable")
        self.setAccessibleName(self.tr("Models"))
        self.setModel(models)
        self.setItemDelegate(self._delegate)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._set_up_headers()
        self.customContextMenuRequested.connect(self._ask_for_menu)
        self._delegate.action_requested.connect(self.action_requested)
        self.doubleClicked.connect(self._use_index)
        theme.changed.connect(self._space)
        self._space()

    def full_height(self) -> int:
        """Return the height at which nothing has to scroll."""
        header, model = self.horizontalHeader(), self.model()
        head = header.sizeHint().height() if header is not None else 0
        rows = model.rowCount() if model is not None else 0
        return head + rows * self._theme.px(52) + 2

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Let the keyboard do what the mouse does."""
        ref = self.currentIndex().data(REF_ROLE)
        if event is None or ref is None or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.use_requested.emit(str(ref))
        else:
            self.action_requested.emit(str(ref))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Share out the width."""
        super().resizeEvent(event)
        self._share_width()

    def fit_columns(self) -> None:
        """Give every column the room of what stands in it."""
        self._widths = column_widths(self._theme, self._models, self._delegate)
        self._share_width()

    @pyqtSlot(QModelIndex)
    def _use_index(self, index: QModelIndex) -> None:
        if index.column() != Column.ACTION:
            self.use_requested.emit(str(index.data(REF_ROLE)))

    @pyqtSlot(QPoint)
    def _ask_for_menu(self, position: QPoint) -> None:
        index = self.indexAt(position)
        index = index if index.isValid() else self.currentIndex()
        viewport = self.viewport()
        if index.isValid() and viewport is not None:
            self.menu_requested.emit(str(index.data(REF_ROLE)), viewport.mapToGlobal(position))

    def _set_up_headers(self) -> None:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        if rows is not None:
            rows.hide()
        if columns is not None:
            columns.setHighlightSections(False)
            columns.setSectionsClickable(True)
            columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            columns.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
            columns.setSortIndicatorClearable(True)
            columns.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    @pyqtSlot()
    def _space(self) -> None:
        px = self._theme.px
        rows = self.verticalHeader()
        if rows is not None:
            rows.setMinimumSectionSize(px(52))
            rows.setDefaultSectionSize(px(52))
        self.fit_columns()

    def _share_width(self) -> None:
        """Let the least needed columns go where there is too little room for all."""
        viewport = self.viewport()
        room = (viewport.width() if viewport is not None else 0) - self._theme.px(_NAME_WIDTH)
        hidden: set[Column] = set()
        for column in _GOES_FIRST:
            shown = sum(width for name, width in self._widths.items() if name not in hidden)
            if shown <= room:
                break
            hidden.add(column)
        for column, width in self._widths.items():
            self.setColumnWidth(column, width)
            self.setColumnHidden(column, column in hidden)
