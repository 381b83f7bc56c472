from __future__ import annotations

import pytest

from ai_coder.ui.actions import COMMANDS
from ai_coder.ui.fixed_keys import refusal


@pytest.mark.parametrize(
    "keys", ["Esc", "Return", "Tab", "Ctrl+Alt+A", "A", "Shift+A", "F", "Shift+F", "Del", "F+F1"]
)
def test_keys_that_would_disturb_typing_are_refused(qapp, keys):
    assert refusal(keys)


@pytest.mark.parametrize(
    ("keys", "use"),
    [
        ("Ctrl+C", "Ctrl+C copies."),
        ("Ctrl+V", "Ctrl+V pastes."),
        ("Ctrl+A", "Ctrl+A selects everything."),
        ("Ctrl+Z", "Ctrl+Z takes back what was typed."),
        ("Ctrl+Right", "Ctrl+Right moves the caret."),
        ("Ctrl+J", "Ctrl+J starts a new line."),
        ("Ctrl+Up", "Ctrl+Up looks through earlier prompts."),
        ("Ctrl+Shift+Enter", "Ctrl+Shift+Enter sends the prompt at once."),
        ("Alt+Left", "Alt+Left scrolls wide code and tables."),
    ],
)
def test_keys_that_have_a_meaning_already_are_refused_with_it(qapp, keys, use):
    assert refusal(keys) == use


@pytest.mark.parametrize("keys", ["Ctrl+G", "F5", "F12", "Shift+F3", "Alt+1", "Meta+F"])
def test_ordinary_keys_are_accepted(qapp, keys):
    assert refusal(keys) == ""


def test_the_usual_keys_of_every_command_are_accepted(qapp):
    assert [keys for command in COMMANDS for keys in command.keys if refusal(keys)] == []
