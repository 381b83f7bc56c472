from __future__ import annotations

import sqlite3

import pytest

from ai_coder.chat.conversation import AttachedFile, AttachmentKind
from ai_coder.chat.migrations import SCHEMA_VERSION
from ai_coder.chat.search import SearchQuery
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.chat.store_problem import StoreFault, StoreProblem
from tests.chat.conftest import MODEL, events_of, go_on_in_memory


async def talked(store, script, title, *prompts):
    """Return the session of a chat in which *prompts* were answered."""
    chat = await store.create_conversation(title, model_ref=MODEL)
    session = ChatSession(store, chat, script.stream)
    await session.load()
    for prompt in prompts:
        await events_of(session.send(prompt))
    return session


async def said_in_memory(path, script):
    """Return a store on a full disk, and the session of a chat that went on in memory."""
    store = ChatStore(path)
    await store.open()
    session = await talked(store, script, "Kept", "before")
    await go_on_in_memory(store, sqlite3.SQLITE_FULL)
    await events_of(session.send("after"))
    return store, session


def content(path):
    """Everything our tables hold, as a second program reads it."""
    with sqlite3.connect(path) as db:
        tables = ("conversation", "message", "attachment", "message_attachment", "spending")
        found = {each: db.execute(f"SELECT * FROM {each}").fetchall() for each in tables}
        db.execute("INSERT INTO message_index(message_index) VALUES ('integrity-check')")
        (broken,) = db.execute("SELECT count(*) FROM pragma_foreign_key_check").fetchone()
    db.close()
    assert not broken
    return found


async def test_what_was_said_in_memory_is_in_the_file_once_there_is_room(path, script):
    store = ChatStore(path)
    await store.open()
    first = await talked(store, script, "First", "before")
    await talked(store, script, "Unchanged", "other")
    await go_on_in_memory(store, sqlite3.SQLITE_FULL)
    file = AttachedFile("a.py", AttachmentKind.TEXT, "text/x-python", b"pass")
    script.say("Remembered")
    await events_of(first.send("after", [file]))
    await store.rename(first.conversation.id, "Renamed")
    await talked(store, script, "Second", "new")
    assert store.has_only_in_memory
    assert len(content(path)["message"]) == 4

    assert not await store.return_to_file()

    assert not store.is_in_memory
    assert not store.has_only_in_memory
    found = content(path)
    assert len(found["message"]) == 8
    assert len(found["attachment"]) == 1
    assert {row[1] for row in found["conversation"]} == {"Renamed", "Unchanged", "Second"}
    await events_of(first.send("and on"))
    texts = [message.text for message in await first.load()]
    assert texts[-4:] == ["after", "Remembered", "and on", "Remembered"]
    hits = await store.search(SearchQuery("remembered"))
    assert {hit.conversation_id for hit in hits} >= {first.conversation.id}
    await store.aclose()


async def test_memory_goes_on_while_the_file_still_fails(path, script):
    store, session = await said_in_memory(path, script)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreProblem):
        await store.return_to_file()

    assert store.has_only_in_memory
    assert len(await session.load()) == 4
    other.execute("ROLLBACK")
    other.close()
    assert not await store.return_to_file()
    assert len(content(path)["message"]) == 4
    await store.aclose()


async def test_what_another_window_wrote_meanwhile_stays_beside_what_memory_held(path, script):
    store, _session = await said_in_memory(path, script)
    other = ChatStore(path)
    await other.open()
    await talked(other, script, "Theirs", "elsewhere")
    await other.aclose()

    assert await store.return_to_file()

    said = {}
    for chat in await store.conversations():
        _, found = await store.messages(chat.id, chat.head)
        said[chat.title] = [message.text for message in found[::2]]
    assert said == {"Kept": ["before", "after"], "Theirs": ["elsewhere"]}
    await store.aclose()


async def test_the_chats_of_a_file_that_was_locked_at_first_come_with_what_was_said_meanwhile(
    path, script, monkeypatch
):
    monkeypatch.setattr("ai_coder.chat.store_open.BUSY_SECONDS", 0.05)
    store = ChatStore(path)
    await store.open()
    await talked(store, script, "Earlier", "before")
    await store.aclose()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    store = ChatStore(path)
    problem = await store.open()
    assert problem.fault is StoreFault.LOCKED
    assert not store.has_only_in_memory
    await talked(store, script, "Meanwhile", "hello")
    other.execute("ROLLBACK")
    other.close()

    assert await store.return_to_file()

    assert {chat.title for chat in await store.conversations()} == {"Earlier", "Meanwhile"}
    await store.aclose()


async def test_the_file_is_tried_a_last_time_at_closing(path, script):
    store, _session = await said_in_memory(path, script)

    await store.aclose()

    assert len(content(path)["message"]) == 4


async def test_a_new_file_is_begun_where_a_damaged_one_has_no_backup(path, script):
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    store = ChatStore(path)
    problem = await store.open()
    assert problem.fault is StoreFault.CORRUPT
    session = await talked(store, script, "New", "said in memory")

    assert not await store.return_to_file()

    assert problem.set_aside.exists()
    assert len(content(path)["message"]) == 2
    assert len(await session.load()) == 2
    await store.aclose()


async def test_a_backup_that_is_offered_keeps_its_place(path, script):
    store = ChatStore(path)
    await store.open()
    await talked(store, script, "Kept", "before")
    backup = await store.back_up()
    await store.aclose()
    path.write_bytes(b"no database" * 1000)
    store = ChatStore(path)
    await store.open()
    await talked(store, script, "New", "said in memory")

    assert not store.may_return_to_file
    await store.replace_file(backup)

    assert {chat.title for chat in await store.conversations()} == {"Kept", "New"}
    await store.aclose()


async def test_an_empty_chat_in_memory_is_nothing_to_lose(path):
    store = ChatStore(path)
    await store.open()
    await store.aclose()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    store = ChatStore(path)
    await store.open()

    chat = await store.create_conversation()
    await store.set_draft(chat.id, "")

    assert not store.has_only_in_memory
    await store.set_draft(chat.id, "a thought")
    assert store.has_only_in_memory
    await store.aclose()
