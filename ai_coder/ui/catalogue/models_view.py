"""What each server really has, and what is loaded now."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, QPoint, Qt, pyqtSignal, pyqtSlot
from PyQt6.QtGui import QGuiApplication, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ai_coder.llm.models import ModelType
from ai_coder.ui.catalogue.empty_models import EmptyModelsCard
from ai_coder.ui.catalogue.load_dialog import LoadDialog
from ai_coder.ui.catalogue.model_filter import ModelFilter
from ai_coder.ui.catalogue.model_list import ModelListView
from ai_coder.ui.catalogue.model_row import ModelRow, RowAction, action_text
from ai_coder.ui.catalogue.model_table import ModelTable
from ai_coder.ui.widgets.buttons import IconButton
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.flow_layout import FlowLayout
from ai_coder.ui.widgets.page import Page
from ai_coder.ui.widgets.passing_menu import PassingMenu
from ai_coder.ui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ai_coder.llm.connection import ConnectionState
    from ai_coder.llm.load_options import LoadChoices, LoadOption
    from ai_coder.llm.models import ModelConfig
    from ai_coder.llm.providers.base import LoadProgress
    from ai_coder.ui.theme import Theme


class ModelsView(Page):
    """A filtered table of models; loading and unloading are wishes to the owner.

    `load_requested` carries (ref, context length or None, options by name);
    `estimate_requested` the first two, and is answered with `set_estimate`.
    `remedy_requested` carries (provider id, `Remedy`).
    """

    load_requested = pyqtSignal(str, object, object)
    unload_requested = pyqtSignal(str)
    cancel_requested = pyqtSignal(str)
    use_requested = pyqtSignal(str)
    favourite_toggled = pyqtSignal(str)
    default_requested = pyqtSignal(str)
    refresh_requested = pyqtSignal()
    estimate_requested = pyqtSignal(str, object)
    remedy_requested = pyqtSignal(str, object)
    settings_requested = pyqtSignal()
    folder_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        title = QCoreApplication.translate("ModelsView", "Models")
        about = QCoreApplication.translate(
            "ModelsView", "What each server really has, and what is loaded now."
        )
        super().__init__(theme, title, about, parent)
        self._states: dict[str, ConnectionState] = {}
        self._dialog: LoadDialog | None = None
        self._load_options: Mapping[str, Sequence[LoadOption]] = {}
        self._load_choices: Mapping[str, Mapping[str, LoadChoices]] = {}
        self.setObjectName("modelsView")
        self._table = ModelTable(self)
        self._filter = ModelFilter(self._table, self)
        self._search = SearchField(theme, self.tr("Filter by name, tag or server"), self)
        self._search.setObjectName("modelFilterField")
        self._server = ComboBox(theme, self.tr("Server"), self)
        self._server.setObjectName("modelServerFilter")
        self._server.addItem(self.tr("All servers"), "")
        self._kind = ComboBox(theme, self.tr("Kind of model"), self)
        self._kind.setObjectName("modelKindFilter")
        self._kind.add_choices(
            [
                (self.tr("Chat models"), ModelType.CHAT.value),
                (self.tr("All models"), ""),
                (self.tr("Loaded now"), "loaded"),
                (self.tr("Embedding"), ModelType.EMBEDDING.value),
            ]
        )
        self._refresh = IconButton(theme, "refresh", self.tr("Ask all servers again"), self)
        self._refresh.setObjectName("refreshModelsButton")
        self._card = QFrame(self)
        self._card.setProperty("look", "card")
        self._list = ModelListView(theme, self._filter, self._card)
        self._empty = EmptyModelsCard(theme, self)
        self._lay_out()
        self._connect()
        self._filter.set_kind(ModelType.CHAT.value)
        self._fit()

    @property
    def table(self) -> ModelTable:
        """The rows, without the filter."""
        return self._table

    def take_keyboard(self) -> None:
        """Put the caret into the filter."""
        self._search.setFocus()

    def set_models(
        self, models: Sequence[ModelConfig], states: Mapping[str, ConnectionState]
    ) -> None:
        """Show the models of all servers, and say what is wrong where there are none."""
        self._states = dict(states)
        self._table.set_models(models, states)
        self._offer_servers()
        self._fit()

    def set_favourites(self, refs: Collection[str]) -> None:
        """Tell which models the user wants at hand."""
        self._table.set_favourites(refs)

    def set_loadable(self, provider_ids: Collection[str]) -> None:
        """Tell which servers load and unload on request; call it before `set_models`."""
        self._table.set_loadable(provider_ids)

    def set_load_options(self, options: Mapping[str, Sequence[LoadOption]]) -> None:
        """Tell what each server accepts besides the window, by provider id."""
        self._load_options = options

    def set_load_choices(self, choices: Mapping[str, Mapping[str, LoadChoices]]) -> None:
        """Tell what was chosen at the last load of each model, by provider id and model."""
        self._load_choices = choices

    def set_load_progress(self, ref: str, progress: LoadProgress | None) -> None:
        """Show how far the loading of a model is; None when it ended, well or not."""
        self._table.set_load_progress(ref, progress)

    def set_measured_speed(self, ref: str, tokens_per_second: float) -> None:
        """Show the speed that was measured on this machine."""
        self._table.set_measured_speed(ref, tokens_per_second)

    def set_estimate(
        self, ref: str, context_length: int | None, title: str, text: str = "", *, role: str = "off"
    ) -> None:
        """Show in the open load dialog what loading would need."""
        if self._dialog is not None and self._dialog.ref == ref:
            self._dialog.set_estimate(context_length, title, text, role=role)

    @pyqtSlot(str)
    def open_load_dialog(self, ref: str) -> None:
        """Ask how a model is to be loaded."""
        row = self._table.row(ref)
        if row is None:
            return
        model = row.model
        options = self._load_options.get(model.provider, ())
        chosen = self._load_choices.get(model.provider, {}).get(model.name)
        self._dialog = LoadDialog(self._theme, model, row.server, self.window(), options, chosen)
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.load_requested.connect(self.load_requested)
        self._dialog.estimate_requested.connect(self.estimate_requested)
        self._dialog.finished.connect(self._forget_dialog)
        self._dialog.open()
        self._dialog.ask_for_estimate()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Give the table the height of its rows."""
        super().resizeEvent(event)
        self._fit()

    @pyqtSlot(str)
    def _act(self, ref: str) -> None:
        row = self._table.row(ref)
        if row is None:
            return
        match row.action:
            case RowAction.LOAD:
                self.open_load_dialog(ref)
            case RowAction.UNLOAD:
                self.unload_requested.emit(ref)
            case RowAction.CANCEL:
                self.cancel_requested.emit(ref)
            case RowAction.OPEN_FOLDER:
                self.folder_requested.emit(str(Path(row.model.metadata["path"]).parent))
            case RowAction.NONE:
                pass

    @pyqtSlot(str)
    def _use(self, ref: str) -> None:
        row = self._table.row(ref)
        if row is not None and _can_chat(row):
            self.use_requested.emit(ref)

    @pyqtSlot(str, QPoint)
    def _open_menu(self, ref: str, position: QPoint) -> None:
        row = self._table.row(ref)
        if row is not None:
            menu = self._menu(row)
            menu.popup(position)

    def _menu(self, row: ModelRow) -> PassingMenu:
        ref = row.model.ref
        menu = PassingMenu(self)
        is_chat = _can_chat(row)
        is_favourite = self._table.is_favourite(ref)
        favourite = (
            self.tr("Remove from favourites") if is_favourite else self.tr("Add to favourites")
        )
        unload = action_text(RowAction.UNLOAD, len(row.model.instances))
        entries: list[tuple[str, Callable[[str], object], bool]] = [
            (self.tr("Use in chat"), self._use, is_chat),
            (self.tr("Load…"), self._act, row.action is RowAction.LOAD),
            (unload, self._act, row.action is RowAction.UNLOAD),
            (self.tr("Cancel loading"), self._act, row.action is RowAction.CANCEL),
            (self.tr("Open folder"), self._act, row.action is RowAction.OPEN_FOLDER),
            (favourite, self.favourite_toggled.emit, is_chat),
            (self.tr("Use for new chats"), self.default_requested.emit, is_chat),
            (self.tr("Copy name"), _copy_name, True),
        ]
        for text, slot, is_offered in entries:
            if is_offered:
                menu.add(text, partial(slot, ref))
        return menu

    @pyqtSlot()
    def _forget_dialog(self) -> None:
        self._dialog = None

    @pyqtSlot()
    def _filter_changed(self) -> None:
        self._filter.set_words(self._search.text())
        self._filter.set_provider(str(self._server.currentData() or ""))
        self._filter.set_kind(str(self._kind.currentData() or ""))
        self._fit()

    def _offer_servers(self) -> None:
        wanted = [(state.provider, provider) for provider, state in self._states.items()]
        shown = [
            (self._server.itemText(row), self._server.itemData(row))
            for row in range(1, self._server.count())
        ]
        if wanted == shown:
            return
        chosen = self._server.currentData()
        self._server.blockSignals(True)
        while self._server.count() > 1:
            self._server.removeItem(1)
        for name, provider in wanted:
            self._server.addItem(name, provider)
        self._server.setCurrentIndex(max(0, self._server.findData(chosen)))
        self._server.blockSignals(False)
        self._filter_changed()

    @pyqtSlot()
    def _fit(self) -> None:
        self._search.setFixedWidth(self._theme.px(280))
        has_rows = self._filter.rowCount() > 0
        self._card.setVisible(has_rows)
        self._list.fit_columns()
        self._card.setMaximumHeight(self._list.full_height() + 2)
        self._empty.setVisible(not has_rows)
        if not has_rows:
            self._empty.explain(self._states, has_models=self._table.rowCount() > 0)

    @pyqtSlot()
    def _clear_filter(self) -> None:
        self._search.clear()
        self._server.setCurrentIndex(0)
        self._kind.choose("")

    def _connect(self) -> None:
        self._search.textChanged.connect(self._filter_changed)
        self._server.currentIndexChanged.connect(self._filter_changed)
        self._kind.currentIndexChanged.connect(self._filter_changed)
        self._refresh.clicked.connect(self.refresh_requested)
        self._list.action_requested.connect(self._act)
        self._list.use_requested.connect(self._use)
        self._list.menu_requested.connect(self._open_menu)
        self._empty.clear_requested.connect(self._clear_filter)
        self._empty.remedy_requested.connect(self.remedy_requested)
        self._empty.settings_requested.connect(self.settings_requested)
        self._theme.changed.connect(self._fit)

    def _lay_out(self) -> None:
        filters = FlowLayout(spacing=8)
        filters.addWidget(self._search)
        filters.addWidget(self._server)
        filters.addWidget(self._kind)
        bar = QHBoxLayout()
        bar.setSpacing(10)
        bar.addLayout(filters, 1)
        bar.addWidget(self._refresh, 0, Qt.AlignmentFlag.AlignTop)
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._list)
        self.body.setSpacing(12)
        self.body.addLayout(bar)
        self.body.addWidget(self._card, 1)
        self.body.addWidget(self._empty)
        self.body.addStretch(0)


def _can_chat(row: ModelRow) -> bool:
    return row.model.model_type is not ModelType.EMBEDDING and not row.problem


def _copy_name(ref: str) -> None:
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(ref.partition("/")[2])
