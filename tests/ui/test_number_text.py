from __future__ import annotations

import pytest

from ai_coder.ui.number_text import (
    cost_text,
    size_text,
    speed_number,
    token_text,
    window_text,
)


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (950, "950"),
        (1200, "1.2k"),
        (32000, "32k"),
        (32768, "32k"),
        (131072, "128k"),
        (128000, "128k"),
        (163840, "160k"),
        (1_000_000, "1M"),
        (1_048_576, "1M"),
    ],
)
def test_windows_read_as_people_say_them(tokens, text):
    assert token_text(tokens) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (980, "980 B"), (2_000_000, "2 MB"), (4_700_000_000, "4.7 GB")],
)
def test_sizes(count, text):
    assert size_text(count) == text


@pytest.mark.parametrize(("speed", "text"), [(38.23, "38.2"), (120.4, "120"), (9800, "9,800")])
def test_speeds(speed, text):
    assert speed_number(speed) == text


@pytest.mark.parametrize(
    ("served", "maximum", "text"),
    [(32768, 131072, "32k / 128k"), (None, 2048, "2k"), (None, None, "")],
)
def test_windows_show_what_is_served_and_what_could_be(served, maximum, text):
    assert window_text(served, maximum) == text


@pytest.mark.parametrize(("dollars", "text"), [(0, "free"), (0.0042, "$0.0042"), (1.5, "$1.50")])
def test_costs(dollars, text):
    assert cost_text(dollars) == text
