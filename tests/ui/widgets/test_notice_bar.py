from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import (
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ai_coder.ui.widgets.notice_bar import NoticeBar

SENTENCE = "Gemma 3 12B Instruct could not be loaded."
HINT = "The server ran out of memory. Load a smaller model, or a smaller window of this one."
ANSWER = "Answer with Qwen2.5 Coder 7B Instruct"


@pytest.fixture
def show(look, theme, qtbot):
    pages = []

    def show(width, zoom=100, **notice):
        theme.configure("light", zoom)
        page = QWidget()
        pages.append(page)
        qtbot.addWidget(page)
        bar = NoticeBar(theme, page)
        bar.setProperty("place", "window")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(bar)
        column.addStretch()
        page.resize(width, 800)
        bar.show_notice(SENTENCE, **notice)
        with qtbot.waitExposed(page):
            page.show()
        qtbot.waitUntil(lambda: bar.width() == width)
        return bar

    yield show
    pages.clear()


def words(bar):
    return [each for each in bar.findChildren(QLabel) if each.text() and each.isVisible()]


def top(widget, bar):
    return widget.mapTo(bar, QPoint()).y()


def middle(widget, bar):
    return widget.mapTo(bar, widget.rect().center()).y()


@pytest.mark.parametrize(("width", "zoom"), [(560, 100), (900, 200), (640, 150)])
def test_where_room_is_short_the_button_stands_below_words_that_are_whole(show, qtbot, width, zoom):
    bar = show(width, zoom, hint=HINT, action=ANSWER)
    action = bar.findChild(QPushButton)

    qtbot.waitUntil(
        lambda: all(each.height() >= each.heightForWidth(each.width()) for each in words(bar))
    )

    assert all(each.width() > width / 2 for each in words(bar))
    assert top(action, bar) > max(top(each, bar) for each in words(bar))
    assert action.geometry().right() <= bar.rect().right()


def test_a_short_button_stands_beside_the_words_of_a_wide_notice(show):
    bar = show(1200, hint=HINT, action="Open Settings")

    action = bar.findChild(QPushButton)

    assert all(action.x() > each.geometry().right() for each in words(bar))


def test_words_keep_the_most_room_beside_a_long_button(show, qtbot):
    bar = show(1000, hint=HINT, action="Answer with " + "a very long name of a model " * 4)

    qtbot.waitUntil(lambda: all(each.width() > bar.width() / 2 for each in words(bar)))


def test_the_sign_is_level_with_a_sentence_on_one_line(show, qtbot):
    bar = show(1200)
    sign = next(each for each in bar.findChildren(QLabel) if not each.pixmap().isNull())
    (sentence,) = words(bar)
    close = next(b for b in bar.findChildren(QToolButton) if b.accessibleName() == "Dismiss")

    picture = sign.contentsMargins().top() + sign.pixmap().deviceIndependentSize().height() / 2

    assert abs(top(sign, bar) + picture - middle(sentence, bar)) <= 1
    assert abs(middle(close, bar) - middle(sentence, bar)) <= 1


def test_a_notice_of_the_window_keeps_off_what_is_below(show):
    bar = show(1200)

    assert bar.contentsMargins().bottom() == bar.contentsMargins().top()


def is_whole(bar):
    return all(each.height() >= each.heightForWidth(each.width()) for each in words(bar))


@pytest.mark.parametrize(("width", "zoom"), [(760, 200), (1200, 100)])
def test_a_long_notice_leaves_most_of_the_height_and_scrolls(show, qtbot, activate, width, zoom):
    bar = show(width, zoom, hint=HINT * 60, action="Open Settings", detail="Timeout")
    page, area = bar.parentWidget(), bar.findChild(QScrollArea)
    page.resize(width, 594)
    scroll = area.verticalScrollBar()
    qtbot.waitUntil(lambda: 0 < bar.height() <= page.height() / 2 and scroll.maximum() > 0)
    qtbot.waitUntil(lambda: is_whole(bar))
    action = bar.findChild(QPushButton)
    assert bar.rect().contains(action.rect().translated(action.mapTo(bar, QPoint())))

    activate(page)
    bar.setFocus()
    qtbot.keyClick(bar, Qt.Key.Key_Tab)
    assert area.hasFocus()
    assert HINT in area.accessibleDescription()
    for _page in range(99):
        qtbot.keyClick(area, Qt.Key.Key_PageDown)

    assert scroll.value() == scroll.maximum()


def test_a_notice_is_whole_again_where_there_is_room(show, qtbot):
    bar = show(900, 200, hint=HINT * 3)
    page, area = bar.parentWidget(), bar.findChild(QScrollArea)
    page.resize(900, 400)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    assert area.focusPolicy() is Qt.FocusPolicy.StrongFocus

    page.resize(900, 3000)

    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0)
    assert area.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_details_that_unfold_take_no_more_than_the_share(show, qtbot):
    bar = show(900, 200, hint=HINT, detail="line\n" * 30)
    page = bar.parentWidget()
    page.resize(900, 594)

    next(b for b in bar.findChildren(QToolButton) if b.text() == "Details").click()

    qtbot.waitUntil(lambda: bar.findChild(QScrollArea).verticalScrollBar().maximum() > 0)
    assert bar.height() <= page.height() / 2
