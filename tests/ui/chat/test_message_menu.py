"""The menu of a message does for the keyboard what is clicked in it otherwise."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QApplication

from tests.ui.chat.transcript_texts import answer


@pytest.fixture
def size():
    return 700, 600


@pytest.fixture
def entries(transcript, qtbot):
    """Open the menu of the only message and return its entries, those of submenus too."""
    menus = []

    def entries():
        transcript._show_menu(0, transcript.mapToGlobal(transcript.rect().center()))
        menu = QApplication.activePopupWidget()
        menus.append(menu)
        inside = [a for action in menu.actions() if action.menu() for a in action.menu().actions()]
        return [*menu.actions(), *inside]

    yield entries
    for menu in menus:
        menu.close()


def links(entries):
    return [entry for entry in entries if entry.objectName().startswith("link:")]


def test_each_link_of_a_message_can_be_opened(transcript, entries, qtbot):
    text = "See [this](https://a.org/x?a=1&b=2), https://b.org.\n\n"
    table = "| t |\n|---|\n| [c](mailto:c@d.org) |\n\n"
    transcript.set_messages([answer(1, text + table + "[again](https://b.org)")])

    found = links(entries())

    assert [entry.text() for entry in found] == [
        "Open link: https://a.org/x?a=1&&b=2",
        "Open link: https://b.org",
        "Open link: mailto:c@d.org",
    ]
    with qtbot.waitSignal(transcript.link_requested) as asked:
        found[0].trigger()
    assert asked.args == ["https://a.org/x?a=1&b=2"]


def test_many_links_have_a_menu_of_their_own(transcript, entries):
    transcript.set_messages([answer(1, " ".join(f"https://a.org/{n}" for n in range(30)))])

    found = entries()

    assert [entry.text() for entry in found].count("Open link") == 1
    assert len(links(found)) == 20


def test_a_message_without_links_offers_none(transcript, entries):
    transcript.set_messages([answer(1, "Nothing to see.")])

    assert links(entries()) == []


def test_what_a_model_thought_is_shown_by_a_command(transcript, entries):
    transcript.set_messages([answer(1, "Four.", reasoning="Two and two.")])

    entry = next(entry for entry in entries() if entry.objectName() == "reasoning")
    assert entry.text() == "Show thinking"
    entry.trigger()

    assert [e.text() for e in entries() if e.objectName() == "reasoning"] == ["Hide thinking"]
