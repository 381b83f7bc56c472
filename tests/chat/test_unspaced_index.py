from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest

from ai_coder.chat import unspaced_index
from ai_coder.chat.migrations import (
    _UNSPACED_INDEX,
    MIGRATIONS,
    SCHEMA_VERSION,
    migrate,
    version_of,
)
from ai_coder.chat.store import ChatStore
from tests.chat.conftest import begin_turn
from tests.chat.test_migrations import old_database
from tests.chat.wanderer import Wanderer, agrees, found, left, message, read
from tests.conftest import until

BEFORE_THE_INDEX = MIGRATIONS.index(_UNSPACED_INDEX)


@pytest.fixture(autouse=True)
def in_small_steps(monkeypatch):
    """Every step ends after one message."""
    monkeypatch.setattr(unspaced_index, "_STEP_SECONDS", 0.0)
    monkeypatch.setattr(unspaced_index, "_PAUSE_SECONDS", 0.0)


async def say(store, *said):
    """Store prompts in a new chat."""
    chat = await store.create_conversation()
    for text in said:
        await begin_turn(store, None, message(chat.id, text))
    return chat


def old_file(path, *said):
    """A file of the version before the index."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        old_database(db, BEFORE_THE_INDEX)
        db.executemany(
            "INSERT INTO message (conversation_id, role, status, created_at, text)"
            " VALUES (1, 'user', 'complete', 1, ?)",
            [(text,) for text in said],
        )


async def test_messages_are_found_before_the_index_has_them_and_after(store, path):
    await say(store, "中文测试", "Latin", "测试 Python")
    assert await found(store, "测试") == [3, 1]

    await store.unspaced_index.catch_up()

    assert await found(store, "测试") == [3, 1]
    assert await found(store, "pyth 测") == [3]
    assert await found(store, "试测") == []
    assert await found(store, "测试", limit=1, offset=1) == [1]
    with closing(sqlite3.connect(path)) as db:
        agrees(db)


async def test_filters_hold_for_what_is_in_the_index_and_what_is_not(store):
    chat = await say(store, "中文")
    await store.unspaced_index.catch_up()
    await begin_turn(store, None, message(chat.id, "中文", model_ref="a/one"))
    await say(store, "中文")

    assert await found(store, "中文", model_ref="a/one") == [2]
    assert await found(store, "中文", conversation_id=chat.id) == [2, 1]
    assert await found(store, "中文", until=datetime(2020, 1, 1, tzinfo=UTC)) == []


async def test_the_index_follows_what_is_written(store, path):
    with closing(sqlite3.connect(path)) as db:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(store.unspaced_index.run())
            chat = await say(store, "中文")
            await until(lambda: not left(db))

            await store.erase(chat.id)

            await until(lambda: not left(db))
            task.cancel()
        agrees(db)


async def test_people_who_write_plain_latin_have_nothing_in_the_index(store, path):
    await say(store, "Only plain words", "and 1 + 1 = 2")

    with closing(sqlite3.connect(path)) as db:
        agrees(db)
        assert db.execute("SELECT count(*) FROM unspaced_index_data").fetchone() <= (2,)


async def test_what_another_program_writes_is_found_and_comes_into_the_index(store, path):
    await say(store, "中文", "测试")
    await store.unspaced_index.catch_up()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE message SET text = '测试' WHERE id = 1")
        db.execute("DELETE FROM message WHERE id = 2")

        assert await found(store, "测试") == [1]
        assert await found(store, "中文") == []

        await store.unspaced_index.catch_up()
        assert await found(store, "测试") == [1]
        agrees(db)


async def test_an_old_file_is_searched_while_its_messages_come_into_the_index(path):
    old_file(path, *(f"{number} 中文测试" if number % 2 else "Latin" for number in range(20)))
    store = ChatStore(path)
    assert await store.open() is None
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert len(left(db)) == 22
        expected = read(db, "测试")
        db.execute("DELETE FROM message WHERE id = 3")  # Latin
        db.execute("DELETE FROM message WHERE id = 22")
        expected.remove(22)

        while await store._file.writer.read(unspaced_index.step):
            assert await found(store, "测试") == expected

        agrees(db)
    assert await found(store, "测试") == expected
    await store.aclose()


async def test_a_backup_of_an_old_version_comes_into_the_index_when_it_is_restored(path):
    old_file(path, "中文测试")
    with closing(sqlite3.connect(path)) as db, db:
        backup = path.with_name("chats-1.sqlite3")
        with closing(sqlite3.connect(backup)) as copy:
            db.backup(copy)
    path.write_bytes(b"no database" * 1000)
    store = ChatStore(path)
    await store.open()
    await store.unspaced_index.catch_up()
    await say(store, "中文")

    await store.replace_file(backup)

    assert await found(store, "中文") == [4, 3]
    await store.unspaced_index.catch_up()
    assert await found(store, "中文") == [4, 3]
    with closing(sqlite3.connect(path)) as db:
        agrees(db)
    await store.aclose()


def test_kill_9_while_an_old_file_comes_into_the_index_loses_nothing(tmp_path):
    path = tmp_path / "data" / "chats.sqlite3"
    old_file(path, *(f"{number} 中文测试" * 20 for number in range(400)))
    with closing(sqlite3.connect(path)) as db:
        expected = read(db, "文测")
    lefts = []

    async def kill_once():
        victim = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chat.indexing_victim", str(path),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        for _ in range(5):
            await victim.stdout.readline()
        victim.kill()
        await victim.communicate()
        store = ChatStore(path)
        assert await store.open() is None
        assert await found(store, "文测", limit=1000) == expected
        await store.aclose()
        with closing(sqlite3.connect(path)) as db:
            assert version_of(db) == SCHEMA_VERSION
            lefts.append(len(left(db)))

    async def finish():
        store = ChatStore(path)
        await store.open()
        await store.unspaced_index.catch_up()
        assert await found(store, "文测", limit=1000) == expected
        await store.aclose()

    for _ in range(3):
        asyncio.run(kill_once())
    asyncio.run(finish())

    assert lefts == sorted(lefts, reverse=True)
    with closing(sqlite3.connect(path)) as db:
        agrees(db)


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_done_to_chats_the_index_agrees_with_a_new_one(path, seed):
    wanderer = Wanderer(path, seed)

    await wanderer.wander(80)

    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        agrees(db)


def test_what_is_no_message_is_passed_over():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        old_database(db, BEFORE_THE_INDEX)
        migrate(db)
        db.execute("INSERT INTO unspaced_added VALUES (100)")

        while unspaced_index.step(db):
            pass

        agrees(db)
