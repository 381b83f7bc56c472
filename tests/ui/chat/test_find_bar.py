from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QLabel, QLineEdit

from ai_coder.ui.chat.find_bar import FindBar


@pytest.mark.parametrize(
    ("count", "has_more", "words"),
    [
        (0, False, "Nothing found"),
        (1, False, "1 place"),
        (1234, False, "1,234 places"),
        (10000, True, "10,000+ places"),
    ],
)
def test_the_places_are_counted_in_words(qtbot, theme, count, has_more, words):
    bar = FindBar(theme)
    qtbot.addWidget(bar)
    bar.findChild(QLineEdit).setText("the")

    bar.set_count(count, has_more=has_more)

    assert words in [label.text() for label in bar.findChildren(QLabel)]
