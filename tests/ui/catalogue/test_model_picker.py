from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QRect, QSize, Qt
from PyQt6.QtWidgets import QComboBox, QFrame, QLabel, QLineEdit, QListView, QPushButton

from ai_coder.llm.models import LoadedInstance, Locality, ModelConfig
from ai_coder.ui.catalogue.model_picker import REF_ROLE, ModelPicker
from ai_coder.ui.catalogue.model_popup import beside, has_more_above
from ai_coder.ui.catalogue.model_rows import row_text

QWEN = ModelConfig(
    name="qwen2.5-coder-7b",
    provider="lm_studio",
    quantization="Q4_K_M",
    size_bytes=4_700_000_000,
    context_length=131072,
    instances=(LoadedInstance(id="qwen2.5-coder-7b", context_length=32768),),
    capabilities=("chat", "tools"),
)
GEMMA = ModelConfig(name="gemma-3-12b", provider="lm_studio", capabilities=("chat", "vision"))
LLAMA = ModelConfig(name="llama3.2:3b", provider="ollama")
CLOUD = ModelConfig(name="gpt-oss:120b-cloud", provider="ollama", locality=Locality.CLOUD)
NAMES = {"lm_studio": "LM Studio", "ollama": "Ollama"}


@pytest.fixture
def picker(qtbot, theme):
    picker = ModelPicker(theme)
    qtbot.addWidget(picker)
    picker.set_models([QWEN, GEMMA, LLAMA, CLOUD], NAMES, ["ollama/llama3.2:3b"])
    picker.show()
    return picker


def refs(picker):
    return [picker.itemData(row, REF_ROLE) for row in range(picker.count())]


def test_every_model_stands_once_under_its_heading(picker):
    assert isinstance(picker, QComboBox)
    assert refs(picker) == [
        *(None, "lm_studio/qwen2.5-coder-7b"),
        *(None, "ollama/llama3.2:3b"),
        *(None, "lm_studio/gemma-3-12b"),
        *(None, "ollama/gpt-oss:120b-cloud"),
    ]
    assert [picker.itemText(row) for row in range(0, 8, 2)] == [
        *("Loaded now", "Favourites"),
        *("LM Studio", "Ollama"),
    ]


def test_the_list_changing_by_itself_is_no_choice(picker, qtbot):
    picker.set_current("lm_studio/qwen2.5-coder-7b")

    with qtbot.assertNotEmitted(picker.chosen):
        picker.set_models([LLAMA], NAMES, [])

    assert picker.current_ref() == "lm_studio/qwen2.5-coder-7b"
    assert "not available" in picker.placeholderText()

    picker.set_models([QWEN, LLAMA], NAMES, [])
    assert picker.currentText() == "qwen2.5-coder-7b"


def test_the_dot_of_the_chosen_model_tells_that_it_is_being_loaded(picker, theme):
    picker.set_current(GEMMA.ref)
    middle = QPoint(theme.px(14), picker.height() // 2)
    assert picker.grab().toImage().pixelColor(middle) == theme.color("off")

    picker.set_loading({GEMMA.ref})

    assert picker.grab().toImage().pixelColor(middle) == theme.color("waiting")
    picker.set_loading(())
    assert picker.grab().toImage().pixelColor(middle) == theme.color("off")


def test_words_say_what_the_amber_dot_says(picker):
    picker.set_current(GEMMA.ref)
    assert picker.accessibleDescription() == "Local"

    picker.set_models([GEMMA.model_copy(update={"is_loading": True})], NAMES, [])

    assert picker.accessibleDescription() == "Local, loading"
    row = picker.findData(GEMMA.ref, REF_ROLE)
    words = picker.itemData(row, Qt.ItemDataRole.AccessibleTextRole)
    assert " loading " in words
    assert "not loaded" not in words
    picker.set_models([GEMMA], NAMES, [])
    picker.set_loading({GEMMA.ref})
    assert picker.accessibleDescription() == "Local, loading"


def test_typing_filters_and_enter_chooses(picker, qtbot):
    picker.showPopup()
    field = picker.findChild(QLineEdit, "modelFilter")

    qtbot.keyClicks(field, "gemma")
    with qtbot.waitSignal(picker.chosen) as chosen:
        qtbot.keyClick(field, Qt.Key.Key_Return)

    assert chosen.args == ["lm_studio/gemma-3-12b"]
    assert picker.currentData(REF_ROLE) == "lm_studio/gemma-3-12b"


def popup_of(picker):
    popup = picker.findChild(QFrame, "modelPopup")
    return popup, popup.findChild(QLineEdit, "modelFilter"), popup.findChild(QListView)


def test_the_open_list_keeps_its_mark_while_servers_come_and_go(picker, qtbot):
    picker.set_current(QWEN.ref)
    picker.showPopup()
    popup, field, rows = popup_of(picker)
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert rows.currentIndex().data(REF_ROLE) == LLAMA.ref

    picker.set_models([QWEN, GEMMA, CLOUD, LLAMA], NAMES, [])
    assert rows.currentIndex().data(REF_ROLE) == LLAMA.ref

    picker.set_models([QWEN, GEMMA], NAMES, [])
    assert not rows.currentIndex().isValid()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert popup.isVisible()

    picker.set_models([QWEN, GEMMA, LLAMA], NAMES, [])
    with qtbot.waitSignal(picker.chosen) as chosen:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert chosen.args == [LLAMA.ref]


def test_the_button_below_goes_by_the_mark_when_the_list_changes(picker, qtbot):
    picker.set_loadable(["lm_studio"])
    picker.set_current(QWEN.ref)
    picker.showPopup()
    _popup, field, _rows = popup_of(picker)
    load = picker.findChild(QPushButton, "modelPopupLoadButton")
    assert (load.isVisible(), load.text()) == (True, "Unload")

    picker.set_models([QWEN.model_copy(update={"instances": ()}), GEMMA], NAMES, [])
    assert (load.isVisible(), load.text()) == (True, "Load…")

    picker.set_models([LLAMA], NAMES, [])
    assert not load.isVisible()

    picker.set_models([QWEN, LLAMA], NAMES, [])
    assert load.isVisible()
    qtbot.keyClicks(field, "zzz")
    assert not load.isVisible()


def test_the_open_list_stays_where_it_was_scrolled_to(picker):
    models = [ModelConfig(name=f"model-{n}", provider="ollama") for n in range(60)]
    picker.set_models(models, NAMES, [])
    picker.showPopup()
    _popup, _field, rows = popup_of(picker)
    rows.verticalScrollBar().setValue(300)

    picker.set_models([*models, GEMMA], NAMES, [])

    assert rows.verticalScrollBar().value() == 300


def test_the_list_is_as_high_as_its_rows_and_says_when_there_are_none(picker, qtbot):
    picker.showPopup()
    popup, field, rows = popup_of(picker)
    nothing = popup.findChild(QLabel, "noModelMatches")
    whole = popup.height()
    assert not nothing.isVisible()
    assert rows.verticalScrollBar().maximum() == 0

    qtbot.keyClicks(field, "gemma")
    assert popup.height() < whole
    assert rows.verticalScrollBar().maximum() == 0

    qtbot.keyClicks(field, "zzz")
    assert nothing.isVisible()
    assert nothing.text() == "No model matches “gemmazzz”."
    assert not rows.isVisible()
    assert popup.height() < whole

    field.clear()
    assert rows.isVisible()
    assert popup.height() == whole


@pytest.mark.parametrize("is_above", [True, False])
def test_a_shorter_list_stays_beside_its_picker(picker, qtbot, is_above):
    room = picker.screen().availableGeometry()
    picker.move(room.left() + 20, room.bottom() - 60 if is_above else room.top() + 20)
    qtbot.waitUntil(lambda: (picker.geometry().center().y() > room.center().y()) == is_above)
    picker.showPopup()
    popup, field, _rows = popup_of(picker)

    place = QRect(picker.mapToGlobal(QPoint(0, 0)), picker.size())
    for typed in ("gemma", "zzz"):
        qtbot.keyClicks(field, typed)
        assert (popup.geometry().bottom() < place.top()) == is_above
        assert not popup.geometry().intersects(place)


def test_typing_on_the_closed_dropdown_filters_instead_of_choosing(picker, qtbot):
    picker.set_current(QWEN.ref)
    popup, field, rows = popup_of(picker)

    with qtbot.assertNotEmitted(picker.chosen):
        qtbot.keyClick(picker, "g")
        assert popup.isVisible()
        qtbot.keyClicks(field, "emma")

    assert field.text() == "gemma"
    assert rows.currentIndex().data(REF_ROLE) == GEMMA.ref
    assert picker.current_ref() == QWEN.ref


@pytest.mark.parametrize(
    "key",
    [Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_End, Qt.Key.Key_Space],
)
def test_keys_that_move_open_the_list_at_the_choice(picker, qtbot, key):
    picker.set_current(LLAMA.ref)
    popup, field, rows = popup_of(picker)

    with qtbot.assertNotEmitted(picker.chosen):
        qtbot.keyClick(picker, key)

    assert popup.isVisible()
    assert field.text() == ""
    assert rows.currentIndex().data(REF_ROLE) == LLAMA.ref


def test_arrow_keys_skip_headings(picker, qtbot):
    picker.set_current("lm_studio/qwen2.5-coder-7b")
    picker.showPopup()
    field = picker.findChild(QLineEdit, "modelFilter")

    qtbot.keyClick(field, Qt.Key.Key_Down)
    with qtbot.waitSignal(picker.chosen) as chosen:
        qtbot.keyClick(field, Qt.Key.Key_Return)

    assert chosen.args == ["ollama/llama3.2:3b"]


def test_choosing_by_program_works_as_for_any_combo_box(picker, qtbot):
    row = refs(picker).index("ollama/llama3.2:3b")

    with qtbot.waitSignal(picker.chosen) as chosen:
        picker.setCurrentIndex(row)

    assert chosen.args == ["ollama/llama3.2:3b"]


def test_a_row_says_what_the_server_says():
    assert row_text(QWEN) == "qwen2.5-coder-7b loaded Q4_K_M · 4.7 GB · 32k / 128k tools local"
    assert row_text(CLOUD) == "gpt-oss:120b-cloud cloud"


@pytest.mark.parametrize("top", [0, 300, 560])
def test_the_list_stays_on_the_screen(top):
    room, picker = QRect(0, 0, 800, 600), QRect(700, top, 100, 30)

    is_above = has_more_above(picker, 480, room)
    place = beside(picker, QSize(520, 480), room, gap=4, is_above=is_above)

    assert room.contains(place)
    assert not place.intersects(picker)


def test_the_closed_list_says_that_a_model_is_a_company_s(picker):
    picker.set_current(LLAMA.ref)
    near = picker.sizeHint().width(), picker.accessibleDescription()
    picker.set_models([LLAMA.model_copy(update={"locality": Locality.CLOUD})], NAMES, [])
    far = picker.sizeHint().width(), picker.accessibleDescription()

    assert near[1] == "Local"
    assert far[1] == "Cloud"
    assert far[0] > near[0]
