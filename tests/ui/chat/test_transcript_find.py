"""Find in the open chat: what is on the screen is what is searched."""

from __future__ import annotations

import pytest

from ai_coder.ui.chat.found_places import CurrentMatch, FoundPlaces, Match
from tests.ui.chat.transcript_texts import answer, find_all, prompt

MARKED_UP = "The quick brown\nfox [jumps](http://x.y) over &amp; the **la**zy<br>dog_s."


@pytest.fixture
def size():
    return 760, 900


@pytest.fixture
def told(transcript):
    """What was told of the search: the number of the current place, and how many there are."""
    told = []
    transcript.find_changed.connect(lambda current, total: told.append((current, total)))
    return told


@pytest.mark.parametrize(
    "text",
    ["brown fox", "fox jumps", "jumps over", "OVER & the", "the lazy", "lazy dog", "dog_s", "y d"],
)
def test_find_goes_by_what_is_shown(transcript, qtbot, text):
    transcript.set_messages([answer(1, MARKED_UP)])

    assert find_all(transcript, qtbot, text) == 1


def test_words_are_found_over_the_end_of_a_line(transcript, qtbot):
    transcript.set_messages([prompt(1, "one needle\ntwo needles")])

    assert find_all(transcript, qtbot, "needle two") == 1
    assert find_all(transcript, qtbot, "needle ") == 1
    assert find_all(transcript, qtbot, " ") == 0


def thought(number, thoughts, text, **values):
    return answer(number, text, reasoning=thoughts, reasoning_seconds=2, **values)


def is_unfolded(transcript, message):
    view = transcript._layout.view(transcript._layout.index_of(message))
    return view.frame.is_reasoning_open


def current_text(transcript):
    """Return the highlighted text of the current place, and whether that is in sight."""
    found = transcript._state.found
    index, number = found.current
    match = found.of(index)[number]
    view = transcript._layout.view(index)
    block = view.shown_block(match.block)
    item = view.item(block, match.item)
    y = transcript._layout.top(index) + view.block_top(block) + item.y
    y += round(item.rect_of(match.start, match.end).y())
    top, bottom = transcript._visible()
    return item.text[match.start : match.end], top <= y < bottom


@pytest.mark.parametrize("is_tagged", [False, True])
def test_folded_thoughts_are_found_and_unfold_when_the_reader_comes_to_them(
    transcript, told, qtbot, is_tagged
):
    thoughts = "\n\n".join(["I wonder."] * 200 + ["A **needle**, hm."] + ["And on."] * 200)
    pondered = thought(2, thoughts, "A needle.")
    if is_tagged:
        pondered = answer(2, f"<think>{thoughts}</think>A needle.")
    transcript.set_messages([prompt(1, "Where?"), pondered])

    assert find_all(transcript, qtbot, "needle") == 2
    assert (told[-1], is_unfolded(transcript, 2)) == ((2, 2), False)

    transcript.find_previous()
    transcript.grab()

    assert (told[-1], is_unfolded(transcript, 2)) == ((1, 2), True)
    assert current_text(transcript) == ("needle", True)


def test_folding_the_thoughts_changes_nothing_of_what_is_found(transcript, told, qtbot):
    transcript.set_messages([thought(1, "A needle.\n\nNeedles.", "The needle\n\nis a needle.")])
    find_all(transcript, qtbot, "needle")
    view = transcript._layout.view(0)

    def highlighted():
        marks = transcript._state.marks_in(0, view)
        return [
            view.item(block, item).text
            for block, items in sorted(marks.items())
            for item in items
            if block >= 0
        ]

    assert highlighted() == ["The needle", "is a needle."]
    transcript._act(0, "reasoning")
    assert highlighted() == ["A needle.", "Needles.", "The needle", "is a needle."]
    transcript._act(0, "reasoning")
    assert highlighted() == ["The needle", "is a needle."]
    assert told[-1] == (4, 4)


def test_growing_thoughts_are_searched_folded_and_unfolded(transcript, told, qtbot):
    transcript.set_messages([prompt(1, "Where?")])
    transcript.begin_stream(answer(2, ""))
    transcript.add_reasoning("A needle?\n\nPerhaps")
    transcript.render_frame()
    assert find_all(transcript, qtbot, "needle") == 1
    assert is_unfolded(transcript, 2)

    transcript.add_reasoning(" the needle.\n\nOr")
    transcript.render_frame()
    qtbot.waitUntil(lambda: told[-1] == (1, 2))

    transcript._act(1, "reasoning")
    transcript.add_reasoning(" a third needle.")
    transcript.add_text("Needle")
    transcript.render_frame()
    qtbot.waitUntil(lambda: told[-1] == (1, 4))


def test_new_and_changed_messages_are_searched_without_moving_the_reader(transcript, told, qtbot):
    transcript.set_messages([prompt(1, "needle")])
    find_all(transcript, qtbot, "needle")
    transcript.append(answer(2, "two needles, needles"))
    assert told[-1] == (1, 3)

    transcript.replace(answer(2, "one needle"))
    assert told[-1] == (1, 2)

    transcript.take(answer(2, "none"))
    transcript.take(prompt(3, "a needle again"))
    assert told[-1] == (1, 2)


def test_a_running_answer_is_searched_while_it_grows_and_at_its_end(transcript, told, qtbot):
    transcript.set_messages([prompt(1, "Where?")])
    transcript.begin_stream(answer(2, ""))
    transcript.add_text("a needle and ")
    transcript.render_frame()
    assert find_all(transcript, qtbot, "needle") == 1

    transcript.add_text("another needle and a ne")
    transcript.render_frame()
    qtbot.waitUntil(lambda: told[-1] == (1, 2))

    transcript.add_text("edle")
    transcript.end_stream(answer(2, "a needle and another needle and a needle"))
    assert told[-1] == (1, 3)


def test_a_prompt_below_leaves_what_was_found_and_selected(transcript, told, qtbot):
    transcript.set_messages([prompt(1, "needle"), answer(2, "needle")])
    find_all(transcript, qtbot, "needle")
    transcript.select_all()

    transcript.remove_after(2)
    assert (transcript._find.count, transcript.selected_text()) == (2, "needle\n\nneedle")

    transcript.remove_after(1)
    assert told[-1] == (0, 1)
    assert transcript.selected_text() == ""


def test_another_branch_is_searched_for_the_same_text(transcript, told, qtbot):
    transcript.set_messages([answer(1, "needle")])
    find_all(transcript, qtbot, "needle")

    transcript.set_messages([answer(2, "needle, needle")])

    qtbot.waitUntil(lambda: told[-1] == (0, 2))
    transcript.find_next()
    assert told[-1] == (2, 2)


def test_very_many_places_are_known_as_the_reader_comes_near_them(transcript, told, qtbot):
    transcript.set_messages([answer(n, "e" * 500) for n in range(60)])
    find_all(transcript, qtbot, "e")
    assert transcript.has_more_places
    assert told[-1] == (10_000, 10_000)

    transcript.find_next()  # around the end, to the first that is known

    qtbot.waitUntil(lambda: told[-1] == (10_001, 20_000))
    assert transcript.has_more_places
    transcript._state.found.choose(900)
    transcript.find_previous()
    qtbot.waitUntil(lambda: told[-1] == (10_899, 30_000))
    assert not transcript.has_more_places


def test_a_place_is_known_by_its_number():
    found = FoundPlaces()
    places = [Match(0, 0, start, start + 1) for start in range(3)]
    found.set(4, places)
    found.set(1, places[:2])
    assert (found.count, found.number) == (5, 0)

    assert found.choose(3) == (4, places[0])
    assert found.number == 3

    found.shift(10)
    assert (found.number, found.current) == (3, CurrentMatch(14, 0))
    found.set(2, places)
    assert (found.number, found.count) == (6, 8)
    found.set(14, [])
    assert (found.number, found.current) == (0, None)
    found.truncate(11)
    assert (found.count, found.of(11)) == (3, ())


def test_a_running_answer_does_not_carry_the_place_away(transcript, qtbot):
    transcript.set_messages([prompt(1)])
    transcript.begin_stream(answer(2, ""))
    transcript.add_text("word\n\n" * 60 + "needle\n\n" + "word\n\n" * 4)
    qtbot.waitUntil(lambda: not transcript._pacer.has_frame())
    assert transcript.is_at_end
    assert find_all(transcript, qtbot, "needle") == 1
    place = transcript.verticalScrollBar().value()

    transcript.add_text("word\n\n" * 60)
    transcript.end_stream(answer(2, "word\n\n" * 60 + "needle\n\n" + "word\n\n" * 64))
    transcript.viewport().repaint()

    assert transcript.verticalScrollBar().value() == place
    assert current_text(transcript) == ("needle", True)
