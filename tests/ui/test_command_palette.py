from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit, QMainWindow

from ai_coder.ui.actions import COMMANDS, Actions
from ai_coder.ui.command_palette import CommandPalette, match_score
from ai_coder.ui.command_words import WORDS


@pytest.fixture
def window(qtbot):
    window = QMainWindow()
    window.resize(1000, 700)
    qtbot.addWidget(window)
    window.show()
    return window


@pytest.fixture
def actions(window):
    return Actions(window)


@pytest.fixture
def palette(theme, actions, window):
    palette = CommandPalette(theme, actions, window)
    palette.open()
    return palette


def search(palette):
    return palette.findChild(QLineEdit, "paletteSearch")


def test_all_commands_are_listed_but_the_palette_itself(palette):
    assert "new_chat" in palette.commands()
    assert "command_palette" not in palette.commands()


def test_typing_finds_and_enter_runs(palette, actions, qtbot):
    qtbot.keyClicks(search(palette), "regen")
    assert palette.commands()[0] == "regenerate"

    with qtbot.waitSignal(actions.requested) as wish:
        qtbot.keyClick(search(palette), Qt.Key.Key_Return)

    assert wish.args == ["regenerate"]
    assert not palette.isVisible()


def test_arrow_keys_choose(palette, actions, qtbot):
    second = palette.commands()[1]
    qtbot.keyClick(search(palette), Qt.Key.Key_Down)

    with qtbot.waitSignal(actions.requested) as wish:
        qtbot.keyClick(search(palette), Qt.Key.Key_Return)

    assert wish.args == [second]


def test_nothing_found_does_nothing(palette, actions, qtbot):
    qtbot.keyClicks(search(palette), "zzzz")

    with qtbot.assertNotEmitted(actions.requested):
        qtbot.keyClick(search(palette), Qt.Key.Key_Return)


def test_it_opens_empty_again(palette, qtbot):
    qtbot.keyClicks(search(palette), "regen")

    palette.open()

    assert search(palette).text() == ""


def test_better_matches_have_lower_scores():
    assert match_score("new", "New chat") < match_score("hat", "New chat")
    assert match_score("hat", "New chat") < match_score("nwct", "New chat")
    assert match_score("xyz", "New chat") is None


def test_the_palette_is_as_high_as_what_it_lists(palette, qtbot):
    whole = palette.window().height()
    qtbot.keyClicks(search(palette), "zzzz")

    assert palette.commands() == []
    assert palette.window().height() < whole / 2


@pytest.mark.parametrize("typed", ["pin", "pin chat", "t", "zzzz"])
def test_typing_leaves_no_gaps_and_the_field_in_its_place(palette, qtbot, typed):
    field = search(palette)
    place = field.mapToGlobal(field.rect().topLeft())

    qtbot.keyClicks(field, typed)

    card = palette.window()
    assert card.height() == card.sizeHint().height()
    qtbot.waitUntil(lambda: palette.height() == card.height())
    assert field.mapToGlobal(field.rect().topLeft()) == place
    assert palette.height() == palette.layout().minimumSize().height()


def test_other_words_find_a_command_too(palette, qtbot):
    for typed, name in (("theme", "switch_theme"), ("prefer", "show_settings"), ("exit", "quit")):
        search(palette).clear()
        qtbot.keyClicks(search(palette), typed)
        assert palette.commands()[0] == name

    search(palette).clear()
    qtbot.keyClicks(search(palette), "new")
    assert palette.commands()[0] == "new_chat"
    assert set(WORDS) <= {command.name for command in COMMANDS}


def test_escape_closes_it_whatever_was_typed(palette, actions, qtbot):
    qtbot.keyClicks(search(palette), "regen")

    with qtbot.assertNotEmitted(actions.requested):
        qtbot.keyClick(search(palette), Qt.Key.Key_Escape)

    assert not palette.isVisible()
