"""The real window while another program locks the file of the chats."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager

import pytest
from PyQt6.QtWidgets import QMessageBox, QPlainTextEdit

from ai_coder.chat.store import ChatStore
from tests.conftest import until
from tests.window import MODEL, ask, asked, choose, find, messages, opened, press, question

QUESTION = "unsavedChatsDialog"


@pytest.fixture
def servers(servers, monkeypatch):
    monkeypatch.setattr("ai_coder.chat.store_open.BUSY_SECONDS", 0.05)
    return servers


@contextmanager
def locked(paths):
    other = sqlite3.connect(paths.database_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def stored(paths):
    """What is on disk of the newest chat."""
    store = ChatStore(paths.database_file)
    await store.open()
    chat = (await store.conversations())[0]
    _, found = await store.messages(chat.id, chat.head)
    await store.aclose()
    return [message.text for message in found]


def text_on_disk(paths):
    """What a second program reads without waiting."""
    with sqlite3.connect(paths.database_file) as db:
        found = [row[0] for row in db.execute("SELECT text FROM message ORDER BY id")]
    db.close()
    return found


async def test_a_chat_is_saved_as_soon_as_the_file_is_free(paths, theme, qtbot, lm_studio, servers):
    lm_studio.reply = ["the answer"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        with locked(paths):
            await asked(app, qtbot, "one")
            assert "Not saved yet" in app.window.notice.text()
            assert messages(app)[0].id < 0

        await until(lambda: "saved now" in app.window.notice.text())

        assert text_on_disk(paths) == ["one", "the answer"]
        first = messages(app)[1].id
        press(app, qtbot, messages(app)[1], "regenerate")
        await until(lambda: len(messages(app)) == 2 and messages(app)[1].id != first)
        branches = app.pane.chat.session.branches
        await until(lambda: len(messages(app)) == 2 and not app.pane.chat.is_running)
        assert branches.position(messages(app)[1].id) == (2, 2)
    assert await stored(paths) == ["one", "the answer"]


async def test_the_first_prompt_of_all_is_answered_by_the_model_that_nobody_chose(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["the answer"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await until(lambda: app.picker.current_ref() == MODEL)
        assert app.pane.chat.session.conversation.model_ref is None
        with locked(paths):
            await asked(app, qtbot, "one")

            assert [message.text for message in messages(app)] == ["one", "the answer"]

        await until(lambda: "saved now" in app.window.notice.text())
    assert await stored(paths) == ["one", "the answer"]


async def test_an_answer_that_streams_goes_on_where_it_is_shown_once_it_is_saved(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["Half ", "an answer"]
    lm_studio.stall_after = 1
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        with locked(paths):
            ask(app, qtbot, "one")
            await until(lambda: bool(messages(app)) and messages(app)[-1].text == "Half ")

        await until(lambda: messages(app)[-1].id > 0)

        assert app.pane.chat.is_running
        app.turns.stop()
        await until(lambda: not app.pane.chat.is_running)
        transcript = app.pane.view.transcript
        assert [message.id for message in transcript._layout.messages] == [
            message.id for message in messages(app)
        ]
        transcript.find("Half")
        await until(lambda: transcript._find.count == 1)
    assert await stored(paths) == ["one", "Half "]


async def test_a_new_chat_is_another_one_while_the_first_is_not_saved(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        with locked(paths):
            await asked(app, qtbot, "one")
        chat = app.pane.chat

        await app.pane.show_new()

        assert app.pane.chat is not chat
        await until(lambda: not chat.session.has_unsaved)


@pytest.mark.usefixtures("_loop_outlives_window")
async def test_closing_asks_while_something_is_not_saved(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        with locked(paths):
            await asked(app, qtbot, "one")

            app.window.close()

            assert app.window.isVisible()
            box = question(app, QUESTION)
            wait = next(b for b in box.buttons() if b.text() == "Wait")
            assert box.defaultButton() is wait
            wait.click()
            await until(lambda: question(app, QUESTION) is None)
            assert app.window.isVisible()
            app.window.close()
            assert question(app, QUESTION) is not None

        await until(lambda: not app.window.isVisible())  # it is saved now, so nothing is lost
        assert len(text_on_disk(paths)) == 2


@pytest.mark.usefixtures("_loop_outlives_window")
async def test_who_quits_anyway_is_let_go(paths, theme, qtbot, servers):
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        with locked(paths):
            await asked(app, qtbot, "one")
            app.window.close()
            box = app.window.findChild(QMessageBox, QUESTION)

            next(b for b in box.buttons() if b.text() == "Quit anyway").click()

            assert not app.window.isVisible()


async def test_a_draft_that_waits_is_stored_later(paths, theme, qtbot, servers, monkeypatch):
    monkeypatch.setattr("ai_coder.ui.chat.drafts._LOCKED_PAUSE_MS", 50)
    monkeypatch.setattr("ai_coder.ui.chat.drafts._TOLD_AFTER", 0.1)
    async with opened(paths, theme, qtbot, **servers) as app:
        with locked(paths):
            qtbot.keyClicks(find(app, QPlainTextEdit, "promptEdit"), "half a thought")
            await until(lambda: "Not saved yet" in app.window.notice.text())

        await until(lambda: not app.pane.chat.has_unsaved_draft)

        chat = await app.store.conversation(app.pane.chat.id)
        assert chat.draft == "half a thought"


@contextmanager
def held(app):
    """Let the thread of the store do nothing."""
    release = threading.Event()
    app.store._file.writer._executor.submit(release.wait)
    try:
        yield
    finally:
        release.set()


async def test_a_prompt_stopped_while_it_waits_for_the_file_is_shown_and_saved(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["the answer"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await until(lambda: not app.pane.chat.has_unsaved_draft)
        with locked(paths):
            with held(app):
                ask(app, qtbot, "precious")
                await until(lambda: app.pane.chat.is_running)
                app.turns.stop()
                await until(lambda: not app.pane.chat.is_running)
            shown = app.pane.view.transcript._layout
            await until(lambda: [m.text for m in shown.messages][2:] == ["precious", ""])

        await until(lambda: not app.pane.chat.session.has_unsaved)
        assert text_on_disk(paths) == ["one", "the answer", "precious", ""]


async def test_the_next_prompt_stands_below_one_that_was_stopped_at_its_beginning(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["the answer"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "one")
        await until(lambda: not app.pane.chat.has_unsaved_draft)
        with held(app):
            ask(app, qtbot, "precious")
            await until(lambda: app.pane.chat.is_running)
            app.turns.stop()
            await until(lambda: not app.pane.chat.is_running)
            ask(app, qtbot, "two")
            await until(lambda: app.pane.chat.is_running)

        wanted = ["one", "the answer", "precious", "", "two", "the answer"]
        await until(lambda: [m.text for m in messages(app)] == wanted)
        await until(lambda: not app.pane.chat.is_running)
        shown = app.pane.view.transcript._layout
        await until(lambda: [m.text for m in shown.messages] == wanted)
        app.servers.models_changed.emit()
        assert text_on_disk(paths) == wanted
