"""Conversations grouped by the day they were last used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from ai_coder.chat.conversation import Conversation


class Period(StrEnum):
    """The heading of a group; months carry their year and month."""

    PINNED = "pinned"
    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Group:
    """The conversations of one period, in the order they were given."""

    period: Period
    conversations: tuple[Conversation, ...]
    year: int | None = None
    month: int | None = None


def grouped(conversations: Iterable[Conversation], now: datetime) -> list[Group]:
    """Group conversations, days counted in the time zone of *now*.

    Without one it is that of this computer, which changes its clock twice a year.
    """
    members: dict[tuple[Period, int | None, int | None], list[Conversation]] = {}
    for conversation in conversations:
        if conversation.is_pinned:
            key: tuple[Period, int | None, int | None] = (Period.PINNED, None, None)
        else:
            key = _period(conversation.updated_at.astimezone(now.tzinfo).date(), now.date())
        members.setdefault(key, []).append(conversation)
    order = list(Period)
    keys = sorted(members, key=lambda k: (order.index(k[0]), -(k[1] or 0), -(k[2] or 0)))
    return [Group(key[0], tuple(members[key]), key[1], key[2]) for key in keys]


def _period(day: date, today: date) -> tuple[Period, int | None, int | None]:
    if day >= today:
        return Period.TODAY, None, None
    if day == today - timedelta(days=1):
        return Period.YESTERDAY, None, None
    if day > today - timedelta(days=7):
        return Period.LAST_7_DAYS, None, None
    if day > today - timedelta(days=30):
        return Period.LAST_30_DAYS, None, None
    return Period.MONTH, day.year, day.month
