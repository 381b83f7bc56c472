from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QPointF, QRect, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import (
    QApplication,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from ai_coder.settings.secrets import SecretSource
from ai_coder.ui.settings.secret_entry import SecretEntry
from ai_coder.ui.widgets.card import InfoCard
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.disclosure import Disclosure
from ai_coder.ui.widgets.elided_label import ElidedLabel
from ai_coder.ui.widgets.flow_layout import FlowLayout
from ai_coder.ui.widgets.look import set_look
from ai_coder.ui.widgets.notice_bar import NoticeBar
from ai_coder.ui.widgets.number_field import DecimalField, NumberField
from ai_coder.ui.widgets.search_field import SearchField
from ai_coder.ui.widgets.segmented import Segmented
from ai_coder.ui.widgets.spinner import Spinner
from ai_coder.ui.widgets.status_button import StatusButton
from ai_coder.ui.widgets.switch import Switch


def shown(qtbot, widget):
    qtbot.addWidget(widget)
    widget.show()
    return widget


def scroll_over(widget):
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        widget.mapToGlobal(centre),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_a_switch_is_used_by_mouse_and_keyboard(theme, qtbot):
    switch = shown(qtbot, Switch(theme, "Local only"))

    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert switch.isChecked()
    qtbot.keyClick(switch, Qt.Key.Key_Space)

    assert not switch.isChecked()
    assert switch.accessibleName() == "Local only"


def test_a_switch_looks_different_when_it_is_on(theme, qtbot):
    switch = shown(qtbot, Switch(theme, "Local only"))
    off = switch.grab().toImage()

    switch.setChecked(True)

    assert switch.grab().toImage() != off


@pytest.mark.parametrize("make", [NumberField, DecimalField])
def test_scrolling_a_page_does_not_change_numbers(make, qtbot):
    field = shown(qtbot, make("Timeout"))
    field.setValue(7)

    assert not scroll_over(field)
    assert field.value() == 7
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == 8


def test_scrolling_a_page_does_not_change_a_choice(theme, qtbot):
    box = shown(qtbot, ComboBox(theme, "Server"))
    box.add_choices([("One", 1), ("Two", 2)])

    assert not scroll_over(box)
    assert box.currentData() == 1
    box.choose(2)
    assert box.currentText() == "Two"


@pytest.mark.parametrize("zoom", [80, 100, 125, 150, 175, 200])
def test_a_dropdown_has_room_for_its_widest_choice(look, theme, qtbot, zoom):
    theme.configure("light", zoom)
    box = shown(qtbot, ComboBox(theme, "Kind"))
    box.add_choices([("Chat models", 1), ("All", 2), ("Embedding", 3)])
    box.resize(box.sizeHint())
    option = QStyleOptionComboBox()
    box.initStyleOption(option)

    needed = max(box.fontMetrics().horizontalAdvance(box.itemText(row)) for row in range(3))

    assert box.text_room(option) >= needed


def test_an_open_list_has_no_frame_but_its_own(look, theme, qtbot):
    box = shown(qtbot, ComboBox(theme, "Server"))
    box.add_choices([("One", 1), ("Two", 2)])

    box.showPopup()

    frame = box.view().parentWidget()
    qtbot.waitUntil(frame.isVisible)
    picture = frame.grab().toImage()
    middle = picture.height() // 2
    assert picture.pixelColor(0, middle) in (theme.color("line"), theme.color("card"))
    box.hidePopup()


def test_decimals_are_shown_without_needless_zeros(qtbot):
    field = shown(qtbot, DecimalField("Timeout"))
    field.setSuffix(" s")

    field.setValue(60.0)

    assert field.text() == "60 s"


def test_a_cut_label_keeps_its_text_in_the_tool_tip(qtbot):
    label = shown(qtbot, ElidedLabel("a rather long name of a model"))

    label.resize(60, 20)

    assert label.text().endswith("…")
    assert label.toolTip() == label.whole_text() == "a rather long name of a model"
    label.resize(600, 20)
    assert label.text() == "a rather long name of a model"
    assert label.toolTip() == ""


def test_a_label_never_reads_text_as_markup(qtbot):
    label = shown(qtbot, ElidedLabel("<b>bold</b>"))
    label.resize(600, 20)

    assert label.text() == "<b>bold</b>"
    assert label.textFormat() is Qt.TextFormat.PlainText


def test_detail_is_folded_until_it_is_asked_for(theme, qtbot):
    detail = shown(qtbot, Disclosure(theme, "Details"))
    detail.set_text("Connection refused")
    text = detail.findChild(QPlainTextEdit)
    assert not text.isVisible()

    qtbot.mouseClick(detail.findChild(QToolButton), Qt.MouseButton.LeftButton)

    assert text.isVisible()
    assert text.isReadOnly()
    assert text.toPlainText() == "Connection refused"
    detail.set_text("")
    assert not detail.isVisible()


@pytest.mark.parametrize("zoom", [100, 200])
def test_details_begin_where_the_words_above_them_begin(look, theme, qtbot, zoom):
    theme.configure("light", zoom)
    detail = shown(qtbot, Disclosure(theme, "Details"))
    detail.set_text("Connection refused")
    toggle = detail.findChild(QToolButton)

    picture = toggle.grab().toImage()

    paper = picture.pixelColor(0, 0)
    columns = (
        x
        for x in range(picture.width())
        if any(picture.pixelColor(x, y) != paper for y in range(picture.height()))
    )
    assert next(columns) <= theme.px(4)


def test_a_card_without_action_has_no_button(theme, qtbot):
    card = shown(qtbot, InfoCard(theme))
    card.set_content("off", "Ollama is off", "Nothing answers.", action="Start Ollama")
    assert card.action_text == "Start Ollama"

    card.set_content("ok", "Ollama is ready", "")

    assert card.action_text == ""
    assert card.text() == "Ollama is ready"


def test_a_card_is_as_high_as_its_words(theme, qtbot):
    card = shown(qtbot, InfoCard(theme))
    card.set_content("off", "Short", "")
    card.resize(300, 40)
    short = card.heightForWidth(300)

    card.set_content("off", "Short", "A cause that takes many words. " * 8)

    assert card.heightForWidth(300) > short * 2


def test_a_notice_carries_the_key_of_its_action_back(theme, qtbot):
    bar = NoticeBar(theme)
    qtbot.addWidget(bar)
    bar.show_notice("It failed.", action="Try again", action_key=("retry", 7), detail="HTTP 500")
    button = next(b for b in bar.findChildren(QPushButton) if b.text() == "Try again")

    with qtbot.waitSignal(bar.action_requested) as wish:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    assert wish.args == [("retry", 7)]
    assert bar.text() == ""


def test_a_failure_that_was_covered_comes_back(theme, qtbot):
    bar = shown(qtbot, NoticeBar(theme))
    bar.show_notice("First.", "Do this.")
    bar.show_notice("It was done.", severity="ok")
    bar.show_notice("Second.", action="Mend", action_key="mend")
    bar.show_notice("Third.")
    bar.show_notice("First.", "Do this.")

    said = []
    while text := bar.text():
        said.append((text, [each.text() for each in bar.findChildren(QLabel) if each.isVisible()]))
        bar.dismiss()

    assert [text for text, _ in said] == ["First.\nDo this.", "Third.", "Second."]
    assert ["2 more" in labels for _, labels in said] == [True, False, False]
    assert ["1 more" in labels for _, labels in said] == [False, True, False]


def test_escape_empties_a_search_and_then_passes(theme, qtbot):
    field = shown(qtbot, SearchField(theme, "Filter"))
    qtbot.keyClicks(field, "abc")

    qtbot.keyClick(field, Qt.Key.Key_Escape)

    assert field.text() == ""


def test_one_segment_holds(qtbot):
    choice = shown(qtbot, Segmented("Theme", [("Light", "light"), ("Dark", "dark")]))
    choice.choose("light")
    dark = next(b for b in choice.findChildren(QToolButton) if b.text() == "Dark")

    with qtbot.waitSignal(choice.chosen) as chosen:
        qtbot.mouseClick(dark, Qt.MouseButton.LeftButton)

    assert chosen.args == ["dark"]
    assert choice.value() == "dark"
    assert dark.accessibleName() == "Theme: Dark"


def test_a_flow_breaks_lines_like_words(qtbot):
    holder = shown(qtbot, QWidget())
    flow = FlowLayout(holder, spacing=8)
    labels = [QLabel() for _ in range(3)]
    for label in labels:
        label.setFixedSize(100, 20)
        flow.addWidget(label)
        label.show()

    assert flow.heightForWidth(400) == 20
    assert flow.heightForWidth(210) == 48
    assert flow.heightForWidth(100) == 76
    flow.setGeometry(QRect(0, 0, 210, 100))
    assert [(label.x(), label.y()) for label in labels] == [(0, 0), (108, 0), (0, 28)]


def test_a_spinner_stands_still_where_motion_is_reduced(theme, qtbot):
    theme.configure("light", 100, reduced_motion=True)
    spinner = shown(qtbot, Spinner(theme))
    still = spinner.grab().toImage()

    qtbot.wait(150)

    assert spinner.grab().toImage() == still


def test_a_status_button_takes_enter_and_shrinks(theme, qtbot):
    status = shown(qtbot, StatusButton(theme))
    status.set_state("LM Studio · 3 models, 1 loaded", "ok")

    assert status.minimumSizeHint().width() < status.sizeHint().width()
    with qtbot.waitSignal(status.clicked):
        qtbot.keyClick(status, Qt.Key.Key_Return)


def test_a_look_is_applied_at_once(look, qtbot):
    button = shown(qtbot, QPushButton("Save"))
    plain = button.grab().toImage()

    set_look(button, "primary")

    assert button.grab().toImage() != plain


def test_a_key_is_never_shown(theme, qtbot):
    entry = shown(qtbot, SecretEntry(theme, "Key of OpenAI"))
    keys = []
    entry.entered.connect(keys.append)
    qtbot.keyClicks(entry.line_edit, " sk-abc ")
    assert "sk-abc" not in entry.line_edit.displayText()

    qtbot.keyClick(entry.line_edit, Qt.Key.Key_Return)

    assert keys == ["sk-abc"]
    assert entry.line_edit.text() == ""


def test_a_key_with_a_sign_that_no_key_has_stays_in_the_field(theme, qtbot):
    entry = shown(qtbot, SecretEntry(theme, "Key of OpenAI"))
    keys = []
    entry.entered.connect(keys.append)
    entry.line_edit.setText("sk-ab…yz")

    qtbot.keyClick(entry.line_edit, Qt.Key.Key_Return)

    assert keys == []
    assert entry.line_edit.text() == "sk-ab…yz"
    told = next(label for label in entry.findChildren(QLabel) if label.isVisible())
    assert "“…”" in told.text()

    entry.line_edit.setText("sk-abyz")
    assert not told.isVisible()
    qtbot.keyClick(entry.line_edit, Qt.Key.Key_Return)
    assert keys == ["sk-abyz"]


def test_a_saved_key_can_be_forgotten(theme, qtbot):
    entry = shown(qtbot, SecretEntry(theme, "Key of OpenAI"))
    forget = next(b for b in entry.findChildren(QToolButton) if b.toolTip() == "Forget this key")
    assert not forget.isVisible()
    entry.set_source(SecretSource.KEYRING)

    with qtbot.waitSignal(entry.entered) as wish:
        qtbot.mouseClick(forget, Qt.MouseButton.LeftButton)

    assert wish.args == [""]
