"""A menu that is made for one opening."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import QMainWindow, QPushButton

from ai_coder.ui.actions import Actions
from ai_coder.ui.widgets.passing_menu import PassingMenu

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot):
    window = QMainWindow()
    window.setCentralWidget(QPushButton("Go", window))
    window.actions_of_commands = Actions(window)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


@pytest.fixture
def menu(window):
    return PassingMenu(window)


def test_an_entry_does_what_it_says_and_the_menu_is_gone(window, menu, qtbot):
    done = []
    entry = menu.add("Rename", lambda: done.append("renamed"))
    menu.popup(window.mapToGlobal(QPoint(20, 20)))
    qtbot.waitUntil(menu.isVisible)

    with qtbot.waitSignal(menu.destroyed):
        qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(entry).center())

    assert done == ["renamed"]


def test_keys_make_room_beside_the_words_and_are_no_part_of_them(window, menu):
    plain = PassingMenu(window)
    plain.add("Rename", window.close)

    entry = menu.add("Rename", window.close, QKeySequence("Ctrl+Shift+F2"))

    assert menu.sizeHint().width() > plain.sizeHint().width()
    assert entry.text() == "Rename"


@pytest.mark.parametrize("is_inner", [False, True])
def test_keys_that_are_shown_ask_once_for_their_command(window, menu, qtbot, activate, is_inner):
    commands, chosen = window.actions_of_commands, []
    place = menu.add_menu("More") if is_inner else menu
    place.add("Rename", lambda: chosen.append("entry"), commands.keys("rename_chat"))
    commands.requested.connect(chosen.append)
    activate(window)
    menu.popup(window.mapToGlobal(QPoint(20, 20)))
    qtbot.waitUntil(menu.isVisible)

    qtbot.keyClick(menu, Qt.Key.Key_F2)
    assert chosen == []
    menu.hide()
    qtbot.keyClick(window.centralWidget(), Qt.Key.Key_F2)

    assert chosen == ["rename_chat"]


def test_a_menu_within_opens_again_after_it_was_closed(window, menu, qtbot):
    child = menu.add_menu("Open link")
    child.add("https://example.org", window.close)
    child.popup(window.mapToGlobal(QPoint(20, 20)))
    qtbot.waitUntil(child.isVisible)
    child.close()
    window.repaint()

    child.popup(window.mapToGlobal(QPoint(20, 20)))

    qtbot.waitUntil(child.isVisible)
    child.close()
