from __future__ import annotations

import pytest

from ai_coder.ui.chat.turn_words import duration_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0002, "1 ms"),
        (0.04, "40 ms"),
        (0.0949, "95 ms"),
        (0.096, "0.1 s"),
        (0.94, "0.9 s"),
        (12.4, "12 s"),
        (125, "2 min 5 s"),
    ],
)
def test_a_time_is_never_told_as_zero(seconds, text):
    assert duration_text(seconds) == text
