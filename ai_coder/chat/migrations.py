"""The schema of the chat database, as numbered steps that never change once released."""

from __future__ import annotations

import sqlite3

_CONVERSATIONS_AND_MESSAGES = """
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL DEFAULT '',
    is_title_automatic INTEGER NOT NULL DEFAULT 1,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    is_pinned INTEGER NOT NULL DEFAULT 0,
    model_ref TEXT,
    draft TEXT NOT NULL DEFAULT '',
    deleted_at REAL,
    system_prompt TEXT NOT NULL DEFAULT '',
    parameters TEXT NOT NULL DEFAULT '{}',
    template TEXT,
    context_length INTEGER,
    head INTEGER REFERENCES message(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    message_count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX conversation_by_time ON conversation(updated_at);
CREATE INDEX conversation_by_head ON conversation(head);

CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    parent_id INTEGER REFERENCES message(id),
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at REAL NOT NULL,
    model_ref TEXT,
    answered_by TEXT,
    finish_reason TEXT,
    reasoning_seconds REAL,
    first_token_seconds REAL,
    seconds REAL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    reasoning_tokens INTEGER,
    cached_tokens INTEGER,
    cache_write_tokens INTEGER,
    server_prompt_per_second REAL,
    server_output_per_second REAL,
    server_first_token_seconds REAL,
    server_load_seconds REAL,
    cost REAL,
    parameters TEXT,
    notices TEXT,
    failure TEXT,
    attachments TEXT,
    owner TEXT,
    reasoning TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX message_tree ON message(conversation_id, id, parent_id);
CREATE INDEX message_by_parent ON message(parent_id);
CREATE INDEX message_running ON message(owner) WHERE status = 'running';

CREATE TABLE journal (
    message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    text TEXT NOT NULL,
    reasoning TEXT NOT NULL,
    PRIMARY KEY (message_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
    digest TEXT PRIMARY KEY,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE message_attachment (
    message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
    digest TEXT NOT NULL REFERENCES attachment(digest),
    PRIMARY KEY (message_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_attachment_by_digest ON message_attachment(digest);
"""

_SEARCH_INDEX = """
CREATE VIRTUAL TABLE message_index USING fts5(
    text, content='message', content_rowid='id', prefix='2 3',
    tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO message_index(message_index) VALUES ('rebuild');
CREATE TRIGGER message_index_insert AFTER INSERT ON message WHEN new.text <> '' BEGIN
    INSERT INTO message_index(rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER message_index_delete AFTER DELETE ON message WHEN old.text <> '' BEGIN
    INSERT INTO message_index(message_index, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER message_index_update AFTER UPDATE OF text ON message WHEN old.text <> new.text BEGIN
    INSERT INTO message_index(message_index, rowid, text)
        SELECT 'delete', old.id, old.text WHERE old.text <> '';
    INSERT INTO message_index(rowid, text) SELECT new.id, new.text WHERE new.text <> '';
END;
"""

_COUNTS_AND_MONTHS = """
UPDATE conversation SET message_count =
    (SELECT count(*) FROM message WHERE conversation_id = conversation.id);
CREATE TRIGGER message_count_up AFTER INSERT ON message BEGIN
    UPDATE conversation SET message_count = message_count + 1 WHERE id = new.conversation_id;
END;
CREATE TRIGGER message_count_down AFTER DELETE ON message BEGIN
    UPDATE conversation SET message_count = message_count - 1 WHERE id = old.conversation_id;
END;
CREATE INDEX message_cost ON message(created_at, model_ref, cost) WHERE cost > 0;
"""

_SPENDING_WITHOUT_CHATS = """
CREATE TABLE spending (
    provider TEXT NOT NULL,
    cost REAL,
    created_at REAL NOT NULL
) STRICT;
CREATE INDEX spending_by_time ON spending(created_at);
CREATE TRIGGER message_cost_kept AFTER DELETE ON message WHEN old.cost > 0 BEGIN
    INSERT INTO spending (provider, cost, created_at)
        SELECT substr(ref, 1, instr(ref, '/') - 1), old.cost, old.created_at
        FROM (SELECT coalesce(old.answered_by, old.model_ref, '') AS ref);
END;
"""

_DRAFT_ATTACHMENTS = """
ALTER TABLE conversation ADD COLUMN draft_attachments TEXT;
CREATE TABLE draft_attachment (
    conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    digest TEXT NOT NULL REFERENCES attachment(digest),
    PRIMARY KEY (conversation_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_attachment_by_digest ON draft_attachment(digest);
"""

_CONTINUED_ANSWERS = """
ALTER TABLE message ADD COLUMN earlier_tokens INTEGER DEFAULT 0;
"""

_QUEUED_PROMPTS = """
CREATE TABLE queued_prompt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    owner TEXT NOT NULL,
    text TEXT NOT NULL,
    model_ref TEXT,
    attachments TEXT NOT NULL
) STRICT;
CREATE INDEX queued_prompt_by_conversation ON queued_prompt(conversation_id);
CREATE TABLE queued_attachment (
    prompt_id INTEGER NOT NULL REFERENCES queued_prompt(id) ON DELETE CASCADE,
    digest TEXT NOT NULL REFERENCES attachment(digest),
    PRIMARY KEY (prompt_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX queued_attachment_by_digest ON queued_attachment(digest);
"""

_EDITED_PROMPTS = """
ALTER TABLE conversation ADD COLUMN edited_message INTEGER;
ALTER TABLE conversation ADD COLUMN edited_text TEXT;
ALTER TABLE conversation ADD COLUMN edited_attachments TEXT;
CREATE TABLE edited_attachment (
    conversation_id INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    digest TEXT NOT NULL REFERENCES attachment(digest),
    PRIMARY KEY (conversation_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX edited_attachment_by_digest ON edited_attachment(digest);
"""

_UNSPACED_INDEX = """
CREATE VIRTUAL TABLE unspaced_index USING fts5(
    pieces, content='', columnsize=0, detail=none, tokenize='ascii'
);
CREATE TABLE unspaced_added (message_id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE unspaced_removed (message_id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
INSERT INTO unspaced_added SELECT id FROM message;
CREATE TRIGGER unspaced_insert AFTER INSERT ON message
WHEN length(CAST(new.text AS BLOB)) > length(new.text) BEGIN
    INSERT OR IGNORE INTO unspaced_added VALUES (new.id);
END;
CREATE TRIGGER unspaced_delete AFTER DELETE ON message BEGIN
    INSERT OR IGNORE INTO unspaced_removed SELECT old.id, old.text
        WHERE length(CAST(old.text AS BLOB)) > length(old.text)
        AND NOT EXISTS (SELECT 1 FROM unspaced_added WHERE message_id = old.id);
    DELETE FROM unspaced_added WHERE message_id = old.id;
END;
CREATE TRIGGER unspaced_update AFTER UPDATE OF text ON message WHEN old.text <> new.text BEGIN
    INSERT OR IGNORE INTO unspaced_removed SELECT old.id, old.text
        WHERE length(CAST(old.text AS BLOB)) > length(old.text)
        AND NOT EXISTS (SELECT 1 FROM unspaced_added WHERE message_id = old.id);
    DELETE FROM unspaced_added WHERE message_id = old.id;
    INSERT OR IGNORE INTO unspaced_added SELECT new.id
        WHERE length(CAST(new.text AS BLOB)) > length(new.text);
END;
"""
"""The triggers leave out what is all of ASCII; `unspaced_index.py` looks at the rest.

No message may fail to be written because of what the index remembers of it: OR IGNORE.
"""

_MESSAGES_OF_MODELS = """
CREATE INDEX message_by_model ON message(model_ref, parent_id) WHERE model_ref IS NOT NULL;
CREATE INDEX message_by_stand_in ON message(answered_by, parent_id) WHERE answered_by <> model_ref;
"""

MIGRATIONS = (
    _CONVERSATIONS_AND_MESSAGES,
    _SEARCH_INDEX,
    _COUNTS_AND_MONTHS,
    _SPENDING_WITHOUT_CHATS,
    _DRAFT_ATTACHMENTS,
    _CONTINUED_ANSWERS,
    _QUEUED_PROMPTS,
    _EDITED_PROMPTS,
    _UNSPACED_INDEX,
    _MESSAGES_OF_MODELS,
)
"""Step n brings a database from version n to version n + 1."""

SCHEMA_VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version of an open database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to the current schema, each step in one transaction.

    The version is read again inside the transaction: another instance of the application
    may have done the step in the meantime.
    """
    for target, statements in enumerate(MIGRATIONS, start=1):
        if version_of(connection) >= target:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version_of(connection) < target:
                for statement in _statements(statements):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {target}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> list[str]:
    """Split a script; `executescript` would commit the transaction it runs in."""
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements
