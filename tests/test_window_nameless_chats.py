"""Chats that begin without words in the real window: named after their file, gone when deleted."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QPlainTextEdit

from tests.conftest import until
from tests.window import asked, choose, find, opened


async def test_a_chat_that_begins_with_a_file_alone_is_called_like_it(
    paths, theme, qtbot, servers, tmp_path
):
    (tmp_path / "trace.log").write_text("it broke")
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        app.pane.attachments.add_files([tmp_path / "trace.log"])

        await until(lambda: len(app.pane.chat.files) == 1)
        await asked(app, qtbot, "")

        assert app.pane.chat.session.conversation.title == "trace.log"


async def test_deleting_a_chat_that_is_still_as_new_puts_nothing_into_the_bin(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        for _time in range(3):
            before = app.pane.chat.id
            app.commands.run("delete_chat")
            await until(lambda before=before: app.pane.chat.id != before)
            await until(lambda: not app.pane.care.tasks.is_running)

        assert app.window.notice.text() == ""
        assert await app.store.deleted_conversations() == []
        assert len(await app.store.conversations()) == 1


@pytest.mark.parametrize("kept", ["words", "name", "settings"])
async def test_deleting_a_chat_that_somebody_touched_can_be_undone(
    paths, theme, qtbot, servers, kept
):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        chat = app.pane.chat
        if kept == "words":
            qtbot.keyClicks(find(app, QPlainTextEdit, "promptEdit"), "half a thought")
        elif kept == "name":
            await chat.session.rename("For tomorrow")
        else:
            settings = chat.session.conversation.settings
            await chat.session.set_settings(type(settings)(system_prompt="Be brief."))

        app.commands.run("delete_chat")

        await until(lambda: "is in the bin" in app.window.notice.text())
        app.window.notice._button.click()
        await until(lambda: app.pane.chat.id == chat.id)
        if kept == "words":
            prompt = find(app, QPlainTextEdit, "promptEdit")
            await until(lambda: prompt.toPlainText() == "half a thought")
