from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QLabel, QLineEdit

from ai_coder.ui.chat.find_bar import FindBar


@pytest.mark.parametrize(
    ("count", "words"), [(0, "Nothing found"), (1, "1 place"), (1234, "1,234 places")]
)
def test_the_places_are_counted_in_words(qtbot, theme, count, words):
    bar = FindBar(theme)
    qtbot.addWidget(bar)
    bar.findChild(QLineEdit).setText("the")

    bar.set_count(count)

    assert words in [label.text() for label in bar.findChildren(QLabel)]
