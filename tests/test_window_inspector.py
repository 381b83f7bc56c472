"""The request inspector in the whole window."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QLabel, QListWidget, QPushButton, QWidget

from tests.conftest import until
from tests.fake_cloud import KEY
from tests.server_fixtures import CLAUDE, KEYS
from tests.window import answered, find, opened, ready

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
        exchanges = app.core.network.inspector.exchanges()
        post = next(e for e in exchanges if e.method == "POST")
        listed.setCurrentRow(exchanges.index(post))
        qtbot.mouseClick(find(app, QPushButton, "copyCurlButton"), LEFT)
        copied = QGuiApplication.clipboard().text()
        assert copied.startswith("curl")
        assert "/v1/messages" in copied
        assert KEY not in copied
        assert post.first_byte_after is not None
        assert "message_stop" in post.answer
