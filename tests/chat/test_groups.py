from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ai_coder.chat.conversation import Conversation
from ai_coder.chat.groups import Period, grouped

NOW = datetime(2026, 3, 15, 9, 0, tzinfo=timezone(timedelta(hours=2)))


def conversation(number, at, **more):
    return Conversation(number, str(number), at, at, **more)


def test_conversations_are_grouped_by_day_and_month():
    ages = [0, 1, 3, 6, 7, 29, 30, 400]
    conversations = [conversation(i, NOW - timedelta(days=age)) for i, age in enumerate(ages)]
    conversations.append(conversation(9, NOW - timedelta(days=100), is_pinned=True))

    groups = grouped(conversations, NOW)

    assert [(g.period, [c.id for c in g.conversations], g.year, g.month) for g in groups] == [
        (Period.PINNED, [9], None, None),
        (Period.TODAY, [0], None, None),
        (Period.YESTERDAY, [1], None, None),
        (Period.LAST_7_DAYS, [2, 3], None, None),
        (Period.LAST_30_DAYS, [4, 5], None, None),
        (Period.MONTH, [6], 2026, 2),
        (Period.MONTH, [7], 2025, 2),
    ]


def test_days_are_those_of_the_user():
    late_evening_in_utc = datetime(2026, 3, 14, 22, 30, tzinfo=UTC)

    (group,) = grouped([conversation(1, late_evening_in_utc)], NOW)

    assert group.period is Period.TODAY


def test_a_clock_that_went_back_still_groups_as_today():
    (group,) = grouped([conversation(1, NOW + timedelta(days=3))], NOW)

    assert group.period is Period.TODAY


@pytest.fixture
def berlin(monkeypatch):
    """Let this computer stand in Berlin."""
    if not hasattr(time, "tzset"):
        pytest.skip("Windows has one time zone for all programs")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("used", "now", "period"),
    [
        # The clocks of Berlin go back at 3:00 on 25 October 2026, and forward on 29 March.
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 26, 10), Period.YESTERDAY),
        (datetime(2026, 3, 28, 22, 30, tzinfo=UTC), datetime(2026, 3, 29, 10), Period.YESTERDAY),
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), datetime(2026, 3, 29, 10), Period.TODAY),
    ],
)
def test_a_day_before_the_clock_was_changed_is_the_day_it_was(berlin, used, now, period):
    (group,) = grouped([conversation(1, used)], now)

    assert group.period is period
