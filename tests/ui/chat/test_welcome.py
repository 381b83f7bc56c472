from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QFrame, QLabel

from ai_coder.ui.chat.welcome import ServerCard, WelcomePanel

CARD = ServerCard("openai", "Cloud key", "Asks a company.", "off", badge="leaves this computer")


@pytest.fixture
def panel(look, theme, qtbot):
    panel = WelcomePanel(theme)
    qtbot.addWidget(panel)
    panel.show_state("Welcome", "Choose.", [CARD], [])
    return panel


def test_cards_use_the_whole_width_of_a_narrow_pane(panel, theme, qtbot):
    panel.resize(560, 600)
    with qtbot.waitExposed(panel):
        panel.show()
    card = next(each for each in panel.findChildren(QFrame) if each.property("look") == "card")

    qtbot.waitUntil(lambda: abs(card.mapTo(panel, QPoint()).x() - theme.px(24)) <= 1)


def test_what_leaves_the_computer_is_marked_as_in_the_settings(panel):
    badge = next(
        each for each in panel.findChildren(QLabel) if each.text() == "leaves this computer"
    )

    assert badge.property("look") == "tag"
    assert badge.property("tone") == "waiting"
