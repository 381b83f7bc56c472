"""The list of chats in the real window while another program locks the file of the chats."""

from __future__ import annotations

import sqlite3

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QListView

from ai_coder.chat.store import ChatStore
from tests.conftest import until
from tests.test_window_locked import QUESTION, locked
from tests.window import asked, choose, find, opened, question

ROW = Qt.ItemDataRole.UserRole


@pytest.fixture
def servers(servers, monkeypatch):
    monkeypatch.setattr("ai_coder.chat.store_open.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("ai_coder.chat.late_changes._TOLD_AFTER", 0.1)
    return servers


def named(app):
    """The titles in the list, from the top, pinned ones with a star."""
    model = find(app, QListView, "conversationList").model()
    rows = [model.index(row, 0).data(ROW) for row in range(model.rowCount())]
    return [("* " if r.is_pinned else "") + r.title for r in rows if r.conversation_id is not None]


def on_disk(paths):
    """What a second program reads of each chat: title, pinned, deleted."""
    with sqlite3.connect(paths.database_file) as db:
        found = db.execute(
            "SELECT title, is_pinned, deleted_at IS NOT NULL FROM conversation ORDER BY id"
        ).fetchall()
    db.close()
    return found


async def three_chats(app, qtbot):
    """Have the chats One, Two and Three; their ids."""
    await choose(app)
    made = []
    for prompt in ("one", "two", "three"):
        if made:
            await app.pane.show_new()
        await asked(app, qtbot, prompt)
        made.append(app.pane.chat.id)
    await until(lambda: not app.pane.chat.has_unsaved_draft)
    await until(lambda: named(app) == ["Three", "Two", "One"])
    return made


async def test_what_is_done_to_chats_is_shown_at_once_and_done_when_the_file_is_free(
    paths, theme, qtbot, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        one, two, three = await three_chats(app, qtbot)
        with locked(paths):
            app.pane.list.rename_requested.emit(three, "Renamed")
            app.pane.list.pin_requested.emit(one, True)
            app.pane.list.delete_requested.emit(two)
            await until(lambda: named(app) == ["* One", "Renamed"])
            app.pane.list.rename_requested.emit(three, "Renamed again")
            await until(lambda: named(app) == ["* One", "Renamed again"])
            await until(lambda: "Not saved yet" in app.window.notice.text())
            assert [c.id for c in await app.store.deleted_conversations()] == [two]
            assert on_disk(paths) == [("One", 0, 0), ("Two", 0, 0), ("Three", 0, 0)]

        await until(lambda: "saved now" in app.window.notice.text())

        assert on_disk(paths) == [("One", 1, 0), ("Two", 0, 1), ("Renamed again", 0, 0)]
        assert named(app) == ["* One", "Renamed again"]


async def test_a_draft_that_waits_holds_up_nothing(paths, theme, qtbot, servers, monkeypatch):
    async with opened(paths, theme, qtbot, **servers) as app:
        one, two, _three = await three_chats(app, qtbot)
        store = app.store._file.writer
        await store.read(lambda db: db.execute("PRAGMA busy_timeout = 600000"))  # ten minutes
        monkeypatch.setattr("ai_coder.ui.chat.drafts._LOCKED_PAUSE_MS", 20)
        with locked(paths):
            app.pane.view.prompt_bar.edit.setPlainText("half a thought")
            app.pane.drafts.save_now()
            await until(lambda: app.pane.drafts.is_waiting)

            app.pane.list.rename_requested.emit(two, "Renamed")
            await until(lambda: named(app) == ["Three", "Renamed", "One"])
            app.pane.open(one)
            await until(lambda: app.pane.chat.id == one)
        await until(lambda: not app.store.has_unfinished)


async def test_a_chat_deleted_and_taken_back_while_the_file_is_locked_is_there(
    paths, theme, qtbot, servers, monkeypatch
):
    monkeypatch.setattr("ai_coder.chat.late_changes._TOLD_AFTER", 1e9)
    async with opened(paths, theme, qtbot, **servers) as app:
        _one, two, three = await three_chats(app, qtbot)
        with locked(paths):
            app.pane.list.delete_requested.emit(three)
            await until(lambda: app.window.notice.text() == "“Three” is in the bin.")
            assert app.pane.chat.id == two
            app.window.notice._button.click()
            await until(lambda: app.pane.chat.id == three)
            await until(lambda: named(app) == ["Three", "Two", "One"])
        await until(lambda: not app.store.has_unfinished)

    assert [deleted for _title, _pinned, deleted in on_disk(paths)] == [0, 0, 0]


async def test_a_prompt_in_a_chat_that_waits_to_be_deleted_keeps_it(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        _one, _two, three = await three_chats(app, qtbot)
        with locked(paths):
            await app.store.delete(three)
            await asked(app, qtbot, "go on", 4)
        await until(lambda: not app.pane.saving.has_unsaved)

        assert await app.store.deleted_conversations() == []


@pytest.mark.usefixtures("_loop_outlives_window")
async def test_closing_asks_while_a_change_waits(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        one, _two, _three = await three_chats(app, qtbot)
        with locked(paths):
            app.pane.list.rename_requested.emit(one, "Renamed")
            await until(lambda: app.store.has_unfinished)
            app.window.close()
            assert question(app, QUESTION) is not None
            assert app.window.isVisible()

        await until(lambda: not app.window.isVisible())  # it is done now, so nothing is lost
    assert on_disk(paths)[0][0] == "Renamed"


@pytest.mark.usefixtures("_loop_outlives_window")
async def test_closing_asks_while_a_draft_waits(paths, theme, qtbot, servers, monkeypatch):
    monkeypatch.setattr("ai_coder.ui.chat.drafts._LOCKED_PAUSE_MS", 50)
    monkeypatch.setattr("ai_coder.ui.chat.drafts._TOLD_AFTER", 0.1)
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        with locked(paths):
            app.pane.view.prompt_bar.edit.setPlainText("half a thought")
            await until(lambda: "Not saved yet" in app.window.notice.text())
            app.window.close()
            assert question(app, QUESTION) is not None

        await until(lambda: not app.window.isVisible())
        assert "Not saved yet" not in app.window.notice.text()


async def test_a_change_that_waits_is_made_at_closing(paths, monkeypatch):
    monkeypatch.setattr("ai_coder.chat.late_changes._FIRST_PAUSE", 1e5)
    store = ChatStore(paths.database_file)
    await store.open()
    chat = await store.create_conversation("Before")
    with locked(paths):
        await store.rename(chat.id, "After")
        assert (await store.conversation(chat.id)).title == "After"

    await store.aclose()

    assert on_disk(paths) == [("After", 0, 0)]
