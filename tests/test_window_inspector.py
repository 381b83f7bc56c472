"""The request inspector in the whole window."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QGuiApplication
from PyQt6.QtWidgets import QLabel, QListWidget, QPlainTextEdit, QPushButton, QWidget

from ai_coder.ui.chat.message_menu import MessageMenu
from ai_coder.ui.widgets.switch import Switch
from tests.conftest import until
from tests.fake_cloud import KEY
from tests.server_fixtures import CLAUDE, KEYS, LLAMA
from tests.window import answered, find, messages, opened, ready

LEFT = Qt.MouseButton.LeftButton


async def test_the_inspector_records_only_when_it_is_switched_on(
    paths, theme, qtbot, world, claude
):
    environment = world(anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
        await ready(app, CLAUDE)
        await answered(app, qtbot, CLAUDE, "one")
        app.commands.run("request_inspector")
        dialog = find(app, QWidget, "inspectorDialog")
        listed = find(app, QListWidget, "exchangeList")
        assert dialog.isVisible()
        assert listed.count() == 0
        assert any("Switch recording on" in each.text() for each in dialog.findChildren(QLabel))

        dialog._switch.click()
        await answered(app, qtbot, CLAUDE, "two", count=4)
        await until(lambda: listed.count() > 0)
        (post,) = [e for e in app.core.network.inspector.exchanges() if e.is_answer]
        await until(lambda: post.ended_after is not None)
        qtbot.mouseClick(find(app, QPushButton, "copyCurlButton"), LEFT)
        copied = QGuiApplication.clipboard().text()
        assert copied.startswith("curl")
        assert "/v1/messages" in copied
        assert KEY not in copied
        assert post.first_byte_after is not None
        assert "message_stop" in post.answer


async def test_status_checks_are_shown_only_when_asked_for(paths, theme, qtbot, world, ollama):
    async with opened(paths, theme, qtbot, **world(ollama=ollama)) as app:
        await ready(app, LLAMA)
        app.core.network.inspector.is_on = True
        app.commands.run("request_inspector")
        listed = find(app, QListWidget, "exchangeList")
        app.health.ask_now()
        await until(lambda: len(app.core.network.inspector.exchanges()) > 0)
        await answered(app, qtbot, LLAMA, "one")
        await until(lambda: listed.count() == 1)
        assert "answers" in listed.item(0).text()

        qtbot.mouseClick(find(app, Switch, "statusChecksSwitch"), LEFT)
        await until(lambda: listed.count() > 1)
        assert any("status" in listed.item(row).text() for row in range(listed.count()))


async def test_the_menu_of_an_answer_opens_its_request(paths, theme, qtbot, world, ollama):
    async with opened(paths, theme, qtbot, **world(ollama=ollama)) as app:
        await ready(app, LLAMA)
        await answered(app, qtbot, LLAMA, "not recorded")
        app.core.network.inspector.is_on = True
        await answered(app, qtbot, LLAMA, "the first", count=4)
        await answered(app, qtbot, LLAMA, "the second", count=6)

        inspect(app, messages(app)[3])
        pages = find(app, QWidget, "inspectorDialog").findChildren(QPlainTextEdit)
        text = next(p for p in pages if p.accessibleName() == "Request").toPlainText
        await until(lambda: "the first" in text() and "the second" not in text())

        inspect(app, messages(app)[5])
        await until(lambda: "the second" in text())

        inspect(app, messages(app)[1])
        await until(lambda: "not recorded" in find(app, QLabel, "inspectorHint").text())
        assert text() == ""


def inspect(app, message):
    """Choose the entry in the menu of a message."""
    transcript = app.pane.view.transcript
    row = [m.id for m in transcript._layout.messages].index(message.id)
    menu = MessageMenu(transcript._layout.view(row), transcript, has_selection=False)
    menu.chosen.connect(lambda wish: transcript._choose(row, wish))
    menu.findChild(QAction, "inspect").trigger()
    menu.deleteLater()
