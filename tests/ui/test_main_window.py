from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from ai_coder.ui.main_window import MainWindow
from ai_coder.ui.widgets.status_dot import StatusDot


class UnsavedView(QWidget):
    """A view that asks before it is left."""

    has_unsaved_changes = True

    def __init__(self):
        super().__init__()
        self.proceed = None

    def ask_to_leave(self, proceed):
        self.proceed = proceed


@pytest.fixture
def window(theme, qtbot):
    window = MainWindow(theme)
    window.add_view("chat", "Chat", "chat", QLabel("chat"))
    window.add_view("models", "Models", "models", QLabel("models"))
    window.add_view("settings", "Settings", "settings", UnsavedView(), at_bottom=True)
    qtbot.addWidget(window, before_close_func=forget_changes)
    window.show()
    return window


def forget_changes(window):
    window.view("settings").has_unsaved_changes = False


def tab(window, key):
    return window.findChild(QToolButton, f"{key}Tab")


def test_the_window_has_the_size_of_the_design(window):
    assert (window.width(), window.height()) == (1280, 820)
    assert (window.minimumWidth(), window.minimumHeight()) == (900, 600)
    assert window.objectName() == "mainWindow"
    assert window.findChild(QWidget, "navigationBar").width() == 68
    assert window.findChild(QWidget, "statusBar").height() == 28


def test_a_tab_shows_its_view(window, qtbot):
    with qtbot.waitSignal(window.view_changed) as changed:
        qtbot.mouseClick(tab(window, "models"), Qt.MouseButton.LeftButton)

    assert changed.args == ["models"]
    assert window.view("models").isVisible()
    assert not window.view("chat").isVisible()
    assert tab(window, "models").isChecked()


def test_a_view_with_unsaved_changes_is_not_left_without_an_answer(window, qtbot):
    window.show_view("settings")

    qtbot.mouseClick(tab(window, "chat"), Qt.MouseButton.LeftButton)

    assert window.current_view == "settings"
    assert tab(window, "settings").isChecked()
    window.view("settings").proceed()
    assert window.current_view == "chat"


def test_closing_with_unsaved_changes_asks_first(window):
    window.close()

    assert window.isVisible()
    window.view("settings").proceed()
    assert not window.isVisible()


def test_closing_without_unsaved_changes_closes(window):
    window.view("settings").has_unsaved_changes = False

    window.close()

    assert not window.isVisible()


def test_unsaved_changes_are_marked_on_the_tab(window):
    window.mark_unsaved("settings", is_unsaved=True)

    mark = tab(window, "settings").findChild(StatusDot)
    assert mark.isVisible()
    assert tab(window, "settings").accessibleName() == "Settings, unsaved changes"
    window.mark_unsaved("settings", is_unsaved=False)
    assert not mark.isVisible()
    assert tab(window, "settings").accessibleName() == "Settings"


def test_the_tab_key_reaches_the_tab_of_the_view_that_is_shown(window):
    for shown in ("chat", "models"):
        window.show_view(shown)
        for key in ("chat", "models", "settings"):
            takes_tab = bool(tab(window, key).focusPolicy() & Qt.FocusPolicy.TabFocus)
            assert takes_tab == (key == shown)
            assert tab(window, key).accessibleName()


@pytest.mark.parametrize("zoom", [80, 150, 200])
def test_the_frame_follows_the_zoom(window, theme, zoom):
    theme.configure("light", zoom)

    assert window.navigation.width() == round(68 * zoom / 100)
    assert window.status.height() == round(28 * zoom / 100)


def test_a_notice_is_shown_above_the_view_until_it_is_dismissed(window, qtbot):
    window.notice.show_notice("LM Studio does not answer.", "Start the server.", action="Start")

    assert window.notice.objectName() == "noticeBar"
    assert window.notice.text() == "LM Studio does not answer.\nStart the server."
    qtbot.keyClick(window.notice, Qt.Key.Key_Escape)
    assert window.notice.text() == ""


def test_the_keyboard_walks_from_the_tabs_through_the_view(window, activate):
    activate(window)
    for button in (QPushButton("one"), QPushButton("two")):
        button.setParent(window.view("chat"))
        button.show()
    tab(window, "chat").setFocus()

    visited = []
    for _ in range(4):
        visited.append(window.focusWidget().objectName() or window.focusWidget().text())
        window.focusNextChild()

    assert visited == ["chatTab", "one", "two", "localOnlyButton"]


def test_arrow_keys_stay_in_the_tabs(window, qtbot, activate):
    activate(window)
    tab(window, "chat").setFocus()

    qtbot.keyClick(tab(window, "chat"), Qt.Key.Key_Down)

    assert window.current_view == "models"
    assert window.focusWidget() is tab(window, "models")


def test_a_view_that_is_asked_for_early_is_shown_when_it_comes(theme, qtbot):
    window = MainWindow(theme)
    qtbot.addWidget(window)
    window.announce_views()
    window.add_view("chat", "Chat", "chat", QLabel("chat"))
    window.show()

    qtbot.mouseClick(tab(window, "models"), Qt.MouseButton.LeftButton)
    assert window.current_view == "chat"
    window.add_view("models", "Models", "models", QLabel("models"))

    assert window.current_view == "models"
    assert len(window.findChildren(QToolButton, "modelsTab")) == 1
