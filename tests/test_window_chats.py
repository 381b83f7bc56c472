"""The list of chats in the real window: long chats, search, renaming, deleting, storing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QFileDialog,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPlainTextEdit,
    QPushButton,
)

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import Conversation, Message
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.llm.models import Role
from ai_coder.settings.schema import TitleSource
from ai_coder.ui.widgets.name_dialog import LONGEST_NAME
from tests.conftest import until
from tests.window import MODEL, ask, asked, choose, find, messages, opened

LEFT = Qt.MouseButton.LeftButton


async def stored(paths, *chats):
    """Put chats on disk: (title, texts, model, days ago)."""
    store = ChatStore(paths.database_file)
    assert await store.open() is None
    archived = []
    for title, texts, model, days in chats:
        when = datetime.now(UTC) - timedelta(days=days)
        said = tuple(
            Message(
                number + 1,
                1,
                number or None,
                Role.ASSISTANT if number % 2 else Role.USER,
                text,
                when,
                model_ref=model if number % 2 else None,
            )
            for number, text in enumerate(texts)
        )
        chat = Conversation(1, title, when, when, model_ref=model, head=len(texts) or None)
        archived.append(ArchivedConversation(chat, said, {}))
    made = await store.add_archived(archived)
    await store.aclose()
    return [chat.id for chat in made]


def rows(app):
    model = find(app, QListView, "conversationList").model()
    return [model.data(model.index(row, 0)) for row in range(model.rowCount())]


def click_row(app, qtbot, text, button=LEFT):
    view = find(app, QListView, "conversationList")
    number = next(i for i, row in enumerate(rows(app)) if text in row)
    place = view.visualRect(view.model().index(number, 0)).center()
    if button == LEFT:
        qtbot.mouseClick(view.viewport(), LEFT, pos=place)
    else:
        view.customContextMenuRequested.emit(place)


async def choose_in_menu(app, qtbot, row, entry):
    click_row(app, qtbot, row, Qt.MouseButton.RightButton)
    menu = find(app, QMenu, "chatMenu")
    action = next(a for a in menu.actions() if a.text() == entry)
    await until(menu.isVisible)
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def shown_title(app):
    return app.pane.chat.session.conversation.title


@pytest.fixture
def rest(monkeypatch):
    """Older messages are read as soon as this is set."""
    gate, load_rest = asyncio.Event(), ChatSession.load_rest

    async def load_late(session):
        await gate.wait()
        return await load_rest(session)

    monkeypatch.setattr(ChatSession, "load_rest", load_late)
    return gate


async def test_a_long_chat_is_whole_soon_and_its_end_stays_where_it_is(
    paths, theme, qtbot, servers, rest
):
    texts = [f"message {n} " + "word " * 40 for n in range(900)]
    await stored(paths, ("Long", texts, MODEL, 0))
    async with opened(paths, theme, qtbot, **servers) as app:
        transcript = app.pane.view.transcript
        assert 0 < len(app.pane.view.shown.present()) <= 200

        rest.set()
        await until(lambda: len(app.pane.view.shown.present()) == 900)

        bar = transcript.verticalScrollBar()
        transcript.grab()
        assert transcript.is_at_end
        assert bar.value() == bar.maximum()


async def test_older_messages_come_above_without_moving_the_reader(
    paths, theme, qtbot, servers, rest
):
    texts = [f"message {n} " + "word " * 40 for n in range(600)]
    await stored(paths, ("Long", texts, MODEL, 0))
    async with opened(paths, theme, qtbot, **servers) as app:
        transcript = app.pane.view.transcript
        bar = transcript.verticalScrollBar()
        transcript.grab()
        bar.setValue(bar.maximum() // 2)
        top = transcript._visible()[0]
        seen = transcript._layout.messages[transcript._layout.at(top + 200)].id

        rest.set()
        await until(lambda: len(app.pane.view.shown.present()) == 600)
        transcript.grab()

        top = transcript._visible()[0]
        assert transcript._layout.messages[transcript._layout.at(top + 200)].id == seen
        assert not transcript.is_at_end


async def test_a_search_finds_titles_and_old_words_and_opens_there(paths, theme, qtbot, servers):
    texts = [f"message {n}" for n in range(500)]
    texts[3] = "the rare quokka appears"
    await stored(
        paths,
        ("Long", texts, MODEL, 2),
        ("Quokka pictures", ["hello", "there"], "ollama/other:1b", 40),
    )
    async with opened(paths, theme, qtbot, **servers) as app:
        field = find(app, QLineEdit, "searchField")
        filters = app.pane.list.filters
        assert filters.isHidden()

        qtbot.keyClicks(field, "quokka")
        await until(lambda: len(rows(app)) == 2 and "rare quokka" in rows(app)[1])
        assert rows(app)[0].startswith("Quokka pictures")
        assert filters.isVisible()

        filters._since.setCurrentIndex(2)  # the last 7 days
        await until(lambda: len(rows(app)) == 1)
        filters.reset()
        await until(lambda: filters._models.count() == 3)
        filters._models.choose("ollama/other:1b")
        await until(lambda: len(rows(app)) == 1 and rows(app)[0].startswith("Quokka"))
        filters.reset()
        await until(lambda: len(rows(app)) == 2)

        qtbot.keyClick(field, Qt.Key.Key_Down)
        view = find(app, QListView, "conversationList")
        qtbot.keyClick(view, Qt.Key.Key_Down)
        qtbot.keyClick(view, Qt.Key.Key_Return)
        await until(lambda: shown_title(app) == "Long")
        await until(lambda: len(app.pane.view.shown.present()) == 500)
        bar = app.pane.view.transcript.verticalScrollBar()
        await until(lambda: 0 < bar.value() < bar.maximum() / 5)

        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert field.text() == ""
        await until(lambda: any("Last 7 days" in row for row in rows(app)))
        assert filters.isHidden()


async def test_what_is_said_in_a_script_without_spaces_comes_into_its_index(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["这是中文回答"]
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        await asked(app, qtbot, "测试中文")
        with closing(sqlite3.connect(paths.database_file)) as db:
            indexed = "SELECT count(*) FROM unspaced_index WHERE unspaced_index MATCH '中文'"
            await until(lambda: db.execute(indexed).fetchone() == (2,))

        find(app, QLineEdit, "searchField").insert("中文")

        await until(lambda: len([row for row in rows(app) if "中文" in row]) >= 2)


async def test_chats_are_renamed_in_place_pinned_duplicated_and_grouped(
    paths, theme, qtbot, servers
):
    await stored(paths, ("First", ["a", "b"], MODEL, 0), ("Second", ["c", "d"], MODEL, 1))
    async with opened(paths, theme, qtbot, **servers) as app:
        await until(lambda: len(rows(app)) == 4)
        assert [row for row in rows(app) if "\n" not in row] == ["Today", "Yesterday"]

        click_row(app, qtbot, "Second")
        await until(lambda: shown_title(app) == "Second")
        view = find(app, QListView, "conversationList")
        qtbot.keyClick(view, Qt.Key.Key_F2)
        editor = find(app, QLineEdit, "renameField")
        editor.insert("x" * 300)
        assert len(editor.text()) == LONGEST_NAME
        editor.selectAll()
        qtbot.keyClicks(editor, "A better name")
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        await until(lambda: shown_title(app) == "A better name")
        await until(lambda: any(row.startswith("A better name") for row in rows(app)))

        await choose_in_menu(app, qtbot, "A better name", "Pin")
        await until(lambda: rows(app)[0] == "Pinned")
        await choose_in_menu(app, qtbot, "First", "Duplicate")
        await until(lambda: shown_title(app) == "First (copy)")
        assert [m.text for m in messages(app)] == ["a", "b"]


async def test_a_deleted_chat_stops_first_and_comes_back_with_undo(
    paths, theme, qtbot, lm_studio, servers
):
    lm_studio.reply = ["half ", "never"]
    lm_studio.stall_after = 1
    async with opened(paths, theme, qtbot, **servers) as app:
        await choose(app)
        ask(app, qtbot, "Keep me")
        await until(lambda: len(messages(app)) == 2 and messages(app)[-1].text == "half ")
        view = find(app, QListView, "conversationList")
        await until(lambda: any("Keep me" in row for row in rows(app)))

        qtbot.keyClick(view, Qt.Key.Key_Delete)
        await until(lambda: "is in the bin" in app.window.notice.text())
        await until(lm_studio.disconnected.is_set)
        await until(lambda: not any("Keep me" in row for row in rows(app)))

        app.window.notice._button.click()
        await until(lambda: shown_title(app) == "Keep me")
        assert (messages(app)[-1].text, messages(app)[-1].status) == ("half ", "stopped")
        await until(lambda: any("Keep me" in row for row in rows(app)))
        await until(lambda: not app.pane.care.tasks.is_running)

        qtbot.keyClick(view, Qt.Key.Key_Delete)
        await until(lambda: "is in the bin" in app.window.notice.text())
        app.notices._undo_timer.setInterval(1)
        app.notices._undo_timer.start()
        await until(lambda: app.window.notice.text() == "")


async def test_drafts_and_attachments_wait_with_their_chat(paths, theme, qtbot, servers, tmp_path):
    await stored(paths, ("First", ["a", "b"], MODEL, 0), ("Second", ["c", "d"], MODEL, 1))
    note = tmp_path / "note.txt"
    note.write_text("attached")
    async with opened(paths, theme, qtbot, **servers) as app:
        await until(lambda: len(rows(app)) == 4)
        edit = find(app, QPlainTextEdit, "promptEdit")
        edit.setPlainText("half a thought")
        app.pane.attachments.add_files([note])
        await until(lambda: len(app.pane.chat.files) == 1)

        click_row(app, qtbot, "Second")
        await until(lambda: shown_title(app) == "Second")
        assert edit.toPlainText() == ""
        assert app.pane.chat.files == []

        click_row(app, qtbot, "First")
        await until(lambda: shown_title(app) == "First")
        assert edit.toPlainText() == "half a thought"
        assert [file.name for file in app.pane.chat.files] == ["note.txt"]


async def test_a_damaged_file_is_said_and_its_backup_is_restored_from_the_window(
    paths, theme, qtbot, lm_studio, servers
):
    await stored(paths, ("Precious", ["a", "b"], MODEL, 0))
    store = ChatStore(paths.database_file)
    await store.open()
    await store.back_up()
    await store.aclose()
    paths.database_file.write_bytes(os.urandom(20_000))

    async with opened(paths, theme, qtbot, **servers) as app:
        assert "damaged" in app.window.notice.text()
        assert app.window.notice._button.text() == "Restore backup"
        await choose(app)
        await asked(app, qtbot, "begun in memory")

        app.window.notice._button.click()

        await until(lambda: "backup is in use" in app.window.notice.text())
        await until(lambda: any(row.startswith("Precious") for row in rows(app)))
        assert any(row.startswith("Begun in memory") for row in rows(app))
        assert not app.store.is_in_memory


async def test_a_folder_that_cannot_be_used_can_be_opened(
    paths, theme, qtbot, servers, monkeypatch
):
    paths.user_data.parent.mkdir(parents=True)
    paths.user_data.write_text("a file where the folder should be")
    asked_for = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: asked_for.append(url.toLocalFile())
    )

    async with opened(paths, theme, qtbot, **servers) as app:
        assert app.window.notice._button.text() == "Open folder"
        app.window.notice._button.click()

    assert asked_for == [str(paths.user_data)]


async def test_a_local_model_writes_the_title_and_only_after_the_first_answer(
    paths, theme, qtbot, lm_studio, servers
):
    async with opened(paths, theme, qtbot, **servers) as app:
        general = app.settings.settings.general
        update = {"titles": TitleSource.LOCAL_MODEL}
        app.settings.change(general=general.model_copy(update=update))
        await until(lambda: app.settings.settings.general.titles is TitleSource.LOCAL_MODEL)
        await choose(app)
        lm_studio.then(["Use sorted()."], ["**Sorting a list**"], ["It is stable."])

        await asked(app, qtbot, "Hello, how do I sort a list?")
        await until(lambda: shown_title(app) == "Sorting a list")
        await until(lambda: find(app, QLabel, "chatTitle").text() == "Sorting a list")
        await asked(app, qtbot, "Is it stable?", 4)

        assert messages(app)[-1].text == "It is stable."
        assert shown_title(app) == "Sorting a list"


async def test_export_everything_and_import_it_again(paths, theme, qtbot, servers, tmp_path):
    await stored(paths, ("First", ["a", "b"], MODEL, 0), ("Second", ["c", "d"], MODEL, 1))
    async with opened(paths, theme, qtbot, **servers) as app:
        archived = await app.store.archive_all()
        for name in ("all.json", "all.md", "all.html"):
            await app.files.write(tmp_path / name, archived)
        assert "# First" in (tmp_path / "all.md").read_text("utf-8")
        assert "<html" in (tmp_path / "all.html").read_text("utf-8").lower()

        app.files.import_files([str(tmp_path / "all.json")])
        await until(lambda: "2 chat" in app.window.notice.text())
        await until(lambda: sum(row.startswith("First") for row in rows(app)) == 2)

        app.files.import_files([str(tmp_path / "all.md")])
        await until(lambda: "all.md" in app.window.notice.text())

        click_row(app, qtbot, "Second")
        qtbot.mouseClick(find(app, QPushButton, "exportButton"), LEFT)
        dialog = []
        await until(lambda: dialog.extend(app.window.findChildren(QFileDialog)) or bool(dialog))
        dialog[0].fileSelected.emit(str(tmp_path / "one.md"))
        await until((tmp_path / "one.md").exists)


async def test_a_window_that_closes_reads_its_list_of_chats_no_more(paths, theme, qtbot, world):
    async with opened(paths, theme, qtbot, **world()) as app:
        await app.pane.lister.aclose()

        app.pane.refresh_list()

        assert not app.pane.lister.tasks.is_running


async def test_chats_of_today_are_those_of_yesterday_after_midnight(paths, theme, qtbot, servers):
    await stored(paths, ("Recipes", ["Bake bread"], MODEL, 0))
    async with opened(paths, theme, qtbot, **servers) as app:
        await until(lambda: "Today" in rows(app))
        new_day = app.pane.lister.new_day

        new_day.now = lambda: datetime.now() + timedelta(days=1)
        new_day.look()

        await until(lambda: "Yesterday" in rows(app))
        assert "Today" not in rows(app)


async def test_the_command_pins_a_chat_and_unpins_it_again(paths, theme, qtbot, servers):
    (number,) = await stored(paths, ("Recipes", ["Bake bread"], MODEL, 0))
    async with opened(paths, theme, qtbot, **servers) as app:
        await app.pane.show_chat(number)

        for heading in ("Pinned", "Today", "Pinned"):
            app.actions.requested.emit("pin_chat")
            await until(lambda heading=heading: rows(app)[0] == heading)
            conversation = await app.store.conversation(number)
            assert conversation.is_pinned is (heading == "Pinned")
