"""Settings → Shortcuts."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QPushButton

from tests.ui.settings.settings_window import click, save


def test_a_key_is_recorded_for_a_command(window, qtbot):
    window.view.show_tab("shortcuts")
    recorder = window.view.shortcuts.recorder("new_chat")
    click(qtbot, recorder)

    qtbot.keyClick(recorder, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    save(window, qtbot)

    assert window.saved().shortcuts.bindings == {"new_chat": "Ctrl+G"}
    assert recorder.text() == "Ctrl+G"


def test_a_key_of_another_command_is_a_conflict_that_blocks_saving(window, qtbot):
    window.view.show_tab("shortcuts")
    recorder = window.view.shortcuts.recorder("new_chat")
    click(qtbot, recorder)

    qtbot.keyClick(recorder, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)

    assert window.view.problems() == ["Ctrl+R is used by “New chat” and “Regenerate answer”."]
    assert not window.find(QPushButton, "saveSettingsButton").isEnabled()


def test_a_dead_key_is_refused_in_words(window, qtbot):
    window.view.show_tab("shortcuts")
    recorder = window.view.shortcuts.recorder("new_chat")
    click(qtbot, recorder)

    qtbot.keyClick(recorder, Qt.Key.Key_Dead_Circumflex, Qt.KeyboardModifier.AltModifier)

    assert recorder.text() == "Ctrl+N"
    problems = [label.text() for label in window.view.shortcuts.findChildren(QLabel)]
    assert "This key cannot be part of a shortcut." in problems
    assert not window.view.has_unsaved_changes


def test_a_key_that_types_is_refused_and_escape_keeps_the_old_one(window, qtbot):
    window.view.show_tab("shortcuts")
    recorder = window.view.shortcuts.recorder("new_chat")
    click(qtbot, recorder)
    qtbot.keyClick(recorder, Qt.Key.Key_X)
    assert recorder.text() == "Ctrl+N"

    click(qtbot, recorder)
    qtbot.keyClick(recorder, Qt.Key.Key_Escape)

    assert recorder.text() == "Ctrl+N"
    assert not window.view.has_unsaved_changes
