"""Rows of the list of chats: grouped by day, or the hits of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from PyQt6.QtCore import QCoreApplication, QDate, QLocale

from ai_coder.chat.groups import Group, Period, grouped
from ai_coder.ui.chat.conversation_rows import RowData
from ai_coder.ui.chat.snippet_text import plain_snippet

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from datetime import datetime

    from ai_coder.chat.conversation import Conversation
    from ai_coder.chat.search import SearchHit


def _tr(text: str) -> str:
    return QCoreApplication.translate("ChatRows", text)


def chat_rows(
    conversations: Sequence[Conversation],
    now: datetime,
    running: Container[int],
    current: int | None,
    model_name: Callable[[str], str],
) -> list[RowData]:
    """Return headings and chats; those with nothing in them are left out unless they are open."""
    shown = [c for c in conversations if c.id == current or not c.is_empty]
    rows: list[RowData] = []
    for group in grouped(shown, now):
        rows.append(RowData(_heading(group)))
        for chat in group.conversations:
            count = _tr("1 message") if chat.message_count == 1 else _tr("{n} messages")
            model = model_name(chat.model_ref) if chat.model_ref else ""
            aside = count.format(n=chat.message_count) if chat.message_count else ""
            rows.append(
                RowData(
                    chat.title or _tr("New chat"),
                    model,
                    _tr("writing…") if chat.id in running else aside,
                    chat.id,
                    is_pinned=chat.is_pinned,
                    is_running=chat.id in running,
                )
            )
    return rows


def search_rows(
    titled: Sequence[Conversation],
    hits: Sequence[SearchHit],
    model_name: Callable[[str], str],
    *,
    has_more: bool,
) -> list[RowData]:
    """Return what a search found: chats by their titles, then messages with their snippets."""
    if not hits and not titled:
        return [RowData(_tr("Nothing found"))]
    rows = [
        RowData(
            chat.title,
            model_name(chat.model_ref) if chat.model_ref else "",
            conversation_id=chat.id,
            is_pinned=chat.is_pinned,
        )
        for chat in titled
    ]
    more = [RowData(_tr("Show more"), is_more=True)] if has_more else []
    return [*rows, *map(_found, hits), *more]


def _found(hit: SearchHit) -> RowData:
    snippet, marks = plain_snippet(hit.snippet, hit.marks)
    return RowData(
        hit.conversation_title or _tr("New chat"),
        snippet,
        conversation_id=hit.conversation_id,
        message_id=hit.message_id,
        marks=tuple((start, end - start) for start, end in marks),
    )


def with_title(
    conversations: Sequence[Conversation],
    text: str,
    *,
    model_ref: str | None = None,
    since: datetime | None = None,
) -> list[Conversation]:
    """Return the chats whose title holds every word of *text*, by model and date if given."""
    words = text.replace('"', " ").casefold().split()
    return [
        chat
        for chat in conversations
        if words
        and all(word in chat.title.casefold() for word in words)
        and model_ref in (None, chat.model_ref)
        and (since is None or chat.updated_at >= since)
    ]


def _heading(group: Group) -> str:
    match group.period:
        case Period.PINNED:
            return _tr("Pinned")
        case Period.TODAY:
            return _tr("Today")
        case Period.YESTERDAY:
            return _tr("Yesterday")
        case Period.LAST_7_DAYS:
            return _tr("Last 7 days")
        case Period.LAST_30_DAYS:
            return _tr("Last 30 days")
        case Period.MONTH:
            return QLocale().toString(QDate(group.year or 1, group.month or 1, 1), "MMMM yyyy")
        case _:
            assert_never(group.period)
