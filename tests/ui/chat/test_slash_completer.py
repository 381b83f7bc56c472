import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from ai_coder.llm.templates import Template
from ai_coder.ui.chat.prompt_edit import PromptEdit
from ai_coder.ui.chat.slash_completer import SlashCompleter

TEMPLATES = [
    Template(name="explain", title="Explain", prompt="Explain this:\n\n{input}"),
    Template(name="shell", title="Shell", prompt="Say {input} in sh."),
    Template(name="sql", title="SQL", prompt="Write SQL:\n\n{input}"),
]


@pytest.fixture
def edit(qtbot, theme):
    window = QWidget()
    edit = PromptEdit(theme, window)
    QVBoxLayout(window).addWidget(edit)
    qtbot.addWidget(window)
    window.resize(500, 200)
    window.show()
    window.activateWindow()
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)
    edit.window_kept = window
    return edit


@pytest.fixture
def completer(edit, theme):
    return SlashCompleter(theme, edit, lambda: TEMPLATES)


def test_a_slash_at_the_start_offers_the_templates(edit, completer, qtbot):
    qtbot.keyClicks(edit, "/")

    assert completer.is_open
    assert completer.offered() == ["explain", "shell", "sql"]
    qtbot.keyClicks(edit, "s")
    assert completer.offered() == ["shell", "sql"]
    qtbot.keyClicks(edit, "zz")
    assert not completer.is_open


def test_a_slash_elsewhere_is_a_slash(edit, completer, qtbot):
    qtbot.keyClicks(edit, "a /")

    assert not completer.is_open


def test_enter_takes_the_chosen_one_and_does_not_send(edit, completer, qtbot):
    qtbot.keyClicks(edit, "/s")
    qtbot.keyClick(edit, Qt.Key.Key_Down)

    with (
        qtbot.assertNotEmitted(edit.send_requested),
        qtbot.waitSignal(completer.template_chosen) as chosen,
    ):
        qtbot.keyClick(edit, Qt.Key.Key_Return)

    assert chosen.args == ["sql"]
    assert edit.toPlainText() == "Write SQL:\n\n"
    assert not completer.is_open
    qtbot.keyClicks(edit, "all users")
    assert edit.toPlainText() == "Write SQL:\n\nall users"


def test_the_caret_stands_where_the_input_belongs(edit, completer, qtbot):
    qtbot.keyClicks(edit, "/shell")
    qtbot.keyClick(edit, Qt.Key.Key_Tab)

    qtbot.keyClicks(edit, "hello")

    assert edit.toPlainText() == "Say hello in sh."


def test_escape_closes_until_a_new_command_begins(edit, completer, qtbot):
    qtbot.keyClicks(edit, "/s")
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    qtbot.keyClicks(edit, "q")

    assert not completer.is_open
    edit.clear()
    qtbot.keyClicks(edit, "/")
    assert completer.is_open


def test_without_the_list_enter_sends_as_ever(edit, completer, qtbot):
    qtbot.keyClicks(edit, "Hi")

    with qtbot.waitSignal(edit.send_requested):
        qtbot.keyClick(edit, Qt.Key.Key_Return)


def test_a_command_written_out_is_expanded(completer):
    assert completer.expand("/sql all users")[0] == "Write SQL:\n\nall users"
    assert completer.expand("/sql")[1].name == "sql"
    assert completer.expand("/etc/hosts is what?") == ("/etc/hosts is what?", None)
    assert completer.expand("/nothing here") == ("/nothing here", None)
