from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QSize, Qt
from PyQt6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QStyle,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.style import ApplicationStyle
from ai_coder.ui.widgets.buttons import button
from ai_coder.ui.widgets.card import InfoCard
from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.number_field import DecimalField, NumberField
from ai_coder.ui.widgets.popover import Popover


def question(qtbot):
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setText("The model cannot see pictures.")
    box.setInformativeText("It may answer without looking, or refuse the prompt as a whole.")
    yes = box.addButton("Remove pictures", QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(yes)
    with qtbot.waitExposed(box):
        box.show()
    return box, yes, no


def left(widget, window):
    return widget.mapTo(window, widget.rect().topLeft()).x()


def test_the_words_of_a_question_stand_where_its_buttons_begin(look, qtbot):
    box, _, _ = question(qtbot)
    words = [box.findChild(QLabel, f"qt_msgbox_{name}") for name in ("label", "informativelabel")]
    buttons = box.findChild(QDialogButtonBox)
    assert {left(widget, box) for widget in (*words, buttons)} == {24}


def test_the_button_that_goes_on_is_on_the_right(look, qtbot):
    box, yes, no = question(qtbot)
    assert left(yes, box) > left(no, box)
    assert yes.icon().isNull()


@pytest.mark.parametrize("is_named", [True, False])
def test_the_button_that_enter_presses_is_wide_enough_for_its_words(look, qtbot, is_named):
    box = QMessageBox()
    qtbot.addWidget(box)
    box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    reset = box.addButton("Reset everything", QMessageBox.ButtonRole.AcceptRole)
    if is_named:
        box.setDefaultButton(reset)
    with qtbot.waitExposed(box):
        box.show()
    alike = button("Reset everything", "primary")
    qtbot.addWidget(alike)
    assert reset.isDefault()
    assert reset.width() >= alike.sizeHint().width()


def test_enter_destroys_nothing_where_no_button_goes_on(look, qtbot):
    box = QMessageBox()
    qtbot.addWidget(box)
    box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
    with qtbot.waitExposed(box):
        box.show()
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.clickedButton() is stay


MARKUP = "<b>Title</b> <img src='/tmp/picture.png'>"


def test_a_tool_tip_shows_markup_as_the_words_it_is(look, qtbot):
    subject = button("Chat", "")
    qtbot.addWidget(subject)
    with qtbot.waitExposed(subject):
        subject.show()

    QToolTip.showText(subject.mapToGlobal(QPoint()), MARKUP, subject)

    (tip,) = (w for w in QApplication.topLevelWidgets() if w.inherits("QTipLabel"))
    assert tip.textFormat() is Qt.TextFormat.PlainText
    assert tip.text() == MARKUP
    QToolTip.hideText()


def test_a_question_shows_markup_as_the_words_it_is(look, qtbot):
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setText(MARKUP)
    box.setInformativeText(MARKUP)

    with qtbot.waitExposed(box):
        box.show()

    words = [label for label in box.findChildren(QLabel) if label.text() == MARKUP]
    assert len(words) == 2
    assert {label.textFormat() for label in words} == {Qt.TextFormat.PlainText}


@pytest.mark.parametrize("zoom", [80, 100, 150, 200])
def test_fields_of_every_kind_have_one_height(look, theme, qtbot, zoom):
    theme.configure("light", zoom)
    page = QWidget()
    qtbot.addWidget(page)
    fields = [QLineEdit(), NumberField("a"), DecimalField("b"), ComboBox(theme, "c")]
    column = QVBoxLayout(page)
    for field in fields:
        column.addWidget(field)
    column.addStretch()
    with qtbot.waitExposed(page):
        page.show()
    assert len({field.height() for field in fields}) == 1


@pytest.mark.parametrize("kind", ["danger", "link", "ghost", "field", "primary", ""])
def test_a_disabled_button_looks_disabled(look, theme, qtbot, kind):
    subject = button("Remove", kind)
    qtbot.addWidget(subject)
    enabled = subject.grab().toImage()
    subject.setEnabled(False)
    assert subject.grab().toImage() != enabled


def test_a_popover_stays_above_its_anchor_while_it_grows(look, theme, qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    anchor = button("State", "", window)
    anchor.move(100, 500)
    window.resize(600, 540)
    with qtbot.waitExposed(window):
        window.show()
    card = InfoCard(theme, look="plain", is_narrow=True)
    popover = Popover(theme, card, window)
    card.set_content("ok", "Ready.", "")
    popover.open_above(anchor, 300)
    small = popover.height()

    card.set_content("off", "It does not answer.", "It is closed or busy. " * 9, action="Start")
    qtbot.waitUntil(lambda: popover.height() > small)

    top = anchor.mapToGlobal(anchor.rect().topLeft()).y()
    qtbot.waitUntil(lambda: popover.geometry().bottom() < top)
    words = max(card.findChildren(QLabel), key=lambda label: len(label.text()))
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_arrows_of_a_file_chooser_can_be_seen(theme, mode):
    theme.configure(mode, 100)
    back = ApplicationStyle(theme).standardIcon(QStyle.StandardPixmap.SP_ArrowBack)
    picture = back.pixmap(QSize(48, 48)).toImage()
    colors = [picture.pixelColor(x, y) for x in range(48) for y in range(48)]

    inked = {color.name() for color in colors if color.alpha() == 255}

    assert theme.color("muted").name() in inked
