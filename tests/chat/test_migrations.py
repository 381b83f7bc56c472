from __future__ import annotations

import sqlite3
import threading

import pytest

from ai_coder.chat.migrations import MIGRATIONS, SCHEMA_VERSION, _statements, migrate, version_of
from ai_coder.chat.search import SearchQuery, find


@pytest.fixture
def connect(tmp_path):
    connections = []

    def connect():
        db = sqlite3.connect(
            tmp_path / "old.sqlite3", isolation_level=None, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode = WAL")
        connections.append(db)
        return db

    yield connect
    for db in connections:
        db.close()


def old_database(db, version):
    """A database as version *version* left it, with two messages."""
    for script in MIGRATIONS[:version]:
        for statement in _statements(script):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {version}")
    if version == 0:
        return
    db.execute("INSERT INTO conversation (title, created_at, updated_at) VALUES ('Old', 1, 2)")
    for parent, text in [(None, "How old are you?"), (1, "Ancient history")]:
        db.execute(
            "INSERT INTO message (conversation_id, parent_id, role, status, created_at, text)"
            " VALUES (1, ?, 'user', 'complete', 1, ?)",
            (parent, text),
        )


def schema_of(db):
    return sorted(
        " ".join(sql.split())
        for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    )


@pytest.mark.parametrize("version", range(SCHEMA_VERSION))
def test_every_older_version_becomes_the_present_one(connect, version):
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    migrate(fresh)
    db = connect()
    old_database(db, version)

    migrate(db)

    assert version_of(db) == SCHEMA_VERSION
    assert schema_of(db) == schema_of(fresh)
    fresh.close()


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_chats_of_every_older_version_are_counted_and_found(connect, version):
    db = connect()
    old_database(db, version)

    migrate(db)

    assert db.execute("SELECT title, message_count FROM conversation").fetchall() == [("Old", 2)]
    assert [hit.message_id for hit in find(db, SearchQuery("ancient"))] == [2]
    db.execute("DELETE FROM message WHERE id = 2")
    assert find(db, SearchQuery("ancient")) == []
    assert db.execute("SELECT message_count FROM conversation").fetchone() == (1,)


def test_prompts_of_old_chats_are_found_by_the_model_that_answered_them(connect):
    db = connect()
    old_database(db, 9)
    db.execute("UPDATE message SET role = 'assistant', model_ref = 'a/one' WHERE id = 2")

    migrate(db)

    hits = [find(db, SearchQuery(word, model_ref="a/one")) for word in ("old", "ancient")]
    assert [[hit.message_id for hit in found] for found in hits] == [[1], [2]]


def test_the_index_stays_true_after_edits(connect):
    db = connect()
    migrate(db)
    old = "INSERT INTO conversation (title, created_at, updated_at) VALUES ('c', 1, 2)"
    db.execute(old)
    for text in ["", "one two", "three"]:
        db.execute(
            "INSERT INTO message (conversation_id, role, status, created_at, text)"
            " VALUES (1, 'user', 'complete', 1, ?)",
            (text,),
        )
    db.execute("UPDATE message SET text = 'four' WHERE id = 1")
    db.execute("UPDATE message SET text = '' WHERE id = 2")
    db.execute("UPDATE message SET status = 'stopped'")

    db.execute("INSERT INTO message_index(message_index, rank) VALUES ('integrity-check', 0)")

    assert [hit.message_id for hit in find(db, SearchQuery("four"))] == [1]
    assert find(db, SearchQuery("two")) == []


def test_two_instances_may_migrate_at_once(connect):
    databases = [connect(), connect()]
    errors = []

    def run(db):
        try:
            migrate(db)
        except sqlite3.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(db,)) for db in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert version_of(databases[0]) == SCHEMA_VERSION


def test_a_step_that_fails_leaves_the_old_version(connect, monkeypatch):
    db = connect()
    old_database(db, 1)
    broken = (MIGRATIONS[0], "CREATE TABLE extra (x);\nCREATE NONSENSE;\n")
    monkeypatch.setattr("ai_coder.chat.migrations.MIGRATIONS", broken)

    with pytest.raises(sqlite3.OperationalError):
        migrate(db)

    assert version_of(db) == 1
    assert "extra" not in "".join(schema_of(db))
