"""The model dropdown: sections, rows with the truth about each model, typing filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import (
    QRectF,
    QSize,
    Qt,
    pyqtSignal,
    pyqtSlot,
)
from PyQt6.QtGui import QKeyEvent, QPainter, QPaintEvent, QStandardItem, QStandardItemModel
from PyQt6.QtWidgets import (
    QComboBox,
    QStyleOptionComboBox,
    QWidget,
)

from ai_coder.llm.models import Locality
from ai_coder.ui.catalogue.model_popup import MODEL_ROLE, REF_ROLE, STAR_ROLE, ModelPopup
from ai_coder.ui.catalogue.model_rows import (
    badge_width,
    dot_of,
    paint_badge,
    place_text,
    row_text,
    sections,
)
from ai_coder.ui.widgets.combo_box import ComboBox

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ai_coder.llm.models import ModelConfig
    from ai_coder.ui.theme import Theme

_NARROWEST, _WIDEST = 110, 320
_CHEVRON, _NAME = 28, 26
"""How much of the right edge the chevron takes, and of the left edge the dot before the name."""
_CHORDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_MOVES = (
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Home, Qt.Key.Key_End),
)


class ModelPicker(ComboBox):
    """One choice among the models of all servers.

    `chosen` is emitted for a choice of the user only, never when the list changes by itself.
    """

    chosen = pyqtSignal(str)
    manage_requested = pyqtSignal()
    load_requested = pyqtSignal(str)
    """The model that is marked in the open list: load it, unload it, or give up loading it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, self.tr("Model"), parent)
        self._wanted: str | None = None
        self._loading: frozenset[str] = frozenset()
        self._models: tuple[ModelConfig, ...] = ()
        self._items = QStandardItemModel(self)
        self.setObjectName("modelPicker")
        self.setModel(self._items)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContentsOnFirstShow)
        self._popup = ModelPopup(theme, self._items, self)
        self._popup.chosen.connect(self._choose)
        self._popup.manage_requested.connect(self.manage_requested)
        self._popup.load_requested.connect(self.load_requested)
        self.currentIndexChanged.connect(self._index_changed)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.set_models((), {}, ())

    def set_models(
        self,
        models: Sequence[ModelConfig],
        provider_names: Mapping[str, str],
        favourites: Sequence[str],
    ) -> None:
        """Show *models* in sections; the wanted model stays chosen even while it is away."""
        self._models = tuple(models)
        self.blockSignals(True)
        place = self._popup.scroll_place()
        self._items.clear()
        for title, members in sections(models, provider_names, favourites):
            heading = QStandardItem(title)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            self._items.appendRow(heading)
            for model in members:
                item = QStandardItem(model.display_name)
                item.setData(model.ref, REF_ROLE)
                item.setData(model, MODEL_ROLE)
                item.setData(model.ref in favourites, STAR_ROLE)
                item.setData(row_text(model), Qt.ItemDataRole.AccessibleTextRole)
                self._items.appendRow(item)
        self._show_wanted()
        self.blockSignals(False)
        self._popup.rows_changed(place)
        self.updateGeometry()
        self.update()

    def set_loadable(self, provider_ids: Collection[str]) -> None:
        """Tell which servers load and unload models on request."""
        self._popup.set_loadable(provider_ids)

    def set_loading(self, refs: Collection[str]) -> None:
        """Tell which models are being loaded on a wish from here, and can be given up."""
        self._loading = frozenset(refs)
        self._popup.set_loading(refs)
        self._describe()

    def set_current(self, ref: str | None) -> None:
        """Choose *ref* without emitting `chosen`; it may appear in the list later."""
        self._wanted = ref
        self.blockSignals(True)
        self._show_wanted()
        self.blockSignals(False)
        self.update()

    def current_ref(self) -> str | None:
        """Return the chosen model, available or not."""
        return self._wanted

    def current_model(self) -> ModelConfig | None:
        """Return the chosen model when a server offers it now."""
        return next((m for m in self._models if m.ref == self._wanted), None)

    def showPopup(self) -> None:
        """Open the list with its filter instead of the plain one."""
        self._popup.open_for(self._wanted)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Open the list with what is typed as its filter: a choice is made there only."""
        if event is None:
            return
        text = event.text() if event.text().isprintable() else ""
        chords = event.modifiers() & _CHORDS
        if event.key() in _MOVES or (text and not chords):
            self._popup.open_for(self._wanted, text.strip())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the box with the dot of the chosen model before its name."""
        super().paintEvent(event)
        model = self.current_model()
        role = "off" if model is None else dot_of(model)
        role = "waiting" if self._is_waiting() else role
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(role))
        side = self._theme.px(8)
        painter.drawEllipse(QRectF(self._theme.px(10), (self.height() - side) / 2, side, side))
        if model is not None and model.locality is Locality.CLOUD:
            right, middle = self.width() - self._theme.px(_CHEVRON), self.rect().center().y()
            paint_badge(painter, self._theme, place_text(model), right, middle, is_cloud=True)

    def text_room(self, option: QStyleOptionComboBox) -> int:
        """Return how wide the name can be, beside the badge of a company's model."""
        room, badge = super().text_room(option), self._badge_room()
        beside = self.width() - self._theme.px(_CHEVRON + _NAME) - badge
        return min(room, beside) if badge else room

    def hidePopup(self) -> None:
        """Close the list."""
        self._popup.hide()
        super().hidePopup()

    def minimumSizeHint(self) -> QSize:
        """Return a width for short names."""
        return QSize(self._theme.px(_NARROWEST), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Return the width of the chosen name, within limits."""
        text = self.currentText() or self.placeholderText()
        width = self.fontMetrics().horizontalAdvance(text) + self._theme.px(84)
        width += self._badge_room()
        px = self._theme.px
        return QSize(max(px(_NARROWEST), min(px(_WIDEST), width)), super().sizeHint().height())

    @pyqtSlot(int)
    def _index_changed(self, row: int) -> None:
        if ref := self.itemData(row, REF_ROLE):
            self._choose(ref)

    @pyqtSlot(str)
    def _choose(self, ref: str) -> None:
        changed = ref != self._wanted
        self.set_current(ref)
        if changed:
            self.chosen.emit(ref)

    def _badge_room(self) -> int:
        model = self.current_model()
        if model is None or model.locality is not Locality.CLOUD:
            return 0
        return badge_width(self._theme, place_text(model)) + self._theme.px(4)

    def _show_wanted(self) -> None:
        row = next(
            (
                row
                for row in range(self._items.rowCount())
                if self._items.index(row, 0).data(REF_ROLE) == self._wanted and self._wanted
            ),
            -1,
        )
        self.setCurrentIndex(row)
        if row < 0 and self._wanted:
            name = self._wanted.partition("/")[2]
            self.setPlaceholderText(self.tr("{name} (not available)").format(name=name))
        else:
            self.setPlaceholderText(
                self.tr("Choose a model") if self._models else self.tr("No model yet")
            )
        self._describe()
        self.updateGeometry()

    def _is_waiting(self) -> bool:
        """Whether the chosen model is being loaded, for a turn or because of a wish from here."""
        model = self.current_model()
        return self._wanted in self._loading or (model is not None and model.is_loading)

    def _describe(self) -> None:
        """Say in words what the dot and the badge say."""
        model = self.current_model()
        words = place_text(model) if model else ""
        loading = self.tr("{place}, loading").format(place=words)
        self.setAccessibleDescription(loading if words and self._is_waiting() else words)
        self.update()

    def _restyle(self) -> None:
        self.setFont(self._theme.font(13))
        self.setMaximumWidth(self._theme.px(_WIDEST))
