"""The real window while memory stands in for the file of the chats."""

from __future__ import annotations

import sqlite3

import pytest
from PyQt6.QtWidgets import QFileDialog, QListView, QPlainTextEdit

from ai_coder.chat.migrations import SCHEMA_VERSION
from ai_coder.chat.store import ChatStore
from tests.chat.conftest import go_on_in_memory
from tests.conftest import until
from tests.window import asked, choose, find, opened, question

QUESTION = "unsavedChatsDialog"


async def newer_file(paths):
    store = ChatStore(paths.database_file)
    await store.open()
    await store.aclose()
    with sqlite3.connect(paths.database_file) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()


def text_on_disk(paths):
    with sqlite3.connect(paths.database_file) as db:
        found = [row[0] for row in db.execute("SELECT text FROM message ORDER BY id")]
    db.close()
    return found


async def test_chats_in_memory_are_saved_by_themselves_once_the_disk_has_room(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["the answer"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await go_on_in_memory(app.store, sqlite3.SQLITE_FULL)
        await until(lambda: "disk is full" in app.window.notice.text())
        assert app.window.notice._button.text() == "Open folder"
        await asked(app, qtbot, "two", 4)
        assert app.store.has_only_in_memory
        chat = app.pane.chat

        app.pane.saving._memory_pause.start(20)
        await until(lambda: "saved now" in app.window.notice.text())
        app.window.notice.dismiss()

        assert app.window.notice.text() == ""
        assert app.pane.chat is chat
        assert text_on_disk(paths) == ["one", "the answer", "two", "the answer"]
        await asked(app, qtbot, "three", 6)
    assert text_on_disk(paths)[4:] == ["three", "the answer"]


async def test_the_chats_of_a_file_that_was_locked_at_first_are_shown_once_it_is_free(
    paths, theme, qtbot, servers, monkeypatch
):
    monkeypatch.setattr("ai_coder.chat.store_open.BUSY_SECONDS", 0.05)
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "earlier")
    other = sqlite3.connect(paths.database_file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    async with opened(paths, theme, qtbot, **servers) as app:
        assert "locked by another program" in app.window.notice.text()
        find(app, QPlainTextEdit, "promptEdit").setPlainText("half a thought")
        app.pane.saving._memory_pause.start(20)
        other.execute("ROLLBACK")
        other.close()

        await until(lambda: "saved now" in app.window.notice.text())

        rows = find(app, QListView, "conversationList").model()
        await until(
            lambda: any("Earlier" in rows.index(row, 0).data() for row in range(rows.rowCount()))
        )
        await until(lambda: app.pane.chat.draft.text == "half a thought")


async def test_a_new_file_is_offered_where_one_is_found_damaged_and_there_is_no_backup(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["the answer"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await until(lambda: bool(app.store.backups()))
        for copy in app.store.backups():
            copy.unlink()
        await go_on_in_memory(app.store, sqlite3.SQLITE_CORRUPT)
        await until(lambda: "damaged" in app.window.notice.text())
        await app.store._file._close_reader()
        for log in paths.user_data.glob("chats.sqlite3-*"):
            log.unlink()  # or it would mend the file
        paths.database_file.write_bytes(b"no database" * 1000)

        app.window.notice._button.click()

        await until(lambda: "A new file is in use" in app.window.notice.text())
        assert "chats.damaged-1.sqlite3" in app.window.notice.text()
        await asked(app, qtbot, "two", 4)
    assert text_on_disk(paths) == ["one", "the answer", "two", "the answer"]


@pytest.mark.usefixtures("_loop_outlives_window")
async def test_closing_asks_for_what_is_only_in_memory_and_offers_to_export_it(
    paths, theme, qtbot, servers
):
    await newer_file(paths)
    async with opened(paths, theme, qtbot, **servers) as app:
        assert app.window.notice._button.text() == "Begin a new file"
        await choose(app)
        await asked(app, qtbot, "one")

        app.window.close()

        assert app.window.isVisible()
        export = button(app, "Export all…")
        export.click()
        await until(lambda: app.window.findChild(QFileDialog) is not None)
        app.window.findChild(QFileDialog).close()
        await until(lambda: question(app, QUESTION) is None)
        assert app.window.isVisible()
        app.window.close()
        button(app, "Quit anyway").click()
        assert not app.window.isVisible()


@pytest.mark.usefixtures("_loop_outlives_window")
async def test_closing_asks_nothing_where_nothing_was_said_in_memory(paths, theme, qtbot, servers):
    await newer_file(paths)
    async with opened(paths, theme, qtbot, **servers) as app:
        assert app.store.is_in_memory

        app.window.close()

        assert not app.window.isVisible()


def button(app, text):
    return next(each for each in question(app, QUESTION).buttons() if each.text() == text)
