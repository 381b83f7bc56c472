"""The chat by keyboard in the real window, and what is told in passing."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QLineEdit, QListView, QPushButton, QWidget

from ai_coder.owners import announcements
from tests.conftest import until
from tests.fake_lm_studio import Reply
from tests.window import (
    ask,
    asked,
    choose,
    find,
    give_keyboard,
    is_answered,
    messages,
    opened,
    prompt,
)

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def said(app):
    return app.window.status._message.text()


async def test_esc_closes_the_find_bar_then_the_edit_and_then_stops(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(["first"], Reply(content=["half ", "x"], stall_after=1))
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await give_keyboard(app)

        qtbot.keyClick(prompt(app), Qt.Key.Key_Up)
        assert prompt(app).toPlainText() == "one"
        assert app.pane.view.prompt_bar.is_editing
        qtbot.keyClick(prompt(app), Qt.Key.Key_Escape)
        assert not app.pane.view.prompt_bar.is_editing
        assert prompt(app).toPlainText() == ""

        ask(app, qtbot, "two")
        await until(lambda: len(messages(app)) == 4 and messages(app)[-1].text == "half ")
        qtbot.keyClick(prompt(app), Qt.Key.Key_F, CTRL)
        field = find(app, QLineEdit, "findField")
        assert field.isVisible()
        qtbot.keyClicks(field, "first")
        told = app.pane.view.find_bar.findChildren(QLabel)
        await until(lambda: "1 of 1" in [each.text() for each in told])
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert not field.isVisible()
        assert app.pane.chat.is_running

        qtbot.keyClick(prompt(app), Qt.Key.Key_Escape)
        await until(lambda: is_answered(app, 4))
        assert messages(app)[-1].status == "stopped"


async def test_how_the_last_answer_ended_is_told_no_more_while_the_next_one_runs(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(["first"], Reply(content=["half ", "x"], stall_after=1))
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        assert said(app).startswith("Answer ready")

        ask(app, qtbot, "two")
        await until(lambda: len(messages(app)) == 4 and messages(app)[-1].text == "half ")

        assert said(app) == ""
        app.turns.stop()
        await until(lambda: is_answered(app, 4))


async def test_what_is_typed_goes_to_the_prompt_after_every_command(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await give_keyboard(app)
        first = app.pane.chat.id

        qtbot.keyClick(app.window.focusWidget(), Qt.Key.Key_N, CTRL)
        await until(lambda: app.pane.chat.id != first)
        qtbot.keyClicks(app.window.focusWidget(), "typed at once")
        assert prompt(app).toPlainText() == "typed at once"

        for command in ("next_chat", "toggle_sidebar", "toggle_sidebar", "show_chat", "regenerate"):
            app.actions.requested.emit(command)
            await until(lambda: not app.pane.tasks.is_running)
            assert app.window.focusWidget() is prompt(app), command

        qtbot.mouseClick(find(app, QPushButton, "newChatButton"), Qt.MouseButton.LeftButton)
        assert app.window.focusWidget() is prompt(app)


async def test_chats_are_walked_and_the_list_is_hidden_by_keyboard(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["ok"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await give_keyboard(app)
        for name in ("first chat", "second chat", "third chat"):
            qtbot.keyClick(prompt(app), Qt.Key.Key_N, CTRL)
            await until(lambda: not app.pane.tasks.is_running)
            await asked(app, qtbot, name)
        titles = ["Third chat", "Second chat", "First chat"]
        await until(lambda: app.pane.list._rows.rowCount() == 4)

        walked = []
        for modifiers in (CTRL, CTRL, CTRL, CTRL | SHIFT):
            before = app.pane.chat.id
            key = Qt.Key.Key_Tab if modifiers == CTRL else Qt.Key.Key_Backtab
            qtbot.keyClick(prompt(app), key, modifiers)
            await until(lambda before=before: app.pane.chat.id != before)
            await until(lambda: not app.pane.tasks.is_running)
            walked.append(app.pane.chat.session.conversation.title)
        assert walked == [titles[1], titles[2], titles[0], titles[2]]

        chats = find(app, QListView, "conversationList")
        qtbot.keyClick(prompt(app), Qt.Key.Key_B, CTRL)
        assert not chats.isVisible()
        qtbot.keyClick(prompt(app), Qt.Key.Key_B, CTRL)
        assert chats.isVisible()

        qtbot.keyClick(prompt(app), Qt.Key.Key_F, CTRL | SHIFT)
        field = find(app, QLineEdit, "searchField")
        assert field.hasFocus()
        qtbot.keyClicks(field, "zzz")
        await until(lambda: app.pane.list._rows.rowCount() == 1)
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        await until(lambda: app.pane.list._rows.rowCount() == 4)

        qtbot.keyClick(prompt(app), Qt.Key.Key_F2)
        editor = find(app, QLineEdit, "renameField")
        qtbot.keyClick(editor, Qt.Key.Key_Escape)
        await until(lambda: app.window.findChild(QLineEdit, "renameField") is None)
        assert app.pane.chat.session.conversation.title == titles[2]


async def work_elsewhere(app):
    """Make another window the active one."""
    other = QWidget(app.window, Qt.WindowType.Window)
    other.show()
    other.activateWindow()
    await until(lambda: other.isActiveWindow() and not app.window.isActiveWindow())


async def test_copied_links_and_ready_answers_are_told_in_passing(
    paths, theme, qtbot, lm_studio, servers, monkeypatch
):
    monkeypatch.setattr(announcements, "COPIED_MS", 30)
    lm_studio.reply = ["see [this](https://example.org)"]
    async with opened(paths, theme, qtbot, **servers) as app:
        alerts = []
        app.announcements._alert = alerts.append
        await choose(app)
        await work_elsewhere(app)
        await asked(app, qtbot, "Where?")
        assert said(app) == "Answer ready · Where"
        assert app.window.windowTitle().startswith("Answer ready")
        assert alerts == [app.window]

        await give_keyboard(app)
        assert app.window.windowTitle() == "AI Coder Assistant"

        transcript = app.pane.view.transcript
        transcript.link_hovered.emit("https://example.org")
        assert said(app) == "https://example.org"
        transcript.link_hovered.emit("")
        assert said(app) == ""

        qtbot.keyClick(prompt(app), Qt.Key.Key_C, CTRL | SHIFT)
        assert said(app) == "Copied"
        await until(lambda: said(app) == "")

        transcript.copy_progressed.emit(40)
        assert app.window.status._said == "Copying… 40 %"
        transcript.copy_progressed.emit(100)
        assert app.window.status._said == "Copied"


class Desktop:
    """Stands in for the desktop: remembers what it was asked to show."""

    def __init__(self):
        self.shown = []

    def show(self, title, text):
        self.shown.append((title, text))

    def withdraw(self):
        self.shown.append("withdrawn")


async def test_the_desktop_tells_of_long_answers_only_and_only_where_it_is_wanted(
    paths, theme, qtbot, lm_studio, servers, monkeypatch
):
    lm_studio.reply = ["ok"]
    async with opened(paths, theme, qtbot, **servers) as app:
        desktop = app.announcements._notice = Desktop()
        await choose(app)
        await work_elsewhere(app)
        await asked(app, qtbot, "Short")
        assert desktop.shown == []

        monkeypatch.setattr(announcements, "LONG_SECONDS", 0.0)
        await asked(app, qtbot, "Long", 4)
        assert desktop.shown == [("Answer ready", "Short")]

        general = app.settings.settings.general
        app.settings.change(general=general.model_copy(update={"desktop_notices": False}))
        await until(lambda: not app.settings.settings.general.desktop_notices)
        await asked(app, qtbot, "Unwanted", 6)
        assert desktop.shown == [("Answer ready", "Short")]

        await give_keyboard(app)
        await until(lambda: desktop.shown[-1] == "withdrawn")


async def test_a_click_on_the_notice_brings_the_chat_back(
    paths, theme, qtbot, servers, monkeypatch
):
    monkeypatch.setattr(announcements, "LONG_SECONDS", 0.0)
    async with opened(paths, theme, qtbot, **servers) as app:
        notice = app.announcements.notice
        await choose(app)
        await asked(app, qtbot, "Long")
        told_of = app.pane.chat.id
        app.pane.new_chat()
        await until(lambda: app.pane.chat.id != told_of)
        app.window.show_view("settings")
        app.window.showMinimized()

        notice.clicked.emit()

        await until(lambda: app.pane.chat.id == told_of)
        assert not app.window.isMinimized()
        assert app.window.current_view == "chat"


async def test_buttons_of_the_chat_name_their_keys(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        tips = [find(app, QPushButton, f"{name}Button").toolTip() for name in ("newChat", "find")]

        assert tips == ["New chat (Ctrl+N)", "Find in chat (Ctrl+F)"]


async def test_esc_in_another_view_leaves_the_answer_behind_it_alone(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(Reply(content=["half ", "x"], stall_after=1))
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "one")
        await until(lambda: len(messages(app)) == 2 and messages(app)[-1].text == "half ")
        app.window.show_view("models")
        await until(lambda: app.window.current_view == "models")
        await give_keyboard(app)

        with qtbot.assertNotEmitted(app.turns.stopped):
            qtbot.keyClick(find(app, QWidget, "modelsTab"), Qt.Key.Key_Escape)
        assert app.pane.chat.is_running

        app.window.show_view("chat")
        qtbot.keyClick(prompt(app), Qt.Key.Key_Escape)
        await until(lambda: is_answered(app, 2))
        assert messages(app)[-1].status == "stopped"
