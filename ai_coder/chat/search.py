"""Search over all conversations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ai_coder.chat import unspaced
from ai_coder.llm.models import Role

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_START, _END = "\x02", "\x03"
_WORDS_AROUND = 24
_RANKED = 2500
"""How many of the newest hits are ranked: words that stand everywhere stay quick."""

_OF_MODEL = """+{id} IN (
    SELECT id FROM message WHERE model_ref = :model_ref
    UNION ALL SELECT parent_id FROM message WHERE model_ref = :model_ref
    UNION ALL SELECT id FROM message
        WHERE answered_by = :model_ref AND answered_by <> model_ref
    UNION ALL SELECT parent_id FROM message
        WHERE answered_by = :model_ref AND answered_by <> model_ref
)"""
"""Answers of a model, and the prompts that it answered.

The plus keeps SQLite from looking each of them up in the index of words.
"""

_PHRASE_OR_WORD = re.compile(r'"([^"]*)"|(\S+)')


class SearchOrder(StrEnum):
    """Which hits come first."""

    NEWEST = "newest"
    RANKED = "ranked"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for: all the words, the last one possibly unfinished; "…" for phrases."""

    text: str
    model_ref: str | None = None
    """A model that answered; prompts with an answer of it count, too."""

    since: datetime | None = None
    until: datetime | None = None
    conversation_id: int | None = None
    order: SearchOrder = SearchOrder.NEWEST
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message that was found; `marks` are the (start, end) of the words in `snippet`."""

    message_id: int
    conversation_id: int
    conversation_title: str
    role: Role
    created_at: datetime
    model_ref: str | None
    snippet: str
    marks: tuple[tuple[int, int], ...]


def find(db: sqlite3.Connection, query: SearchQuery) -> list[SearchHit]:
    """Return the hits, best first; runs in the thread that owns the connection."""
    terms = _terms(query.text)
    if any(map(unspaced.is_unspaced, terms)):
        return _find_literally(db, query, terms)
    words = match_expression(query.text)
    if not words:
        return []
    where, values = _filters(query)
    where = where.format(id="f.rowid")
    order = "f.rowid DESC"
    if query.order is SearchOrder.RANKED:
        order = "f.rank"
        where += " AND f.rowid >= :oldest"
        values["oldest"] = _oldest_ranked(db, words)
    rows = db.execute(
        "SELECT m.id, m.conversation_id, c.title, m.role, m.created_at, m.model_ref,"
        f" snippet(message_index, 0, char(2), char(3), '…', {_WORDS_AROUND})"
        " FROM message_index f CROSS JOIN message m ON m.id = f.rowid"
        " CROSS JOIN conversation c ON c.id = m.conversation_id"
        f" WHERE message_index MATCH :words AND {where}"
        f" ORDER BY {order} LIMIT :limit OFFSET :offset",
        {"words": words, **values},
    )
    return [_hit(row) for row in rows]


def models_used(db: sqlite3.Connection) -> list[str]:
    """Return the models that were asked in any conversation."""
    rows = db.execute(
        "SELECT DISTINCT model_ref FROM message WHERE model_ref IS NOT NULL ORDER BY 1"
    )
    return [model_ref for (model_ref,) in rows]


def match_expression(text: str) -> str:
    """Return the FTS5 expression for what the user typed; empty when there is no word in it.

    Every word is quoted, so that operators and punctuation mean nothing. The word being
    typed matches beginnings, from its second letter on (a single letter begins too many).
    """
    terms = [f'"{term}"' for term in _terms(text)]
    is_typing = text[-1:].isalnum()
    if terms and is_typing and len(terms[-1]) > len('"x"'):
        terms[-1] += "*"
    return " ".join(terms)


def _terms(text: str) -> list[str]:
    """Return the words and phrases in *text* that have a letter or digit."""
    found = ((phrase or word).replace('"', "") for phrase, word in _PHRASE_OR_WORD.findall(text))
    return [term for term in found if any(character.isalnum() for character in term)]


def marked(snippet: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Take the control characters around found words out of a snippet."""
    pieces, marks, length, start = [], [], 0, None
    for piece in re.split(f"([{_START}{_END}])", snippet):
        if piece == _START:
            start = length
        elif piece == _END:
            if start is not None and start < length:
                marks.append((start, length))
            start = None
        else:
            pieces.append(piece)
            length += len(piece)
    return "".join(pieces), tuple(marks)


def _filters(query: SearchQuery) -> tuple[str, dict[str, Any]]:
    """Return conditions, in which `{id}` stands for the id of the message, and their values."""
    conditions = ["c.deleted_at IS NULL"]
    values: dict[str, Any] = {"limit": query.limit, "offset": query.offset}
    if query.model_ref is not None:
        conditions.append(_OF_MODEL)
        values["model_ref"] = query.model_ref
    if query.since is not None:
        conditions.append("m.created_at >= :since")
        values["since"] = query.since.timestamp()
    if query.until is not None:
        conditions.append("m.created_at < :until")
        values["until"] = query.until.timestamp()
    if query.conversation_id is not None:
        conditions.append("m.conversation_id = :conversation_id")
        values["conversation_id"] = query.conversation_id
    return " AND ".join(conditions), values


def _oldest_ranked(db: sqlite3.Connection, words: str) -> int:
    """Return the oldest message that takes part in ranking."""
    row = db.execute(
        "SELECT rowid FROM message_index WHERE message_index MATCH ?"
        f" ORDER BY rowid DESC LIMIT 1 OFFSET {_RANKED}",
        (words,),
    ).fetchone()
    return row[0] if row else 0


def _find_literally(
    db: sqlite3.Connection, query: SearchQuery, terms: Sequence[str]
) -> list[SearchHit]:
    """Look for scripts without spaces, whose words the index does not know.

    Other words are written among them without spaces, too, so they are looked for in the same way.
    An index leaves few messages to read, besides those that it has not caught up with. One
    statement asks for both: a message is at any moment here or there.
    """
    where, values = _filters(query)
    terms = sorted(terms, key=len, reverse=True)
    for number, term in enumerate(terms):
        where += f" AND instr(lower(m.text), lower(:term{number}))"  # of ASCII letters
        values[f"term{number}"] = term
    found = (
        "SELECT * FROM (SELECT m.id, m.conversation_id, c.title, m.role, m.created_at,"
        " m.model_ref, m.text FROM {source} CROSS JOIN message m ON m.id = {id}"
        " CROSS JOIN conversation c ON c.id = m.conversation_id"
        f" WHERE {where}{{condition}} ORDER BY {{id}} DESC LIMIT :limit + :offset)"
    )
    indexed = found.format(
        source="unspaced_index f", id="f.rowid", condition=" AND unspaced_index MATCH :pieces"
    )
    added = found.format(source="unspaced_added a", id="a.message_id", condition="")
    rows = db.execute(
        f"{indexed} UNION {added} ORDER BY 1 DESC LIMIT :limit OFFSET :offset",
        {"pieces": unspaced.expression(terms), **values},
    )
    return [_hit((*row[:6], _around(row[6], terms))) for row in rows]


def _around(text: str, terms: Sequence[str]) -> str:
    """Return what stands around the first of *terms*, with all that is shown of them marked."""
    pattern = re.compile("|".join(map(re.escape, terms)), re.IGNORECASE)
    found = pattern.search(text)
    start, end = found.span() if found else (0, 0)
    first, last = max(start - 30, 0), min(end + 60, len(text))
    shown = pattern.sub(lambda match: f"{_START}{match.group()}{_END}", text[first:last])
    return f"{'…' * (first > 0)}{shown}{'…' * (last < len(text))}"


def _hit(row: tuple[Any, ...]) -> SearchHit:
    snippet, marks = marked(row[6])
    created_at = datetime.fromtimestamp(row[4], UTC)
    return SearchHit(row[0], row[1], row[2], Role(row[3]), created_at, row[5], snippet, marks)
