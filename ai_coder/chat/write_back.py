"""Bring to the file what memory held in its place; runs in the thread that owns the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ai_coder.chat.store_thread import in_transaction

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

Figures: TypeAlias = "tuple[object, ...]"
"""What tells whether anybody has written to a database."""

_FIGURES = (
    "count(*), max(id), sum(length(text)), sum(length(reasoning)), sum(status = 'running')"
    " FROM {schema}.message",
    "count(*), max(id), max(updated_at), sum(length(title)), sum(length(draft)),"
    " sum(length(draft_attachments)), sum(length(edited_text)), sum(length(edited_attachments)),"
    " sum(is_pinned), sum(head), count(deleted_at) FROM {schema}.conversation",
    "count(*), sum(length(text)) FROM {schema}.journal",
    "count(*), max(id) FROM {schema}.queued_prompt",
    "count(*) FROM {schema}.spending",
)


def figures(db: sqlite3.Connection, schema: str = "main") -> Figures:
    """Return what changes when a database is written; reads all of it."""
    found: list[object] = []
    for each in _FIGURES:
        found += db.execute(f"SELECT {each.format(schema=schema)}").fetchone()
    return tuple(found)


def write_back(memory: sqlite3.Connection, path: Path, begun_with: Figures) -> bool:
    """Make the file the same as memory, which began as a copy of it.

    False, and nothing is written, when the file is another by now than *begun_with* says.
    """

    def write(db: sqlite3.Connection) -> bool:
        if figures(db, "disk") != begun_with:
            return False
        for table in _tables(db):
            _make_same(db, table)
        return True

    memory.execute("PRAGMA busy_timeout = 0")
    memory.execute("PRAGMA foreign_keys = OFF")  # the tables are written one after the other
    memory.execute("ATTACH ? AS disk", (str(path),))
    try:
        return in_transaction(memory, write)
    finally:
        memory.execute("DETACH disk")
        memory.execute("PRAGMA foreign_keys = ON")


def _tables(db: sqlite3.Connection) -> list[str]:
    """Return our tables, that of the messages first: its triggers write to others.

    What the index of the file has to catch up with, only its own triggers know.
    """
    rows = db.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        " AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'unspaced%' ORDER BY name <> 'message'"
    )
    return [name for (name,) in rows]


def _make_same(db: sqlite3.Connection, table: str) -> None:
    """Write the rows of a table that differ, and no others."""
    columns = db.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
    names = [name for name, _ in columns]
    keys = [name for name, place in columns if place] or ["rowid"]
    every = [*names, *(key for key in keys if key not in names)]
    same_key = " AND ".join(f"a.{key} = b.{key}" for key in keys)
    is_same = " AND ".join([same_key, *(f"a.{name} IS b.{name}" for name in names)])
    listed = ", ".join(keys)
    db.execute(
        f"DELETE FROM disk.{table} WHERE ({listed}) IN (SELECT {listed} FROM disk.{table} AS a"
        f" WHERE NOT EXISTS (SELECT 1 FROM main.{table} AS b WHERE {is_same}))"
    )
    listed = ", ".join(every)
    db.execute(
        f"INSERT INTO disk.{table} ({listed}) SELECT {listed} FROM main.{table} AS a"
        f" WHERE NOT EXISTS (SELECT 1 FROM disk.{table} AS b WHERE {same_key})"
    )
