"""The settings where there is little room: in a small window, and at every zoom."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import (
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTabBar,
    QTabWidget,
    QToolButton,
)

from ai_coder.settings.schema import Settings
from ai_coder.ui.settings.form import Form
from ai_coder.ui.widgets.number_field import DecimalField, NumberField
from ai_coder.ui.widgets.segmented import Segmented
from ai_coder.ui.widgets.switch import RING, Switch
from tests.ui.settings.settings_window import make, retype
from tests.ui.states import STATES

TABS = (
    "general", "local_models", "cloud_providers", "generation", "appearance", "shortcuts",
    "privacy", "advanced",
)  # fmt: skip
SIZES = [(764, 594, 200), (1144, 764, 200), (1180, 780, 150), (832, 622, 100), (900, 640, 80)]
"""The view in windows of 900 and of 1280 pixels."""


@pytest.fixture
def window(look, theme, paths, qtbot):
    return make(theme, paths, qtbot)


def resize(window, theme, qtbot, size):
    width, height, zoom = size
    theme.configure("light", zoom)
    window.view.resize(width, height)
    tabs = window.find(QTabWidget, "settingsTabs")
    qtbot.waitUntil(lambda: window.view.width() == width and tabs.width() <= width)
    return tabs


def right(widget, window):
    return widget.mapTo(window.view, QPoint(widget.width(), 0)).x()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tab", TABS)
def test_a_tab_is_no_wider_than_the_view_and_cuts_no_words(window, theme, qtbot, tab, size):
    tabs = resize(window, theme, qtbot, size)

    window.view.show_tab(tab)

    page = tabs.currentWidget()
    assert isinstance(page, QScrollArea)
    qtbot.waitUntil(lambda: page.horizontalScrollBar().maximum() == 0)
    words = [each for each in page.findChildren(QLabel) if each.isVisible() and each.wordWrap()]
    qtbot.waitUntil(
        lambda: all(each.height() >= each.heightForWidth(each.width()) for each in words)
    )


@pytest.mark.parametrize("size", SIZES)
def test_the_buttons_and_what_is_wrong_are_whole_at_every_zoom(window, theme, qtbot, size):
    resize(window, theme, qtbot, size)

    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "two words")

    names = ("saveSettingsButton", "resetSettingsButton", "discardSettingsButton")
    buttons = [window.find(QPushButton, name) for name in names]
    unsaved = window.find(QLabel, "unsavedLabel")
    qtbot.waitUntil(lambda: all(each.width() >= each.sizeHint().width() for each in buttons))
    qtbot.waitUntil(lambda: unsaved.height() >= unsaved.heightForWidth(unsaved.width()))
    assert max(right(each, window) for each in buttons) <= window.view.width()
    assert unsaved.width() > window.view.width() / 4


def test_the_settings_end_where_their_buttons_end(window, theme, qtbot):
    tabs = resize(window, theme, qtbot, (2400, 900, 100))

    window.view.show_tab("general")

    assert right(window.find(QPushButton, "saveSettingsButton"), window) == right(tabs, window)
    assert right(tabs.currentWidget(), window) == right(tabs, window)
    assert tabs.width() < 1400


@pytest.mark.parametrize("zoom", [80, 100, 150, 200])
def test_what_is_edited_ends_on_one_line(window, theme, qtbot, zoom):
    tabs = resize(window, theme, qtbot, (2400, 1600, zoom))
    for tab in ("general", "generation", "appearance"):
        window.view.show_tab(tab)
        forms = tabs.currentWidget().findChildren(Form)
        editors = [form.editor(name) for form in forms for name in form.values()]

        qtbot.waitUntil(lambda editors=editors: len({end(each, window) for each in editors}) == 1)

        assert len({each.editor.width() for each in editors if each.is_field}) <= 1


def end(editor, window):
    """Return where the visible part of an editor ends."""
    ring = RING if isinstance(editor.editor, Switch) else 0
    return right(editor.editor, window) - ring


def test_a_form_is_as_high_as_its_rows(window, theme, qtbot):
    tabs = resize(window, theme, qtbot, (1180, 1200, 100))
    window.view.show_tab("general")
    forms = tabs.currentWidget().findChildren(Form)

    qtbot.waitUntil(lambda: all(form.height() <= _needed(form) + 1 for form in forms))


def _needed(form):
    return form.layout().totalHeightForWidth(form.width())


def test_editors_stand_below_their_names_where_room_is_short(window, theme, qtbot):
    tabs = resize(window, theme, qtbot, SIZES[0])
    window.view.show_tab("general")
    form = tabs.currentWidget().findChildren(Form)[0]
    editor = form.editor("send_key")
    title = next(each for each in form.findChildren(QLabel) if each.text() == "Send with")

    qtbot.waitUntil(lambda: editor.y() > title.mapTo(form, title.rect().bottomLeft()).y())

    assert editor.x() == title.mapTo(form, QPoint()).x()


@pytest.mark.parametrize("size", SIZES)
def test_a_choice_has_a_track_around_all_of_its_segments(window, theme, qtbot, size):
    tabs = resize(window, theme, qtbot, size)
    window.view.show_tab("general")
    qtbot.waitUntil(tabs.currentWidget().isVisible)

    for choice in tabs.currentWidget().findChildren(Segmented):
        inside = choice.rect().adjusted(1, 1, -1, -1)
        segments = [choice._group.button(n) for n in range(len(choice._values))]
        qtbot.waitUntil(
            lambda inside=inside, segments=segments: all(
                inside.contains(each.geometry()) for each in segments
            )
        )


@pytest.mark.parametrize("width", [700, 832])
def test_fields_of_a_server_are_named_where_the_head_is_gone(window, qtbot, theme, width):
    resize(window, theme, qtbot, (width, 800, 100))
    window.view.set_states(STATES)
    tab = window.view.local_models

    for name, text in (
        ("TimeoutSpin", "Timeout"),
        ("RetriesSpin", "Retries"),
        ("UrlEdit", "Server URL"),
    ):
        kind = {"TimeoutSpin": DecimalField, "RetriesSpin": NumberField}.get(name, QLineEdit)
        field = window.find(kind, f"lmStudio{name}")
        row = tab._rows["lm_studio"]
        title = next(each for each in row.findChildren(QLabel) if each.text() == text)
        assert title.isVisible()
        assert field.mapTo(row, QPoint()).x() == title.x()
        assert field.mapTo(row, QPoint()).y() > title.geometry().bottom()


def test_the_test_button_ends_where_the_fields_below_it_end(window, qtbot, theme):
    resize(window, theme, qtbot, (832, 800, 100))

    token = window.find(QPushButton, "lmStudioTokenButton")

    assert right(window.find(QPushButton, "lmStudioTestButton"), window) == right(token, window)


def test_rows_of_servers_have_one_height_and_the_folder_is_chosen_beside_it(window, qtbot, theme):
    resize(window, theme, qtbot, (1180, 800, 100))
    rows = window.view.local_models._rows

    folder = window.find(QPushButton, "llamaCppFolderButton")
    field = window.find(QLineEdit, "llamaCppUrlEdit")
    retries = window.find(NumberField, "llamaCppRetriesSpin")

    assert len({row.height() for row in rows.values()}) == 1
    names = ("lmStudio", "llamaCpp")
    timeouts = [window.find(DecimalField, f"{name}TimeoutSpin") for name in names]
    assert len({right(each, window) for each in timeouts}) == 1
    assert right(field, window) < right(folder, window) < right(retries, window)
    assert folder.height() == field.height()


def test_the_name_of_a_server_is_whole_while_the_address_has_room(theme, paths, qtbot, look):
    window = make(theme, paths, qtbot)
    saved = window.saved()
    configs = dict(saved.provider_configurations)
    configs["gpu_box"] = configs["lm_studio"].model_copy(update={"type": "openai_compatible"})
    window.save(Settings(**{**saved.model_dump(), "provider_configurations": configs}))
    resize(window, theme, qtbot, (1180, 800, 100))

    row = window.view.local_models._rows["gpu_box"]

    qtbot.waitUntil(lambda: row._title.text() == row.name)


def test_tabs_take_little_room_beside_their_words(window, theme, qtbot):
    tabs = resize(window, theme, qtbot, (832, 622, 100))
    bar = tabs.findChild(QTabBar)
    metrics = QFontMetrics(theme.font(13, bold=True))

    for n in range(bar.count()):
        words = metrics.horizontalAdvance(bar.tabText(n))
        assert bar.tabRect(n).width() <= words + theme.px(20)


def places(bar):
    return [bar.tabRect(n) for n in range(bar.count())]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_mark_for_unsaved_changes_is_seen_and_moves_no_tab(window, theme, qtbot, size, mode):
    bar = resize(window, theme, qtbot, size).tabBar()
    theme.configure(mode, size[2])
    window.view.show_tab("local_models")
    field = window.find(QLineEdit, "lmStudioUrlEdit")
    field.setFocus()
    before, plain = places(bar), bar.grab().toImage()

    retype(qtbot, field, "http://elsewhere:1")

    assert places(bar) == before
    assert bar.grab().toImage() != plain
    window.view._discard_edits()
    assert bar.grab().toImage() == plain


@pytest.mark.parametrize("size", SIZES)
def test_choosing_a_tab_moves_no_other(window, theme, qtbot, size):
    bar = resize(window, theme, qtbot, size).tabBar()
    window.view.show_tab("general")
    widths = [place.width() for place in places(bar)]

    for tab in TABS:
        window.view.show_tab(tab)
        assert [place.width() for place in places(bar)] == widths


def arrows(bar):
    return [each for each in bar.findChildren(QToolButton) if each.isVisible()]


@pytest.mark.parametrize("zoom", [80, 100, 150, 200])
def test_tabs_stand_closer_before_they_have_to_be_scrolled(window, theme, qtbot, zoom):
    bar = resize(window, theme, qtbot, (2400, 800, zoom)).tabBar()
    metrics = QFontMetrics(theme.font(13, bold=True))
    words = [metrics.horizontalAdvance(bar.tabText(n)) + 1 for n in range(bar.count())]
    margins = 2 * theme.px(28)
    narrow = sum(words) + 2 * len(words) * theme.px(4)

    window.view.resize(narrow + margins, 800)
    qtbot.waitUntil(lambda: bar.width() == narrow)
    assert places(bar)[-1].right() < narrow
    assert arrows(bar) == []

    window.view.resize(narrow + margins - 20, 800)
    qtbot.waitUntil(lambda: len(arrows(bar)) == 2)
    for tab in TABS:
        window.view.show_tab(tab)
        place = bar.tabRect(bar.currentIndex())
        assert 0 <= place.left() < place.right() <= min(each.x() for each in arrows(bar))
