"""The menus of the chat in the real window, and the keys beside their entries."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication, QComboBox, QListView, QToolButton, QWidget

from tests.conftest import until
from tests.window import asked, choose, find, give_keyboard, is_answered, messages, opened

LEFT = Qt.MouseButton.LeftButton
CODE = "See:\n\n```python\none\n```\n\nand\n\n```python\ntwo\n```\n"


async def opened_menu():
    await until(lambda: QApplication.activePopupWidget() is not None)
    return QApplication.activePopupWidget()


async def keys_in(menu):
    """Return what stands beside the entries of an open menu that have keys, and close it."""
    inside = [a for action in menu.actions() if action.menu() for a in action.menu().actions()]
    entries = [*menu.actions(), *inside]
    found = {e.text(): e.shortcut().toString() for e in entries if not e.shortcut().isEmpty()}
    menu.close()
    await until(lambda: QApplication.activePopupWidget() is None)
    return found


async def keys_of_chat(app, title):
    """Return the keys in the menu of a chat of the list."""
    view = find(app, QListView, "conversationList")
    model = view.model()
    number = next(n for n in range(model.rowCount()) if title in model.index(n, 0).data())
    view.customContextMenuRequested.emit(view.visualRect(model.index(number, 0)).center())
    return await keys_in(await opened_menu())


async def keys_of_message(app, number):
    """Return the keys in the menu of a message."""
    transcript = app.pane.view.transcript
    transcript._show_menu(number, transcript.mapToGlobal(QPoint(20, 20)))
    return await keys_in(await opened_menu())


async def rebind(app, **keys):
    """Use other keys, as the tab of the settings does."""
    shortcuts = app.settings.settings.shortcuts
    app.settings.change(shortcuts=shortcuts.model_copy(update={"bindings": keys}))
    await until(lambda: all(app.actions.keys(name) == each for name, each in keys.items()))


async def test_the_menu_of_the_chat_shows_the_keys_of_its_commands(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        app.window.resize(900, 700)
        theme.configure("light", 200)
        more = find(app, QToolButton, "moreButton")
        await until(more.isVisible)

        qtbot.mouseClick(more, LEFT)
        assert await keys_in(await opened_menu()) == {"Rename": "F2", "Find": "Ctrl+F"}

        await rebind(app, find_in_chat="", export_chat="Ctrl+E", rename_chat="F4")
        qtbot.mouseClick(more, LEFT)
        assert await keys_in(await opened_menu()) == {"Rename": "F4", "Export": "Ctrl+E"}


async def test_keys_stand_only_beside_the_chat_that_their_commands_mean(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["ok"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "first chat")
        first = app.pane.chat.id
        app.pane.new_chat()
        await until(lambda: app.pane.chat.id != first)
        await asked(app, qtbot, "second chat")
        bound = {"delete_chat": "Ctrl+D", "pin_chat": "Ctrl+P", "import_chats": "Ctrl+O"}
        await rebind(app, **bound)
        await until(lambda: find(app, QListView, "conversationList").model().rowCount() == 3)

        always = {"Import chats…": "Ctrl+O"}
        whole = {"Rename…": "F2", "Pin": "Ctrl+P", "Delete": "Ctrl+D", **always}
        assert await keys_of_chat(app, "Second chat") == whole
        assert await keys_of_chat(app, "First chat") == always

        app.pane.list._search.setText("chat")
        await until(lambda: app.pane.list._rows.rowCount() > 3)
        assert await keys_of_chat(app, "Second chat") == whole
        assert await keys_of_chat(app, "First chat") == always


async def test_keys_stand_only_beside_the_answer_and_the_code_that_their_commands_mean(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = [CODE]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await asked(app, qtbot, "two", 4)

        last = await keys_of_message(app, 3)
        assert last == {
            "Select all": "Ctrl+A",
            "Copy message as Markdown": "Ctrl+Shift+C",
            "Regenerate": "Ctrl+R",
            "Copy code": "Ctrl+Shift+;",
        }
        assert [await keys_of_message(app, n) for n in range(3)] == [{"Select all": "Ctrl+A"}] * 3


MESSAGE_KEYS = {
    "edit_prompt": "Ctrl+1",
    "continue_answer": "Ctrl+2",
    "previous_version": "Ctrl+3",
    "next_version": "Ctrl+4",
    "quote_selection": "Ctrl+5",
    "copy_message": "Ctrl+6",
}


async def test_the_keys_of_commands_for_messages_stand_in_their_menus(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["ok"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        app.actions.action("regenerate").trigger()
        await until(lambda: len(app.pane.chat.session.branches.parents) == 3)
        await until(lambda: is_answered(app))
        await rebind(app, **MESSAGE_KEYS)
        transcript = app.pane.view.transcript

        always = {"Select all": "Ctrl+A"}
        assert await keys_of_message(app, 0) == {"Edit": "Ctrl+1", **always}
        assert await keys_of_message(app, 1) == {
            "Copy message as Markdown": "Ctrl+Shift+C",
            "Regenerate": "Ctrl+R",
            "Continue": "Ctrl+2",
            "Previous version": "Ctrl+3",
            "Next version": "Ctrl+4",
            **always,
        }
        transcript._focus_message(0)
        copies = {"Copy message as Markdown": "Ctrl+6"}
        assert await keys_of_message(app, 0) == {"Edit": "Ctrl+1", **copies, **always}


async def test_commands_do_what_the_menu_of_a_message_does(paths, theme, qtbot, lm_studio, servers):
    lm_studio.then(["first answer"], ["second answer"], [" goes on"])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        app.actions.action("regenerate").trigger()
        await until(lambda: is_answered(app) and messages(app)[-1].text == "second answer")
        transcript, clipboard = app.pane.view.transcript, QApplication.clipboard()
        bar = app.pane.view.prompt_bar

        app.actions.action("previous_version").trigger()
        await until(lambda: messages(app)[-1].text == "first answer")
        app.actions.action("next_version").trigger()
        await until(lambda: messages(app)[-1].text == "second answer")

        app.actions.action("continue_answer").trigger()
        await until(lambda: is_answered(app) and messages(app)[-1].text == "second answer goes on")

        app.actions.action("copy_message").trigger()
        assert clipboard.text() == "second answer goes on"
        transcript._focus_message(0)
        app.actions.action("copy_message").trigger()
        assert clipboard.text() == "one"

        transcript.select_all()
        app.actions.action("quote_selection").trigger()
        assert bar.text().startswith("> one")
        bar.set_text("")

        app.actions.action("edit_prompt").trigger()
        await until(lambda: bar.is_editing)
        assert bar.text() == "one"


async def test_a_version_that_is_asked_for_twice_at_once_is_shown_once(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.then(["first answer"], ["second answer"], ["third answer"])
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        for text in ("second answer", "third answer"):
            app.actions.action("regenerate").trigger()
            await until(lambda text=text: is_answered(app) and messages(app)[-1].text == text)

        for _time in range(3):
            app.actions.action("previous_version").trigger()

        await until(lambda: not app.turns._tasks.is_running)
        assert messages(app)[-1].text == "second answer"
        assert app.pane.view.transcript.has(messages(app)[-1].id)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("continue_answer", "There is no answer that can be continued."),
        ("previous_version", "The last answer has only one version."),
        ("next_version", "The last answer has only one version."),
        ("quote_selection", "Select something in the chat first."),
    ],
)
async def test_a_command_that_has_no_message_to_act_on_says_so(
    paths, theme, qtbot, servers, command, words
):
    async with opened(paths, theme, qtbot, **servers) as app:
        app.actions.action(command).trigger()

        await until(lambda: app.window.status._said == words)


async def test_a_key_copies_the_same_code_as_the_menu(paths, theme, qtbot, lm_studio, servers):
    lm_studio.reply = [CODE]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        transcript, clipboard = app.pane.view.transcript, QApplication.clipboard()
        row = len(messages(app)) - 1

        app.actions.action("copy_code").trigger()
        by_key = clipboard.text()
        clipboard.clear()
        transcript._choose(row, "code:1:copy")

        assert clipboard.text() == by_key == "two\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1. Run\n\n   ```sh\n   ls\n     -l\n   ```\n", "ls\n  -l\n"),
        ("Run:\n\n    ls\n    -l\n\nand wait.", "ls\n-l\n"),
        ("> ```\n> quoted\n> ```\n", "quoted\n"),
        ("~~~\n```\ninside\n```\n~~~\n", "```\ninside\n```\n"),
    ],
)
async def test_a_key_copies_the_last_code_as_it_is_shown(
    paths, theme, qtbot, lm_studio, servers, text, code
):
    lm_studio.reply = [text]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        QApplication.clipboard().clear()

        app.actions.action("copy_code").trigger()

        assert QApplication.clipboard().text() == code
        assert app.window.status._said == "Copied"
        assert "Copy code" in await keys_of_message(app, 1)


async def test_where_no_answer_has_code_the_key_leaves_the_clipboard(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["Nothing."]
    async with opened(paths, theme, qtbot, **servers) as app:
        QApplication.clipboard().setText("before")
        app.actions.action("copy_code").trigger()
        await choose(app)
        await asked(app, qtbot, "one")

        app.actions.action("copy_code").trigger()

        assert QApplication.clipboard().text() == "before"


async def test_the_model_dropdown_names_its_present_keys(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        picker = find(app, QComboBox, "modelPicker")
        assert picker.toolTip() == "Choose a model (Ctrl+L)"

        await rebind(app, choose_model="Ctrl+M")

        assert picker.toolTip() == "Choose a model (Ctrl+M)"


async def test_every_list_of_the_window_opens_its_menu_by_keyboard(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["ok"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await until(lambda: "models" in app.window._views)
        await give_keyboard(app)

        found = []
        for view, name in (
            ("chat", "conversationList"),
            ("chat", "transcriptMessage"),
            ("models", "modelTable"),
        ):
            app.window.show_view(view)
            place = find(app, QWidget, name)
            place.setFocus(Qt.FocusReason.TabFocusReason)
            qtbot.keyClick(place, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
            menu = await opened_menu()
            qtbot.keyClick(menu, Qt.Key.Key_Down)
            found.append(menu.activeAction().text())
            await keys_in(menu)

        assert found == ["Rename…", "Select all", "Use in chat"]
