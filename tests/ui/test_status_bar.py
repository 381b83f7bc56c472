from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QPushButton

from ai_coder.errors import Remedy
from ai_coder.ui.status_bar import StatusBar
from ai_coder.ui.widgets.elided_label import ElidedLabel
from tests.ui.states import LM_STUDIO_READY, OLLAMA_OFF, STATES


@pytest.fixture
def bar(theme, qtbot):
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.resize(1200, 28)
    bar.set_states(STATES)
    bar.show()
    return bar


def entry(bar, name):
    return bar.findChild(QAbstractButton, name)


def test_each_server_has_an_entry_that_says_its_state_in_words(bar):
    assert entry(bar, "statusLmStudio").text() == "LM Studio · 3 models, 1 loaded"
    assert entry(bar, "statusOllama").text() == "Ollama · off"
    assert entry(bar, "statusOllama").accessibleName() == "Ollama · off"
    assert entry(bar, "statusLmStudio").role == "ok"
    assert entry(bar, "statusOllama").role == "off"


def test_a_server_that_is_no_longer_used_leaves_the_bar(bar, qtbot):
    bar.set_states({"lm_studio": LM_STUDIO_READY})

    qtbot.waitUntil(lambda: entry(bar, "statusOllama") is None)


def test_enter_opens_the_card_that_explains_the_state(bar, qtbot):
    qtbot.keyClick(entry(bar, "statusOllama"), Qt.Key.Key_Return)

    card = bar.entry("ollama").card
    assert card.isVisible()
    assert card.text() == (
        "Ollama is installed but not running.\nNothing answers at 127.0.0.1:11434."
    )
    assert card.action_text == "Start Ollama"


def test_the_button_of_the_card_asks_for_the_remedy_and_closes_it(bar, qtbot):
    bar.entry("ollama").open_card()
    card = bar.entry("ollama").card
    start = next(b for b in card.findChildren(QPushButton) if b.text() == "Start Ollama")

    with qtbot.waitSignal(bar.remedy_requested) as wish:
        qtbot.mouseClick(start, Qt.MouseButton.LeftButton)

    assert wish.args == ["ollama", Remedy.START_SERVER]
    assert not card.isVisible()


def test_a_server_without_trouble_offers_nothing(bar):
    bar.entry("lm_studio").open_card()

    assert bar.entry("lm_studio").card.action_text == ""


def test_an_open_card_follows_the_server(bar):
    bar.entry("ollama").open_card()

    bar.set_states({"lm_studio": LM_STUDIO_READY, "ollama": LM_STUDIO_READY})

    card = bar.entry("ollama").card
    assert card.text() == "LM Studio is ready.\n3 models, 1 loaded\n127.0.0.1:1234"


def test_the_link_makes_room_in_a_narrow_bar(bar):
    link = next(b for b in bar.findChildren(QPushButton) if b.text() == "Start")
    assert link.isVisible()

    bar.resize(300, 28)

    assert not link.isVisible()


def test_the_lock_asks_and_waits_to_be_told(bar, qtbot):
    lock = entry(bar, "localOnlyButton")

    with qtbot.waitSignal(bar.local_only_toggled) as wish:
        qtbot.mouseClick(lock, Qt.MouseButton.LeftButton)

    assert wish.args == [True]
    assert lock.text() == "Local only off"
    bar.set_local_only(True)
    assert lock.text() == "Local only"


def test_the_last_answer_is_measured_only_when_it_is_known(bar):
    label = bar.findChild(ElidedLabel, "metricsLabel")
    assert not label.isVisible()

    bar.set_metrics("38.2 tok/s")

    assert label.isVisible()
    assert label.whole_text() == "38.2 tok/s"
    bar.set_metrics("")
    assert not label.isVisible()


def test_the_state_survives_being_shown_twice(bar):
    bar.set_states({"lm_studio": LM_STUDIO_READY, "ollama": OLLAMA_OFF})

    assert entry(bar, "statusOllama").text() == "Ollama · off"


def test_where_room_is_short_names_stay_and_trouble_keeps_its_words(bar, qtbot):
    ready, off = entry(bar, "statusLmStudio"), entry(bar, "statusOllama")
    bar.resize(240, bar.height())

    qtbot.waitUntil(lambda: ready.text() == "LM Studio")
    assert ready.accessibleName() == "LM Studio · 3 models, 1 loaded"
    assert off.text() == "Ollama · off"

    bar.resize(1200, bar.height())
    qtbot.waitUntil(lambda: ready.text() == "LM Studio · 3 models, 1 loaded")


def shown_whole(bar):
    """Return whether every entry has the room of what it says."""
    entries = [entry(bar, "statusLmStudio"), entry(bar, "statusOllama")]
    return all(each.width() >= each.sizeHint().width() for each in entries)


@pytest.mark.parametrize("zoom", [80, 100, 150, 200])
@pytest.mark.parametrize("width", [500, 700, 900, 1280])
def test_no_entry_is_cut_while_something_else_can_give_way(look, theme, qtbot, zoom, width):
    theme.configure("light", zoom)
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.set_states({"lm_studio": LM_STUDIO_READY, "ollama": LM_STUDIO_READY})
    bar.set_metrics("38.2 tok/s")
    bar.set_message("Answer ready · Write a reader for the header of a file")
    bar.resize(width, 28)
    bar.show()

    metrics = bar.findChild(ElidedLabel, "metricsLabel")

    qtbot.waitUntil(lambda: shown_whole(bar))
    qtbot.waitUntil(lambda: not metrics.isVisible() or metrics.text() == "38.2 tok/s")


def test_where_not_even_names_fit_a_server_that_is_ready_is_a_dot(bar, qtbot):
    ready = entry(bar, "statusLmStudio")

    bar.resize(150, 28)

    qtbot.waitUntil(lambda: ready.is_bare)
    assert ready.accessibleName() == "LM Studio · 3 models, 1 loaded"
    assert not entry(bar, "statusOllama").is_bare
    bar.resize(1200, 28)
    qtbot.waitUntil(lambda: not ready.is_bare)


def test_the_closed_lock_counts_among_what_needs_room(bar, qtbot):
    lock = entry(bar, "localOnlyButton")
    bar.set_message("Answer ready · Write a reader for the header of a file")
    widths = [width for width in range(1200, 200, -5) if fits(bar, width)]

    assert widths[-1] < 1200
    bar.set_local_only(True)
    assert lock.text() == "Local only"
    assert shown_whole(bar)


def fits(bar, width):
    bar.resize(width, 28)
    return entry(bar, "statusLmStudio").text() == "LM Studio · 3 models, 1 loaded"


def said(bar):
    """Return what every visible part of the bar says, and whether only its sign is shown."""
    parts = bar.findChildren(QAbstractButton) + bar.findChildren(ElidedLabel)
    return [(each.text(), getattr(each, "is_bare", False)) for each in parts if each.isVisible()]


def filled_bar(theme, qtbot, width):
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.set_states({"lm_studio": LM_STUDIO_READY, "ollama": OLLAMA_OFF})
    bar.set_metrics("38.2 tok/s")
    bar.set_message("Answer ready · Write a reader for the header of a file")
    bar.resize(width, 28)
    bar.show()
    return bar


@pytest.mark.parametrize("width", [600, 750, 900, 1280])
@pytest.mark.parametrize(("before", "after"), [(100, 200), (200, 80)])
def test_after_any_change_of_zoom_the_bar_says_what_it_says_when_it_is_made_then(
    look, theme, qtbot, width, before, after
):
    theme.configure("light", before)
    bar = filled_bar(theme, qtbot, width)
    qtbot.waitUntil(lambda: shown_whole(bar))

    theme.configure("light", after)

    new = filled_bar(theme, qtbot, width)
    qtbot.waitUntil(lambda: shown_whole(new))
    qtbot.waitUntil(lambda: said(bar) == said(new))
