"""The Tab key goes through everything that can be used, in the order in which it is seen."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QPlainTextEdit, QTabWidget, QWidget

from tests.conftest import until
from tests.window import asked, choose, find, give_keyboard, opened

_SEEN = (
    "chatTab",
    "newChatButton",
    "searchField",
    "conversationList",
    "renameButton",
    "parametersButton",
    "transcriptMessage",
    "promptEdit",
    "modelPicker",
    "attachButton",
    "temperatureField",
    "manageTemplatesButton",
    "tryAgainButton",
    "statusLmStudio",
    "statusLlamaCpp",
    "localOnlyButton",
)


def can_be_reached(widget):
    takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return takes_tab and widget.isVisible() and widget.isEnabled() and not widget.focusProxy()


def stops(app):
    """Return every control of the window that takes the keyboard."""
    return {w for w in app.window.findChildren(QWidget) if can_be_reached(w)}


def walk(app, qtbot, key):
    """Press *key* until the first control has the keyboard again; return those that had it."""
    first = app.window.focusWidget()
    visited = [first]
    for _ in range(200):
        qtbot.keyClick(app.window.focusWidget(), key)
        if app.window.focusWidget() is first:
            return visited
        visited.append(app.window.focusWidget())
    raise AssertionError([w.objectName() for w in visited[:50]])


def names(widgets):
    return sorted(f"{type(w.parentWidget()).__name__} > {w.objectName()}" for w in widgets)


async def test_tab_goes_round_the_chat_both_ways(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await give_keyboard(app)
        app.actions.requested.emit("parameters")
        await until(lambda: app.window.findChild(QWidget, "temperatureField") is not None)
        find(app, QPlainTextEdit, "promptEdit").setFocus()

        forwards = walk(app, qtbot, Qt.Key.Key_Tab)
        backwards = walk(app, qtbot, Qt.Key.Key_Backtab)

        assert names(forwards) == names(stops(app))
        assert names(backwards) == names(stops(app))
        seen = [w.objectName() for w in forwards if w.objectName() in _SEEN]
        first = seen.index(_SEEN[0])
        assert seen[first:] + seen[:first] == list(_SEEN)


async def test_tab_goes_round_the_models(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await until(lambda: "models" in app.window._views)
        await give_keyboard(app)
        app.window.show_view("models")
        assert app.window.focusWidget().objectName() == "modelFilterField"

        forwards = walk(app, qtbot, Qt.Key.Key_Tab)

        assert names(forwards) == names(stops(app))


async def test_tab_goes_round_every_tab_of_the_settings(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await until(lambda: "settings" in app.window._views)
        await give_keyboard(app)
        app.window.show_view("settings")
        tabs = find(app, QTabWidget, "settingsTabs")
        for index in range(tabs.count()):
            tabs.setCurrentIndex(index)
            tabs.tabBar().setFocus()

            forwards = walk(app, qtbot, Qt.Key.Key_Tab)

            assert names(forwards) == names(stops(app)), tabs.tabText(index)
