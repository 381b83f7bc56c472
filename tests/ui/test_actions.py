from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMainWindow, QPushButton

from ai_coder.ui.actions import COMMANDS, Actions, conflicts, keys_of

INTERFACE = {
    "new_chat": "Ctrl+N",
    "choose_model": "Ctrl+L",
    "show_models": "Ctrl+Shift+M",
    "find_in_chat": "Ctrl+F",
    "search_chats": "Ctrl+Shift+F",
    "command_palette": "Ctrl+K",
    "focus_prompt": "Ctrl+I",
    "regenerate": "Ctrl+R",
    "copy_answer": "Ctrl+Shift+C",
    "copy_code": "Ctrl+Shift+;",
    "next_chat": "Ctrl+Tab",
    "toggle_sidebar": "Ctrl+B",
    "show_settings": "Ctrl+,",
    "show_shortcuts": "F1",
    "zoom_in": "Ctrl++",
    "zoom_out": "Ctrl+-",
    "zoom_reset": "Ctrl+0",
    "quit": "Ctrl+Q",
}


@pytest.fixture
def window(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


@pytest.fixture
def actions(window):
    return Actions(window)


def test_the_usual_keys_are_those_of_the_interface(actions):
    keys = {name: actions.action(name).shortcut().toString() for name in INTERFACE}

    assert keys == INTERFACE


def test_names_are_unique_and_no_two_commands_share_keys():
    names = [command.name for command in COMMANDS]

    assert len(names) == len(set(names))
    assert conflicts({}) == {}


def test_a_shortcut_asks_for_its_command(actions, window, qtbot, activate):
    activate(window)
    with qtbot.waitSignal(actions.requested) as wish:
        qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)

    assert wish.args == ["new_chat"]


def test_other_keys_replace_the_usual_ones(actions, window, qtbot, activate):
    actions.bind({"new_chat": "Ctrl+G"})
    activate(window)

    with qtbot.waitSignal(actions.requested) as wish:
        qtbot.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)

    assert wish.args == ["new_chat"]
    with qtbot.assertNotEmitted(actions.requested):
        qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)


def test_an_empty_sequence_switches_a_shortcut_off(actions):
    actions.bind({"new_chat": ""})

    assert actions.action("new_chat").shortcut().isEmpty()
    assert keys_of(COMMANDS[0], {"new_chat": ""}) == ()


def test_the_tool_tip_names_the_keys(actions):
    assert actions.action("new_chat").toolTip() == "New chat (Ctrl+N)"
    actions.bind({"new_chat": ""})
    assert actions.action("new_chat").toolTip() == "New chat"


def test_keys_of_two_commands_are_reported():
    assert conflicts({"new_chat": "Ctrl+R"}) == {"Ctrl+R": ["new_chat", "regenerate"]}


def test_a_key_that_is_held_down_does_again_only_what_goes_step_by_step(actions):
    held = [command.name for command in COMMANDS if actions.action(command.name).autoRepeat()]

    finding = ["find_next", "find_previous"]
    assert held == [*finding, "next_chat", "previous_chat", "zoom_in", "zoom_out"]


def test_the_tool_tip_of_a_button_names_the_present_keys(window):
    actions, button = Actions(window), QPushButton(window)
    actions.explain("new_chat", button)
    assert button.toolTip() == "New chat (Ctrl+N)"

    actions.bind({"new_chat": "Ctrl+J"})

    assert button.toolTip() == "New chat (Ctrl+J)"
    actions.bind({"new_chat": ""})
    assert button.toolTip() == "New chat"


@pytest.mark.parametrize(
    ("keys", "other"),
    [
        ("Ctrl+Shift+:", "copy_code"),  # so an English keyboard says Ctrl+Shift+;
        ("Ctrl+:", "copy_code"),
        ("Ctrl+Shift++", "zoom_in"),
        ("Ctrl+Shift+=", "zoom_in"),
        ("Ctrl+Num++", "zoom_in"),
        ("Ctrl+Num+-", "zoom_out"),
        ("Ctrl+Num+0", "zoom_reset"),
    ],
)
def test_other_words_for_a_press_that_has_a_command_are_a_conflict(qapp, keys, other):
    ((text, names),) = conflicts({"duplicate_chat": keys}).items()

    assert text == keys
    assert set(names) == {"duplicate_chat", other}


@pytest.mark.parametrize(
    "keys", ["Ctrl+;", "Ctrl+Shift+,", "Ctrl+Shift+N", "Ctrl+Shift+-", "Ctrl+1"]
)
def test_a_press_that_no_command_has_is_no_conflict(qapp, keys):
    assert conflicts({"duplicate_chat": keys}) == {}
