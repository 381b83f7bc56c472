from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QLabel, QLineEdit, QToolButton

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


def test_the_place_that_is_shown_is_named(qtbot, theme):
    bar = FindBar(theme)
    qtbot.addWidget(bar)
    bar.findChild(QLineEdit).setText("the")

    bar.set_count(1234, 15)
    assert "15 of 1,234" in [label.text() for label in bar.findChildren(QLabel)]
    bar.set_count(10000, 15, has_more=True)

    assert "15 of 10,000+" in [label.text() for label in bar.findChildren(QLabel)]


@pytest.mark.parametrize("zoom", [80, 100, 200])
def test_the_field_is_no_wider_than_what_is_looked_for(look, qtbot, theme, zoom):
    theme.configure("light", zoom)
    bar = FindBar(theme)
    qtbot.addWidget(bar)
    bar.resize(3000, 60)
    bar.open_bar()

    qtbot.waitUntil(lambda: bar.findChild(QLineEdit).width() == theme.px(360))
    close = next(b for b in bar.findChildren(QToolButton) if b.accessibleName() == "Close")
    with qtbot.waitSignal(bar.closed):
        close.click()
