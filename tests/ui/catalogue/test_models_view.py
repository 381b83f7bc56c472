from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PyQt6.QtCore import QDateTime, QLocale, Qt
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import QLineEdit, QMenu, QPushButton, QTableView

from ai_coder.errors import Remedy
from ai_coder.llm.load_options import LoadOption
from ai_coder.llm.models import LoadedInstance, Locality, ModelConfig, ModelType
from ai_coder.llm.providers.base import LoadProgress
from ai_coder.ui.catalogue.load_dialog import LoadDialog
from ai_coder.ui.catalogue.model_table import DETAIL_ROLE, DOT_ROLE, REF_ROLE, TAGS_ROLE, Column
from ai_coder.ui.catalogue.models_view import ModelsView
from ai_coder.ui.widgets.card import InfoCard
from ai_coder.ui.widgets.combo_box import ComboBox
from tests.ui.states import LM_STUDIO_READY, OLLAMA_OFF, STATES

LOADED = ModelConfig(
    name="qwen",
    provider="lm_studio",
    metadata={"display_name": "Qwen Coder 7B"},
    size_bytes=4_700_000_000,
    quantization="Q4_K_M",
    context_length=131072,
    capabilities=("chat", "tools", "reasoning"),
    instances=(LoadedInstance(id="qwen", context_length=32768),),
)
RESTING = ModelConfig(
    name="gemma",
    provider="lm_studio",
    metadata={"display_name": "Gemma 12B"},
    context_length=16384,
    capabilities=("chat", "vision"),
)
EMBEDDING = ModelConfig(
    name="nomic", provider="lm_studio", model_type=ModelType.EMBEDDING, capabilities=("embedding",)
)
CLOUD = ModelConfig(name="gpt", provider="openai", locality=Locality.CLOUD, context_length=128000)
MODELS = [LOADED, RESTING, EMBEDDING, CLOUD]


@pytest.fixture
def view(theme, qtbot):
    view = ModelsView(theme)
    qtbot.addWidget(view)
    view.resize(1200, 700)
    view.set_loadable({"lm_studio"})
    view.set_models(MODELS, STATES)
    view.show()
    return view


@pytest.fixture
def table(view):
    return view.findChild(QTableView, "modelTable")


def texts(table, row):
    model = table.model()
    return [model.index(row, column).data() for column in Column]


def names(table):
    model = table.model()
    return [model.index(row, Column.NAME).data() for row in range(model.rowCount())]


def row_of(table, ref):
    model = table.model()
    return next(row for row in range(model.rowCount()) if model.index(row, 0).data(REF_ROLE) == ref)


def click_action(qtbot, table, ref):
    index = table.model().index(row_of(table, ref), Column.ACTION)
    spot = table.itemDelegate().button_rect(table.visualRect(index), index).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def find_dialog(view):
    return view.window().findChild(LoadDialog)


def test_a_row_says_what_the_server_says(table):
    assert texts(table, row_of(table, "lm_studio/qwen")) == [
        "Qwen Coder 7B",
        "LM Studio",
        "4.7 GB",
        "Q4_K_M",
        "32k / 128k",
        "",
        "no measurements yet",
        "Unload",
    ]


def test_what_is_unknown_stays_empty_or_unknown(table, view):
    view.set_models([RESTING.model_copy(update={"context_length": None})], STATES)

    shown = texts(table, 0)
    assert shown[Column.SIZE] == ""
    assert shown[Column.QUANTIZATION] == ""
    assert shown[Column.CONTEXT] == "not loaded / unknown"


def test_a_broken_file_says_why_and_where_it_is(table, view, theme, qtbot):
    words = "the file is incomplete; its download did not finish."
    path = Path("models") / "half.gguf"
    broken = ModelConfig(
        name="half", provider="lm_studio", metadata={"problem": words, "path": str(path)}
    )
    view.set_models([broken, LOADED], STATES)
    row = row_of(table, broken.ref)
    name = table.model().index(row, Column.NAME)
    used = []
    view.use_requested.connect(used.append)

    assert texts(table, row) == ["half", "LM Studio", "", "", "", "", "", "Open folder"]
    assert name.data(DOT_ROLE) == "failed"
    assert name.data(DETAIL_ROLE) == words.replace("the", "The", 1)
    assert name.data(DETAIL_ROLE) in name.data(Qt.ItemDataRole.AccessibleTextRole)
    table.doubleClicked.emit(name)
    with qtbot.waitSignal(view.folder_requested) as wish:
        click_action(qtbot, table, broken.ref)
    assert wish.args == ["models"]
    assert used == []


def test_abilities_are_read_aloud(table):
    index = table.model().index(row_of(table, "lm_studio/qwen"), Column.ABILITIES)

    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "tools, thinking"


def test_embedding_models_are_listed_only_when_asked_for(view, table):
    assert "nomic" not in names(table)

    view.findChild(ComboBox, "modelKindFilter").choose("embedding")

    assert names(table) == ["nomic"]


def test_words_filter_by_name_tag_and_server(view, table, qtbot):
    field = view.findChild(QLineEdit, "modelFilterField")

    qtbot.keyClicks(field, "lm vision")

    assert names(table) == ["Gemma 12B"]
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert len(names(table)) == 3


def test_the_server_filter_offers_the_servers_there_are(view, table):
    box = view.findChild(ComboBox, "modelServerFilter")

    assert [box.itemText(row) for row in range(box.count())] == [
        "All servers",
        "LM Studio",
        "Ollama",
    ]
    box.choose("ollama")
    assert names(table) == []


def test_no_match_says_so_and_offers_to_clear(view, table, qtbot):
    qtbot.keyClicks(view.findChild(QLineEdit, "modelFilterField"), "zzz")
    card = view.findChild(InfoCard, "modelsEmptyCard")
    assert card.isVisible()
    assert "No model matches" in card.text()

    button = next(b for b in card.findChildren(QPushButton) if b.text() == "Clear filter")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    assert len(names(table)) == len(MODELS)
    assert not card.isVisible()


def test_unload_is_a_wish(view, table, qtbot):
    with qtbot.waitSignal(view.unload_requested) as wish:
        click_action(qtbot, table, "lm_studio/qwen")

    assert wish.args == ["lm_studio/qwen"]


def test_a_cloud_model_can_be_used_but_not_loaded(view, table, qtbot):
    row = row_of(table, "openai/gpt")
    assert texts(table, row)[Column.ACTION] == ""
    assert texts(table, row)[Column.CONTEXT] == "128k"

    table.selectRow(row)
    with qtbot.waitSignal(view.use_requested) as wish:
        qtbot.keyClick(table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    assert wish.args == ["openai/gpt"]


def test_progress_is_shown_and_loading_can_be_cancelled(view, table, qtbot):
    view.set_load_progress("lm_studio/gemma", LoadProgress(0.42, 3.0))

    row = row_of(table, "lm_studio/gemma")
    assert texts(table, row)[Column.CONTEXT] == "loading 42 %"
    with qtbot.waitSignal(view.cancel_requested) as wish:
        click_action(qtbot, table, "lm_studio/gemma")
    assert wish.args == ["lm_studio/gemma"]

    view.set_load_progress("lm_studio/gemma", LoadProgress(None, 12.4))
    assert texts(table, row)[Column.CONTEXT] == "loading for 12 s"
    view.set_load_progress("lm_studio/gemma", None)
    assert texts(table, row)[Column.CONTEXT] == "not loaded / 16k"


def test_measured_speed_is_kept_when_the_list_is_refreshed(view, table):
    view.set_measured_speed("lm_studio/qwen", 38.21)
    view.set_models(MODELS, STATES)

    assert texts(table, row_of(table, "lm_studio/qwen"))[Column.SPEED] == "38.2 tok/s"


def test_a_refresh_keeps_selection_and_order(view, table):
    table.selectRow(1)
    before = table.currentIndex().data(REF_ROLE)

    view.set_models(
        [LOADED, RESTING.model_copy(update={"is_loading": True}), EMBEDDING, CLOUD], STATES
    )

    assert table.currentIndex().data(REF_ROLE) == before
    assert texts(table, row_of(table, "lm_studio/gemma"))[Column.CONTEXT] == "loading"


def test_load_asks_for_the_window_first(view, table, qtbot):
    estimates = []
    view.estimate_requested.connect(lambda ref, length: estimates.append((ref, length)))
    click_action(qtbot, table, "lm_studio/gemma")
    dialog = find_dialog(view)
    picker = dialog.findChild(ComboBox, "loadContextPicker")

    offered = [picker.itemText(row) for row in range(picker.count())]
    assert offered == [
        "The server's choice",
        "4k tokens",
        "8k tokens",
        "16k tokens, the model's maximum",
    ]
    picker.choose(8192)
    assert estimates == [("lm_studio/gemma", None), ("lm_studio/gemma", 8192)]
    with qtbot.waitSignal(view.load_requested) as wish:
        qtbot.mouseClick(dialog.findChild(QPushButton, "loadButton"), Qt.MouseButton.LeftButton)
    assert wish.args == ["lm_studio/gemma", 8192, {}]


def test_what_the_server_accepts_besides_the_window_can_be_chosen(view, table, qtbot):
    keep = LoadOption("keep_alive", "Stays in memory", (("Until it is unloaded", -1),))
    view.set_load_options({"lm_studio": [keep]})
    click_action(qtbot, table, "lm_studio/gemma")
    dialog = find_dialog(view)
    dialog.findChild(ComboBox, "loadOption_keep_alive").choose(-1)

    with qtbot.waitSignal(view.load_requested) as wish:
        qtbot.mouseClick(dialog.findChild(QPushButton, "loadButton"), Qt.MouseButton.LeftButton)

    assert wish.args == ["lm_studio/gemma", None, {"keep_alive": -1}]


def test_an_estimate_for_an_older_choice_is_dropped(view, qtbot):
    view.open_load_dialog("lm_studio/gemma")
    dialog = find_dialog(view)
    dialog.findChild(ComboBox, "loadContextPicker").choose(8192)
    card = dialog.findChild(InfoCard, "memoryEstimate")

    view.set_estimate("lm_studio/gemma", None, "Old answer")
    assert not card.isVisible()
    view.set_estimate("lm_studio/gemma", 8192, "Needs about 9 GB (± 1)")

    assert card.isVisible()
    assert card.text() == "Needs about 9 GB (± 1)"


def test_without_models_the_first_trouble_is_named_with_its_remedy(view, qtbot):
    view.set_models([], {"lm_studio": LM_STUDIO_READY, "ollama": OLLAMA_OFF})
    card = view.findChild(InfoCard, "modelsEmptyCard")
    assert card.text().startswith("Ollama is installed but not running.")

    button = next(b for b in card.findChildren(QPushButton) if b.text() == "Start Ollama")
    with qtbot.waitSignal(view.remedy_requested) as wish:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    assert wish.args == ["ollama", Remedy.START_SERVER]


def test_without_any_server_the_way_to_the_settings_is_offered(view, qtbot):
    view.set_models([], {})
    card = view.findChild(InfoCard, "modelsEmptyCard")
    assert "No models yet" in card.text()

    with qtbot.waitSignal(view.settings_requested):
        card.action_requested.emit()


def test_columns_make_room_in_a_narrow_window(view, table):
    view.resize(760, 600)

    shown = [column for column in Column if not table.isColumnHidden(column)]
    widths = sum(table.columnWidth(column) for column in shown)
    assert Column.NAME in shown
    assert Column.ACTION in shown
    assert Column.CONTEXT in shown
    assert widths <= table.viewport().width()


@pytest.mark.parametrize(("width", "zoom"), [(760, 100), (600, 100), (760, 200), (1060, 200)])
def test_a_name_keeps_its_room_at_every_zoom(look, view, table, theme, width, zoom):
    theme.configure("light", zoom)

    view.resize(width, 600)

    others = [column for column in Column if column not in (Column.NAME, Column.ACTION)]
    is_alone = all(table.isColumnHidden(column) for column in others)
    assert table.columnWidth(Column.NAME) >= theme.px(220) or is_alone
    assert not table.isColumnHidden(Column.NAME)


def test_the_quantization_is_shown_at_the_size_of_the_design(look, view, table, qtbot):
    rich = CLOUD.model_copy(update={"capabilities": ("tools", "vision", "reasoning")})
    view.set_models([*MODELS, rich], STATES)

    view.resize(1212, 700)

    qtbot.waitUntil(lambda: table.viewport().width() > 1100)
    assert not table.isColumnHidden(Column.QUANTIZATION)


@pytest.mark.parametrize("zoom", [100, 200])
def test_no_text_of_a_column_is_cut(look, view, table, theme, zoom):
    theme.configure("light", zoom)
    view.resize(2600, 700)

    metrics = QFontMetrics(theme.font(13))
    cut = [
        text
        for row in range(table.model().rowCount())
        for column, text in zip(Column, texts(table, row), strict=True)
        if column is not Column.NAME
        and metrics.horizontalAdvance(text or "") > table.columnWidth(column) - theme.px(18)
    ]

    assert cut == []


def test_buttons_of_rows_have_one_width(view, table):
    column = Column.ACTION
    cells = [table.model().index(row_of(table, model.ref), column) for model in (LOADED, RESTING)]
    boxes = [table.itemDelegate().button_rect(table.visualRect(cell), cell) for cell in cells]

    assert {index.data() for index in cells} == {"Unload", "Load…"}
    assert len({box.width() for box in boxes}) == 1
    assert all(table.visualRect(cell).contains(box) for cell, box in zip(cells, boxes, strict=True))


@pytest.mark.parametrize(("width", "zoom", "is_broken"), [(1200, 100, False), (764, 200, True)])
def test_what_filters_goes_on_in_a_second_line_where_room_is_short(
    look, view, theme, qtbot, width, zoom, is_broken
):
    theme.configure("light", zoom)
    view.resize(width, 600)
    names = ("modelServerFilter", "modelKindFilter")
    boxes = [view.findChild(ComboBox, name) for name in names]
    search = view.findChild(QLineEdit, "modelFilterField")

    qtbot.waitUntil(lambda: (len({each.y() for each in (search, *boxes)}) > 1) is is_broken)

    assert len({each.height() for each in (search, *boxes)}) == 1
    assert all(each.geometry().right() <= view.width() for each in (search, *boxes))
    words = search.fontMetrics().horizontalAdvance(search.placeholderText())
    assert search.width() > words


def test_sorting_by_size_counts_bytes_not_letters(view, table):
    small = RESTING.model_copy(update={"name": "small", "size_bytes": 900_000_000})
    big = RESTING.model_copy(update={"name": "big", "size_bytes": 10_000_000_000})
    view.set_models([big, LOADED, small], STATES)

    table.sortByColumn(Column.SIZE, Qt.SortOrder.AscendingOrder)

    refs = [table.model().index(row, 0).data(REF_ROLE) for row in range(3)]
    assert refs == ["lm_studio/small", "lm_studio/qwen", "lm_studio/big"]


def test_what_only_helps_stands_last_and_says_so(view, table):
    guide = ModelConfig(name="guide", provider="lm_studio", metadata={"help_only": True})
    view.set_models([guide, CLOUD, RESTING], STATES)

    last = table.model().index(2, Column.ABILITIES)
    assert last.data(REF_ROLE) == guide.ref
    assert last.data(TAGS_ROLE) == ["help only"]


def test_a_cloud_model_that_is_listed_is_ready(view, table):
    assert table.model().index(row_of(table, CLOUD.ref), Column.NAME).data(DOT_ROLE) == "ok"
    assert table.model().index(row_of(table, RESTING.ref), Column.NAME).data(DOT_ROLE) == "off"


def test_no_tag_is_cut_where_there_is_room(view, table):
    rich = CLOUD.model_copy(update={"capabilities": ("tools", "vision", "reasoning")})
    view.set_models([rich], STATES)

    index = table.model().index(0, Column.ABILITIES)

    assert index.data(TAGS_ROLE)[0] == "cloud"
    assert table.columnWidth(Column.ABILITIES) >= table.itemDelegate().tags_width(index)


def test_a_favourite_has_a_star_and_can_lose_it(view, table):
    index = table.model().index(row_of(table, RESTING.ref), Column.NAME)
    plain = table.grab(table.visualRect(index)).toImage()

    view.set_favourites({RESTING.ref})

    assert table.grab(table.visualRect(index)).toImage() != plain
    table.setCurrentIndex(index)
    table.customContextMenuRequested.emit(table.visualRect(index).center())
    menu = view.findChild(QMenu)
    assert "Remove from favourites" in [action.text() for action in menu.actions()]
    menu.close()


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"memory_bytes": 1000, "gpu_bytes": 600}, "60 % on the GPU"),
        ({"memory_bytes": 1000, "gpu_bytes": 0}, "processor only"),
        ({"memory_bytes": 1000, "gpu_bytes": 1000}, ""),
        ({"expires_at": "2318-01-01T00:00:00Z"}, "until unloaded"),
        ({"expires_at": "2318-01-01T00:00:00Z", "memory_bytes": 9, "gpu_bytes": 0},
         "until unloaded · processor only"),
        ({"expires_at": "tomorrow"}, ""),
    ],
)  # fmt: skip
def test_how_a_model_is_held_stands_below_its_window(view, table, held, words):
    instance = LoadedInstance(id="qwen", context_length=32768, **held)
    view.set_models([LOADED.model_copy(update={"instances": (instance,)})], STATES)

    cell = table.model().index(0, Column.CONTEXT)

    assert cell.data() == "32k / 128k"
    assert cell.data(DETAIL_ROLE) == words
    assert words in cell.data(Qt.ItemDataRole.AccessibleTextRole)


def test_the_end_of_the_idle_time_is_a_time_of_this_computer(view, table):
    end = datetime.now(UTC) + timedelta(minutes=10)
    instance = LoadedInstance(id="qwen", expires_at=end.isoformat())
    view.set_models([LOADED.model_copy(update={"instances": (instance,)})], STATES)

    here = QLocale().toString(
        QDateTime.fromSecsSinceEpoch(int(end.timestamp())).time(), QLocale.FormatType.ShortFormat
    )

    assert table.model().index(0, Column.CONTEXT).data(DETAIL_ROLE) == f"until {here}"
