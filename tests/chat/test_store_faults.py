from __future__ import annotations

import asyncio
import os
import sqlite3

import pytest

from ai_coder.chat.migrations import SCHEMA_VERSION
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.chat.store_problem import StoreFault, StoreProblem
from ai_coder.chat.turn_events import AnswerStarted
from tests.chat.conftest import MODEL, events_of, go_on_in_memory
from tests.conftest import until


async def filled(path, title="Kept"):
    store = ChatStore(path)
    assert await store.open() is None
    await store.create_conversation(title, model_ref=MODEL)
    await store.aclose()


async def with_backup(path):
    """Return a store that is open and the copy of it."""
    await filled(path)
    store = ChatStore(path)
    await store.open()
    return store, await store.back_up()


async def damaged_with_backup(path):
    """Return a store that is not open, whose file is damaged, and the copy of it."""
    store, backup = await with_backup(path)
    await store.aclose()
    path.write_bytes(os.urandom(20_000))
    return ChatStore(path), backup


def make_newer(path):
    """Let a file look as if a newer version had written it."""
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()


async def titles(store):
    return [conversation.title for conversation in await store.conversations()]


async def chat_works(store, script):
    session = ChatSession(store, await store.create_conversation(model_ref=MODEL), script.stream)
    await events_of(session.send("Does it work?"))
    return [m.text for m in await session.load()] == ["Does it work?", "Hello there"]


async def test_a_folder_that_cannot_be_made_leaves_memory(tmp_path, script):
    (tmp_path / "file").write_text("in the way")
    store = ChatStore(tmp_path / "file" / "chats.sqlite3")

    problem = await store.open()

    assert problem.fault is StoreFault.READ_ONLY
    assert problem.hint_text
    assert store.is_in_memory
    assert await chat_works(store, script)
    await store.aclose()


async def test_a_read_only_file_is_still_shown(path, script, monkeypatch):
    await filled(path)
    real = sqlite3.connect

    def read_only(name, *args, **more):
        """Open as the system would for somebody without the right to write, also for root."""
        if str(name) == str(path):
            return real(f"{path.as_uri()}?mode=ro&immutable=1", *args, uri=True, **more)
        return real(name, *args, **more)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    store = ChatStore(path)

    problem = await store.open()

    assert problem.fault is StoreFault.READ_ONLY
    assert await titles(store) == ["Kept"]
    assert await chat_works(store, script)
    await store.aclose()


async def test_a_file_on_a_disk_that_is_full_at_first_is_still_shown(path, script, monkeypatch):
    await filled(path)
    real = sqlite3.connect

    def full(name, *args, **more):
        """Fail as where there is no room for the index of the log beside the file."""
        if str(name) == str(path):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
            raise error
        return real(name, *args, **more)

    monkeypatch.setattr(sqlite3, "connect", full)
    store = ChatStore(path)

    problem = await store.open()

    assert problem.fault is StoreFault.FULL
    assert await titles(store) == ["Kept"]
    assert await chat_works(store, script)
    monkeypatch.setattr(sqlite3, "connect", real)
    assert not await store.return_to_file()
    assert set(await titles(store)) == {"Kept", "Does it work"}
    await store.aclose()


async def test_a_full_disk_leaves_everything_in_memory(path, script):
    reported = []
    store = ChatStore(path, on_problem=reported.append)
    await store.open()
    session = ChatSession(store, await store.create_conversation(model_ref=MODEL), script.stream)
    await events_of(session.send("Before"))
    assert await store.back_up()
    await store._file.writer.read(
        lambda db: db.execute(f"PRAGMA max_page_count = {_page_count(db)}").fetchone()
    )
    script.say("long " * 20_000)

    await events_of(session.send("After"))

    await until(lambda: reported)
    assert reported[0].fault is StoreFault.FULL
    assert reported[0].backup is None
    assert len(reported) == 1
    assert store.is_in_memory
    assert [m.text[:6] for m in await session.load()] == ["Before", "Hello ", "After", "long l"]
    await store.aclose()
    with sqlite3.connect(path) as db:
        (kept,) = db.execute("SELECT count(*) FROM message").fetchone()
    db.close()
    assert kept >= 2


def _page_count(db):
    return db.execute("PRAGMA page_count").fetchone()[0]


@pytest.mark.parametrize("content", [b"this is no database" * 100, None])
async def test_a_damaged_file_is_set_aside_and_the_backup_offered(path, script, content):
    await filled(path)
    store = ChatStore(path)
    await store.open()
    backup = await store.back_up()
    await store.create_conversation("Lost", model_ref=MODEL)
    await store.aclose()
    if content is None:
        content = bytearray(path.read_bytes())
        content[4096:20480] = os.urandom(16384)
    path.write_bytes(content)

    store = ChatStore(path)
    problem = await store.open()

    assert problem.fault is StoreFault.CORRUPT
    assert problem.set_aside.read_bytes() == content
    assert not path.exists()
    assert problem.backup == backup
    assert await chat_works(store, script)
    meanwhile = await store.create_conversation("Meanwhile")
    await store.replace_file(backup)
    assert not store.is_in_memory
    assert set(await titles(store)) >= {"Kept", meanwhile.title}
    await store.aclose()
    assert path.exists()


async def test_a_backup_that_cannot_be_used_takes_nothing_from_memory(path, script):
    store, backup = await damaged_with_backup(path)
    bad = path.with_name("bad.sqlite3")
    bad.write_bytes(b"nonsense" * 1000)
    await store.open()
    chat = await store.create_conversation("New", model_ref=MODEL)
    session = ChatSession(store, chat, script.stream)
    await events_of(session.send("Said in memory"))

    with pytest.raises(StoreProblem):
        await store.replace_file(bad)

    assert store.is_in_memory
    assert await titles(store) == ["New"]
    assert [m.text for m in await session.load()] == ["Said in memory", "Hello there"]
    assert not path.exists()
    await store.replace_file(backup)
    assert set(await titles(store)) == {"New", "Kept"}
    await store.aclose()


async def test_what_was_said_in_memory_in_a_known_chat_is_restored_with_it(path, script):
    store = ChatStore(path)
    await store.open()
    chat = await store.create_conversation("Kept", model_ref=MODEL)
    session = ChatSession(store, chat, script.stream)
    async for event in session.send("Before"):
        if isinstance(event, AnswerStarted):
            await store.conversations()  # by now the prompt is in the file
            backup = await store.back_up()
    await go_on_in_memory(store, sqlite3.SQLITE_CORRUPT)
    await events_of(session.send("After"))
    assert store.is_in_memory

    await store.replace_file(backup)

    (chat,) = await store.conversations()
    _, found = await store.messages(chat.id, chat.head)
    assert [m.text for m in found] == ["Before", "Hello there", "After", "Hello there"]
    await store.aclose()


async def test_a_file_of_a_newer_version_is_left_alone(path, script):
    store, backup = await with_backup(path)
    await store.aclose()
    make_newer(path)
    before = path.read_bytes()

    store = ChatStore(path)
    problem = await store.open()

    assert problem.fault is StoreFault.NEWER
    assert problem.backup == backup
    assert "newer version" in str(problem)
    assert await chat_works(store, script)
    await store.aclose()
    assert path.read_bytes() == before


async def test_a_locked_file_is_explained(path, monkeypatch):
    monkeypatch.setattr("ai_coder.chat.store_open.BUSY_SECONDS", 0.05)
    await filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    store = ChatStore(path)
    problem = await store.open()

    assert problem.fault is StoreFault.LOCKED
    other.execute("ROLLBACK")
    other.close()
    await store.aclose()


async def test_a_lock_during_a_turn_is_waited_out(path, script, monkeypatch):
    monkeypatch.setattr("ai_coder.chat.store_open.BUSY_SECONDS", 0.05)
    store = ChatStore(path)
    await store.open()
    session = ChatSession(store, await store.create_conversation(model_ref=MODEL), script.stream)
    await session.load()
    other = sqlite3.connect(path, isolation_level=None)
    turn = session.send("Hi")
    async for event in turn:
        if type(event).__name__ == "AnswerStarted":
            other.execute("BEGIN IMMEDIATE")
    await until(lambda: session.messages[-1].text == "Hello there")
    other.execute("ROLLBACK")
    other.close()

    async with asyncio.timeout(20):
        while (stored := await store.message(session.messages[-1].id)).text != "Hello there":
            await asyncio.sleep(0.01)

    assert stored.status.value == "complete"
    assert not store.is_in_memory
    await store.aclose()


async def test_an_answer_that_ended_while_the_file_was_locked_is_written_at_closing(
    path, script, monkeypatch
):
    monkeypatch.setattr("ai_coder.chat.store_open.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("ai_coder.chat.answer_ends._TRIES_AT_THE_END", 400)
    store = ChatStore(path)
    await store.open()
    session = ChatSession(store, await store.create_conversation(model_ref=MODEL), script.stream)
    await session.load()
    other = sqlite3.connect(path, isolation_level=None)
    async for event in session.send("Hi"):
        if isinstance(event, AnswerStarted):
            other.execute("BEGIN IMMEDIATE")

    closing = asyncio.get_running_loop().create_task(store.aclose())
    await until(lambda: store.has_unfinished)
    other.execute("ROLLBACK")
    other.close()
    await closing

    with sqlite3.connect(path) as db:
        found = db.execute("SELECT text, status FROM message ORDER BY id").fetchall()
    db.close()
    assert found == [("Hi", "complete"), ("Hello there", "complete")]


async def test_closing_twice_or_writing_after_closing_is_a_bug_not_a_loss(path):
    store = ChatStore(path)
    await store.open()
    await store.aclose()

    with pytest.raises(RuntimeError):
        await store.create_conversation()


async def test_backups_are_daily_and_the_newest_five_are_kept(path):
    store = ChatStore(path)
    await store.open()
    await store.create_conversation("Copied")
    made = []
    for day in range(7):
        for copy in store.backups():
            stamp = copy.stat().st_mtime - 25 * 3600
            os.utime(copy, (stamp, stamp))
        made.append(await store.back_up())
        assert await store.back_up() is None, day

    assert store.backups() == made[:1:-1]
    with sqlite3.connect(made[-1]) as copy:
        assert copy.execute("SELECT title FROM conversation").fetchall() == [("Copied",)]
    copy.close()
    await store.aclose()


async def test_a_file_that_is_in_use_again_is_not_replaced(path):
    store, backup = await with_backup(path)
    await store.create_conversation("Since then")

    assert await store.replace_file(backup) == path

    assert set(await titles(store)) == {"Kept", "Since then"}
    assert not list(path.parent.glob("*.damaged-*"))
    await store.aclose()
