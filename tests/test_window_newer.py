"""The real window on a file of chats that a newer version wrote."""

from __future__ import annotations

import sqlite3

from PyQt6.QtWidgets import QFileDialog, QPlainTextEdit

from ai_coder.chat.file_lock import only_one
from ai_coder.chat.store import ChatStore
from tests.chat.conftest import go_on_in_memory
from tests.chat.test_store_faults import make_newer
from tests.conftest import until
from tests.window import asked, choose, find, messages, opened


async def newer_file(paths, title, *, has_backup=True):
    """Let a newer version have written the file, and this one a copy before."""
    store = ChatStore(paths.database_file)
    await store.open()
    await store.create_conversation(title)
    if has_backup:
        await store.back_up()
    await store.aclose()
    make_newer(paths.database_file)


def notice(app):
    return app.window.notice.text()


async def titles(app):
    return {conversation.title for conversation in await app.store.conversations()}


async def test_a_backup_takes_the_place_of_a_newer_file_and_both_are_named(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["the answer"]
    await newer_file(paths, "Earlier")
    async with opened(paths, theme, qtbot, **servers) as app:
        assert "newer version" in notice(app)
        assert "newest backup that can be used is of" in notice(app)
        await choose(app)
        await asked(app, qtbot, "in memory")
        find(app, QPlainTextEdit, "promptEdit").setPlainText("half a thought")

        app.window.notice._button.click()

        await until(lambda: "The backup is in use" in notice(app))
        assert "chats.newer-1.sqlite3" in notice(app)
        assert [m.text for m in messages(app)] == ["in memory", "the answer"]  # as before
        assert find(app, QPlainTextEdit, "promptEdit").toPlainText() == "half a thought"
        assert await titles(app) == {"Earlier", "In memory"}

    assert paths.database_file.with_name("chats.newer-1.sqlite3").exists()
    async with opened(paths, theme, qtbot, **servers) as app:
        assert notice(app) == ""
        assert await titles(app) == {"Earlier", "In memory"}


async def test_words_typed_while_the_file_is_replaced_are_not_lost(paths, theme, qtbot, servers):
    await newer_file(paths, "Earlier")
    async with opened(paths, theme, qtbot, **servers) as app:
        edit = find(app, QPlainTextEdit, "promptEdit")
        edit.setPlainText("half a thought")

        async def replaced():
            aside = await app.store.replace_file(app.store.backups()[0])
            qtbot.keyClicks(edit, "more than ")
            return aside

        await app.pane.reopening.reopen(replaced)

        assert not app.store.is_in_memory
        assert edit.toPlainText() == "more than half a thought"
        await until(lambda: not app.pane.chat.has_unsaved_draft)


async def test_a_new_file_is_begun_where_there_is_no_backup(paths, theme, qtbot, servers):
    await newer_file(paths, "Earlier", has_backup=False)
    async with opened(paths, theme, qtbot, **servers) as app:
        assert "no backup that this version can read" in notice(app)
        await choose(app)
        await asked(app, qtbot, "in memory")

        app.window.notice._button.click()

        await until(lambda: "A new file is in use" in notice(app))
        assert await titles(app) == {"In memory"}


async def test_the_offer_comes_again_while_another_window_has_the_file_open(
    paths, theme, qtbot, servers
):
    await newer_file(paths, "Earlier")
    lock = paths.database_file.with_name("running-other.lock")
    async with opened(paths, theme, qtbot, **servers) as app:
        with only_one(lock):  # as a window of the newer version holds it
            app.window.notice._button.click()
            await until(lambda: "Another window has the file" in notice(app))
            assert app.store.is_in_memory

        app.window.notice._button.click()

        await until(lambda: "The backup is in use" in notice(app))


async def test_a_file_that_works_again_stays_in_use(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await until(lambda: bool(app.store.backups()))
        await go_on_in_memory(app.store, sqlite3.SQLITE_CORRUPT)
        await until(lambda: "damaged" in notice(app))

        app.window.notice._button.click()

        await until(lambda: "The file works again" in notice(app))
        assert [m.text for m in messages(app)][:1] == ["one"]


async def test_a_full_disk_names_the_last_backup_and_offers_to_export(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await until(lambda: bool(app.store.backups()))
        await go_on_in_memory(app.store, sqlite3.SQLITE_FULL)
        await until(lambda: "disk is full" in notice(app))

        assert "on disk are safe" in notice(app)
        assert "The last backup is of" in notice(app)
        assert app.window.notice._button.text() == "Open folder"
        app.window.notice._other.click()

        await until(lambda: app.window.findChild(QFileDialog) is not None)
        app.window.findChild(QFileDialog).close()
