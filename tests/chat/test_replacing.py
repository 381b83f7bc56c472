"""A file of chats that cannot be used here gives way to a copy or a new one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import pytest

from ai_coder.chat.conversation import AttachedFile, AttachmentKind
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.chat.store_problem import InUseProblem, StoreFault, StoreProblem
from tests.chat.conftest import MODEL, events_of, go_on_in_memory, texts
from tests.chat.test_store_faults import make_newer, titles, with_backup


def note(text):
    return AttachedFile("note.txt", AttachmentKind.TEXT, "text/plain", text.encode())


async def newer_with_backup(path):
    """Have the chat Kept in a copy, and a file that a newer version wrote; return both."""
    store, backup = await with_backup(path)
    await store.aclose()
    make_newer(path)
    return backup, path.read_bytes()


async def opened_newer(path):
    store = ChatStore(path)
    problem = await store.open()
    assert problem.fault is StoreFault.NEWER
    return store, problem


async def test_a_newer_file_is_set_aside_unchanged_when_a_backup_takes_its_place(path, script):
    backup, before = await newer_with_backup(path)
    store, problem = await opened_newer(path)
    chat = await store.create_conversation("Meanwhile", model_ref=MODEL)
    await events_of(ChatSession(store, chat, script.stream).send("in memory"))

    aside = await store.replace_file(problem.backup)

    assert aside.name == "chats.newer-1.sqlite3"
    assert aside.read_bytes() == before
    assert problem.backup == backup
    assert not store.is_in_memory
    assert set(await titles(store)) == {"Kept", "Meanwhile"}
    await store.aclose()


async def test_a_new_file_is_begun_where_no_backup_can_be_read_here(path):
    backup, before = await newer_with_backup(path)
    make_newer(backup)
    store, problem = await opened_newer(path)
    await store.create_conversation("Meanwhile")
    assert problem.backup is None

    aside = await store.replace_file(None)

    assert aside.read_bytes() == before
    assert await titles(store) == ["Meanwhile"]
    await store.aclose()
    again = ChatStore(path)
    assert await again.open() is None
    assert await titles(again) == ["Meanwhile"]
    await again.aclose()


async def test_the_newest_backup_that_can_be_read_is_offered_also_for_a_damaged_file(path):
    store, readable = await with_backup(path)
    os.utime(readable, (1, 1))
    newest = await store.back_up()
    await store.aclose()
    make_newer(newest)
    path.write_bytes(os.urandom(20_000))
    store = ChatStore(path)

    assert (await store.open()).backup == readable
    await store.aclose()


async def test_nothing_is_replaced_while_another_window_has_the_file_open(path):
    await newer_with_backup(path)
    store, problem = await opened_newer(path)
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {(await _version(problem.backup))}")
    db.close()
    other = ChatStore(path)
    assert await other.open() is None  # stands for a window of the newer version
    make_newer(path)

    with pytest.raises(InUseProblem):
        await store.replace_file(problem.backup)

    assert store.is_in_memory
    assert not list(path.parent.glob("*.newer-*"))
    await other.aclose()
    assert await store.replace_file(problem.backup) != path
    await store.aclose()


async def _version(backup):
    with sqlite3.connect(backup) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return version


async def test_two_windows_that_replace_the_same_file_end_in_one(path):
    await newer_with_backup(path)
    first, problem = await opened_newer(path)
    second, _problem = await opened_newer(path)
    await first.create_conversation("First")
    await second.create_conversation("Second")

    assert await first.replace_file(problem.backup) != path
    assert await second.replace_file(problem.backup) == path

    assert set(await titles(first)) == set(await titles(second)) == {"Kept", "First", "Second"}
    assert len(list(path.parent.glob("chats.newer-*"))) == 1
    assert not list(path.parent.glob("chats.damaged-*"))
    await first.aclose()
    await second.aclose()


async def test_the_other_window_follows_by_itself(path):
    await newer_with_backup(path)
    first, problem = await opened_newer(path)
    second, _problem = await opened_newer(path)
    await second.create_conversation("Second")
    with pytest.raises(StoreProblem):
        await second.return_to_file()
    await first.replace_file(problem.backup)
    assert second.may_return_to_file

    assert await second.return_to_file()

    assert set(await titles(second)) == {"Kept", "Second"}
    await first.aclose()
    await second.aclose()


async def test_a_damaged_file_that_another_window_still_uses_stays_in_its_place(path):
    store, _backup = await with_backup(path)
    path.write_bytes(os.urandom(20_000))
    other = ChatStore(path)

    problem = await other.open()

    assert problem.fault is StoreFault.CORRUPT
    assert problem.set_aside is None
    assert path.exists()
    await other.aclose()
    await store.aclose()


async def test_a_backup_that_was_moved_by_hand_into_place_is_used_as_it_is(path):
    """What the message says can be done to come back to the newer file works."""
    await newer_with_backup(path)
    store, problem = await opened_newer(path)
    aside = await store.replace_file(problem.backup)
    await store.aclose()

    path.rename(path.with_name("other.sqlite3"))
    aside.rename(path)

    store, _problem = await opened_newer(path)
    await store.aclose()


async def test_what_is_written_and_not_sent_comes_from_memory_too(path, script):
    store = ChatStore(path)
    await store.open()
    chat = await store.create_conversation("Mine", model_ref=MODEL)
    session = ChatSession(store, chat, script.stream)
    await events_of(session.send("one"))
    await go_on_in_memory(store, sqlite3.SQLITE_FULL)
    await store.set_draft(chat.id, "half a thought")
    await store.set_draft_files(chat.id, [note("draft")])
    await store.set_edit(chat.id, session.messages[0].id, "one, differently")
    await store.set_edit_files(chat.id, [note("edit")])
    session.queue.add("waits", (note("queue"),))
    other = ChatStore(path)
    await other.open()
    await other.create_conversation("Theirs")
    await other.set_draft(chat.id, "their thought")
    await other.aclose()

    assert await store.return_to_file()

    mine = next(c for c in await store.conversations() if c.title == "Mine")
    assert mine.draft == "their thought\n\nhalf a thought"
    assert [f.text for f in await store.draft_files(mine.id)] == ["draft"]
    assert mine.edited.text == "one, differently"
    assert (await store.message(mine.edited.message_id)).text == "one"
    assert [f.text for f in await store.edit_files(mine.id)] == ["edit"]
    queued = await store.take_over_queue(mine.id)
    assert [(p.text, p.files[0].text) for p in queued] == [("waits", "queue")]
    await store.aclose()


async def test_a_chat_that_grew_in_memory_grows_where_another_window_shows_it(path, script):
    store = ChatStore(path)
    await store.open()
    chat = await store.create_conversation("Mine", model_ref=MODEL)
    session = ChatSession(store, chat, script.stream)
    await events_of(session.send("one"))
    await go_on_in_memory(store, sqlite3.SQLITE_FULL)
    await events_of(session.send("two"))
    other = ChatStore(path)
    await other.open()
    theirs = ChatSession(other, await other.conversation(chat.id), script.stream)
    await theirs.load()
    await other.create_conversation("Theirs")

    assert await store.return_to_file()

    await theirs.refresh()
    assert [m.text for m in theirs.messages] == ["one", "Hello there", "two", "Hello there"]
    await events_of(theirs.send("three"))
    assert texts(theirs.messages)[4:] == [("user", "three"), ("assistant", "Hello there")]
    assert not theirs.has_unsaved
    assert len(await other.conversations()) == 2
    await other.aclose()
    await store.aclose()


async def test_attachments_that_another_window_put_to_a_draft_meanwhile_stay(path, script):
    store = ChatStore(path)
    await store.open()
    chat = await store.create_conversation("Mine", model_ref=MODEL)
    await go_on_in_memory(store, sqlite3.SQLITE_FULL)
    await events_of(ChatSession(store, chat, script.stream).send("one"))
    other = ChatStore(path)
    await other.open()
    await other.set_draft_files(chat.id, [note("theirs")])
    await other.aclose()

    assert await store.return_to_file()

    (mine,) = await store.conversations()
    assert mine.message_count == 2
    assert [f.text for f in await store.draft_files(mine.id)] == ["theirs"]
    await store.aclose()


async def test_what_keeps_memory_from_joining_a_file_that_works_again_is_told(path):
    await newer_with_backup(path)
    first, problem = await opened_newer(path)
    second, _problem = await opened_newer(path)
    await second.create_conversation("Second")
    await first.replace_file(problem.backup)
    await first.aclose()
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON conversation BEGIN"
            " SELECT raise(FAIL, 'no'); END"
        )

    with pytest.raises(StoreProblem):
        await second.replace_file(problem.backup)

    assert second.is_in_memory
    assert await titles(second) == ["Second"]
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TRIGGER refuse")
    assert await second.replace_file(problem.backup) == path
    assert set(await titles(second)) == {"Kept", "Second"}
    await second.aclose()
