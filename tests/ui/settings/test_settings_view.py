"""The Settings view as a whole: saving, discarding, leaving."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTabBar,
    QTabWidget,
    QToolButton,
)

from ai_coder.ui.widgets.combo_box import ComboBox
from ai_coder.ui.widgets.switch import Switch
from tests.ui.settings.settings_window import click, retype, save


def test_the_tabs_are_those_of_the_interface(window):
    tabs = window.find(QTabWidget, "settingsTabs")

    assert [tabs.tabText(position) for position in range(tabs.count())] == [
        "General",
        "Local Models",
        "Cloud Providers",
        "Generation",
        "Appearance",
        "Shortcuts",
        "Privacy",
        "Advanced",
    ]


def test_nothing_is_unsaved_at_first(window):
    assert not window.view.has_unsaved_changes
    assert not window.find(QPushButton, "saveSettingsButton").isEnabled()


def test_discard_shows_what_is_saved(window, qtbot):
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "http://elsewhere:1")

    click(qtbot, window.find(QPushButton, "discardSettingsButton"))

    assert not window.view.has_unsaved_changes
    assert "1234" in window.find(QLineEdit, "lmStudioUrlEdit").text()


def test_reset_shows_the_defaults_and_is_undone_by_discard(window, qtbot):
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "7")
    save(window, qtbot)
    click(qtbot, window.find(QPushButton, "resetSettingsButton"))
    box = window.find(QMessageBox, "resetDialog")
    click(qtbot, next(b for b in box.buttons() if b.text() == "Reset"))

    assert window.find(QAbstractSpinBox, "ollamaRetriesSpin").value() == 2
    assert window.saved().provider_configurations["ollama"].max_retries == 7
    click(qtbot, window.find(QPushButton, "discardSettingsButton"))
    assert window.find(QAbstractSpinBox, "ollamaRetriesSpin").value() == 7


@pytest.mark.parametrize(
    ("answer", "proceeds", "retries"), [("Save", True, 6), ("Discard", True, 2), ("Stay", False, 2)]
)
def test_leaving_with_unsaved_changes_asks(window, qtbot, answer, proceeds, retries):
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "6")
    left = []

    window.view.ask_to_leave(lambda: left.append(True))
    box = window.find(QMessageBox, "unsavedDialog")
    click(qtbot, next(b for b in box.buttons() if b.text() == answer))

    assert bool(left) is proceeds
    assert window.saved().provider_configurations["ollama"].max_retries == retries
    assert window.view.has_unsaved_changes is (answer == "Stay")


def test_leaving_with_a_wrong_value_cannot_save(window, qtbot):
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "two words")

    window.view.ask_to_leave(lambda: None)

    box = window.find(QMessageBox, "unsavedDialog")
    assert {button.text() for button in box.buttons()} == {"Stay", "Discard"}
    box.reject()


def test_enter_keeps_a_wrong_value_on_screen(look, window, qtbot):
    retype(qtbot, window.find(QLineEdit, "lmStudioUrlEdit"), "two words")
    left = []

    window.view.ask_to_leave(lambda: left.append(True))
    qtbot.keyClick(window.find(QMessageBox, "unsavedDialog"), Qt.Key.Key_Return)

    assert left == []
    assert window.find(QLineEdit, "lmStudioUrlEdit").text() == "two words"


def test_settings_changed_elsewhere_do_not_take_away_what_is_typed(window, qtbot):
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "6")
    settings = window.saved()
    privacy = settings.privacy.model_copy(update={"local_only": True})

    window.view.show_settings(window.store.save(settings.model_copy(update={"privacy": privacy})))

    assert window.find(QAbstractSpinBox, "ollamaRetriesSpin").value() == 6
    save(window, qtbot)
    assert window.saved().privacy.local_only
    assert window.saved().provider_configurations["ollama"].max_retries == 6


def test_the_unsaved_mark_is_announced(window, qtbot):
    marks = []
    window.view.unsaved_changed.connect(marks.append)

    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "6")
    save(window, qtbot)

    assert marks == [True, False]


def test_a_failed_save_is_said_and_nothing_is_lost(window, qtbot):
    retype(qtbot, window.find(QAbstractSpinBox, "ollamaRetriesSpin"), "6")

    window.view.show_problem("The file cannot be written.", "Check free space.")

    assert window.view.has_unsaved_changes
    assert window.find(QAbstractSpinBox, "ollamaRetriesSpin").value() == 6


def test_everything_that_can_be_used_has_a_name(window):
    nameless = [
        (type(widget).__name__, widget.objectName())
        for kind in (QLineEdit, QAbstractSpinBox, Switch, ComboBox, QToolButton)
        for widget in window.view.findChildren(kind)
        if not (widget.accessibleName() or getattr(widget, "text", lambda: "")())
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), QTabBar | QLineEdit)
    ]

    assert nameless == []
