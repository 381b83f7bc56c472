"""The model's thinking while it streams, unfolded: like the answer, it is laid out once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ui.chat.transcript_texts import ANSWER, answer, prompt

THOUGHTS = ANSWER + "\n- a\n\n  b\n- c\n\n    code\n\n    more\n"


@pytest.fixture
def size():
    return 700, 1600


def view(transcript):
    return transcript._layout.view(1)


def think(transcript, text):
    transcript.add_reasoning(text)
    transcript.render_frame()
    transcript.viewport().repaint()


def begin(transcript):
    transcript.set_messages([prompt(1)])
    transcript.begin_stream(answer(2, ""))
    think(transcript, "# Plan\n\n")
    view(transcript).toggle_reasoning()


def shown(transcript):
    transcript.viewport().repaint()
    return [
        (index, type(item).__name__, item.text, view(transcript).block_top(index) + item.y, item.x)
        for index, block in enumerate(view(transcript).blocks)
        for item in block.items
    ]


def finished(text, thoughts):
    return answer(2, text, reasoning=thoughts, reasoning_seconds=2)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sizes=st.lists(st.integers(1, 40), max_size=40))
def test_thoughts_in_any_portions_look_like_the_whole(transcript, sizes):
    begin(transcript)
    position = 0
    for size in sizes:
        think(transcript, THOUGHTS[position : position + size])
        position += size
    think(transcript, THOUGHTS[position:])
    transcript.add_text("So **it** is.\n\nDone.")
    whole = finished("So **it** is.\n\nDone.", "# Plan\n\n" + THOUGHTS)
    transcript.end_stream(whole)
    streamed, picture = shown(transcript), transcript.grab().toImage()

    transcript.set_messages([prompt(1), whole])
    view(transcript).toggle_reasoning()

    assert shown(transcript) == streamed
    assert transcript.grab().toImage() == picture


def test_finished_thoughts_are_laid_out_once(transcript):
    begin(transcript)
    think(transcript, "First.\n\nSecond")
    items = [block.items[0] for block in view(transcript).blocks]

    think(transcript, " goes on.\n\nThird")

    blocks = view(transcript).blocks
    assert [block.items[0] for block in blocks[: len(items)]] == items
    assert [block.items[0].text for block in blocks] == [
        "Plan",
        "First.",
        "Second goes on.",
        "Third",
    ]
    assert view(transcript).is_open(blocks[-1])


def test_thoughts_that_come_late_stand_above_the_answer(transcript):
    begin(transcript)
    transcript.add_text("An answer")
    transcript.render_frame()
    think(transcript, "and a late thought")
    transcript.add_text(" goes on")
    transcript.render_frame()

    texts = [block.items[0].text for block in view(transcript).blocks]
    assert texts == ["Plan", "and a late thought", "An answer goes on"]
    assert view(transcript).reasoning_count == 2


def test_folding_and_unfolding_while_it_streams_loses_nothing(transcript):
    begin(transcript)
    think(transcript, "One.\n\nTw")
    view(transcript).toggle_reasoning()
    think(transcript, "o.\n\nThr")
    assert view(transcript).reasoning_count == 0

    view(transcript).toggle_reasoning()
    think(transcript, "ee.")

    texts = [block.items[0].text for block in view(transcript).blocks]
    assert texts == ["Plan", "One.", "Two.", "Three."]


def test_a_new_look_keeps_thoughts_unfolded_and_growing(transcript, theme):
    begin(transcript)
    think(transcript, "One.\n\nTw")

    theme.configure("dark", 150)
    think(transcript, "o.")

    texts = [block.items[0].text for block in view(transcript).blocks]
    assert texts == ["Plan", "One.", "Two."]
