"""What the chat does where there is little room."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from ai_coder.ui.chat.chat_header import ChatHeader
from ai_coder.ui.chat.prompt_bar import PromptBar
from ai_coder.ui.chat.side_panel import SidePanel
from ai_coder.ui.chat.sidebar import Sidebar
from ai_coder.ui.widgets.elided_button import ElidedButton

LEFT = Qt.MouseButton.LeftButton


def exposed(qtbot, widget, width, height=100):
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def test_the_header_keeps_its_title_and_puts_its_buttons_into_a_menu(theme, qtbot):
    header = exposed(qtbot, ChatHeader(theme), 900)
    assert header.findChild(QPushButton, "exportButton").isVisible()

    header.resize(400, 60)

    more = header.findChild(QToolButton, "moreButton")
    qtbot.waitUntil(more.isVisible)
    assert not header.findChild(QPushButton, "exportButton").isVisible()
    qtbot.mouseClick(more, LEFT)
    menu = header.findChild(QMenu)
    with qtbot.waitSignal(header.export_requested):
        next(action for action in menu.actions() if action.text() == "Export").trigger()
    menu.close()


def test_what_a_chat_does_differently_does_not_push_its_title_out(look, theme, qtbot):
    header = exposed(qtbot, ChatHeader(theme), 620)
    more = header.findChild(QToolButton, "moreButton")
    assert not more.isVisible()

    header.set_settings("Parameters of a template with a rather long name, changed", "")

    qtbot.waitUntil(more.isVisible)
    header.set_settings("", "")
    qtbot.waitUntil(lambda: not more.isVisible())


@pytest.fixture
def pane(theme, qtbot):
    pane = QWidget()
    pane.chats, pane.opener = QWidget(pane), QPushButton("Chats", pane)
    pane.sidebar = Sidebar(theme, pane, pane.chats, pane.opener)
    return exposed(qtbot, pane, 1000)


def test_the_list_makes_room_in_a_narrow_pane_and_comes_back(pane, qtbot):
    assert pane.chats.isVisible()
    assert not pane.opener.isVisible()

    pane.resize(500, 100)
    qtbot.waitUntil(lambda: not pane.chats.isVisible())
    qtbot.waitUntil(pane.opener.isVisible)
    pane.resize(1000, 100)

    qtbot.waitUntil(pane.chats.isVisible)


def test_the_list_makes_room_for_a_panel_on_the_other_side(pane, qtbot):
    panel = QWidget(pane)
    panel.setFixedWidth(300)
    pane.resize(900, 100)
    pane.sidebar.give_way_to(panel)
    assert pane.chats.isVisible()

    panel.show()
    qtbot.waitUntil(lambda: not pane.chats.isVisible())
    pane.resize(1000, 100)
    qtbot.waitUntil(pane.chats.isVisible)
    pane.resize(900, 100)
    qtbot.waitUntil(lambda: not pane.chats.isVisible())
    panel.hide()

    qtbot.waitUntil(pane.chats.isVisible)


def test_a_panel_covers_a_chat_that_would_be_too_narrow(theme, qtbot):
    view = QWidget()
    row = QHBoxLayout(view)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    chat, panel = QWidget(view), QWidget(view)
    row.addWidget(chat, 1)
    row.addWidget(panel)
    SidePanel(theme, view, chat, panel)
    exposed(qtbot, view, 700)
    qtbot.waitUntil(lambda: (chat.width(), panel.width()) == (400, 300))

    view.resize(600, 100)
    qtbot.waitUntil(lambda: not chat.isVisible() and panel.width() == 600)
    panel.hide()
    qtbot.waitUntil(lambda: chat.isVisible() and chat.width() == 600)
    panel.show()
    qtbot.waitUntil(lambda: not chat.isVisible())

    view.resize(900, 100)
    qtbot.waitUntil(lambda: chat.isVisible() and panel.width() == 300)
    theme.configure("light", 200)
    qtbot.waitUntil(lambda: not chat.isVisible())


def test_what_the_user_chose_holds(pane, qtbot):
    pane.resize(500, 100)
    qtbot.waitUntil(lambda: not pane.chats.isVisible())
    pane.sidebar.toggle()
    pane.resize(510, 100)
    assert pane.chats.isVisible()

    pane.sidebar.toggle()
    pane.resize(1000, 100)
    assert not pane.chats.isVisible()


def test_the_composer_gives_its_room_to_the_model(theme, qtbot):
    picker = QPushButton("qwen2.5-coder-7b-instruct")
    page = exposed(qtbot, QWidget(), 900)
    bar = PromptBar(theme, picker, page)
    bar.resize(900, 100)
    bar.show()
    bar.meter.set_values(11_200, 32_768, is_estimate=False)
    attach = bar.findChild(QPushButton, "attachButton")
    qtbot.waitUntil(lambda: attach.text() == "Attach" and bar.meter.isVisible())

    bar.resize(bar.layout().minimumSize().width() - 10, 100)
    qtbot.waitUntil(lambda: attach.text() == "")
    assert attach.accessibleName() == "Attach"
    bar.resize(bar.layout().minimumSize().width() - bar.meter.sizeHint().width(), 100)

    qtbot.waitUntil(lambda: not bar.meter.isVisible())
    bar.resize(bar.layout().minimumSize().width(), 100)
    qtbot.waitUntil(lambda: picker.width() >= picker.sizeHint().width())


def test_a_cut_button_says_the_whole_in_its_tool_tip(theme, qtbot):
    page = QWidget()
    column = QVBoxLayout(page)
    subject = ElidedButton("Explain how a Python context manager works", "", page)
    column.addWidget(subject)
    exposed(qtbot, page, 600)
    assert subject.text() == "Explain how a Python context manager works"

    page.resize(160, 100)

    qtbot.waitUntil(lambda: subject.text().endswith("…"))
    assert subject.toolTip() == subject.accessibleName() != subject.text()
    page.resize(600, 100)
    qtbot.waitUntil(lambda: not subject.toolTip())
