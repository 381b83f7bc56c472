from hypothesis import given
from hypothesis import strategies as st

from ai_coder.ui.chat.height_index import HeightIndex

HEIGHTS = st.lists(st.integers(1, 500), min_size=1, max_size=60)


@given(HEIGHTS, st.lists(st.tuples(st.integers(0, 59), st.integers(1, 500)), max_size=20))
def test_sums_stay_right_while_heights_change(heights, changes):
    index = HeightIndex()
    index.reset(heights)

    for place, height in changes:
        if place < len(heights):
            grown = height - heights[place]
            heights[place] = height
            assert index.set(place, height) == grown

    assert [index.top(n) for n in range(len(heights) + 1)] == [
        sum(heights[:n]) for n in range(len(heights) + 1)
    ]
    assert index.total == sum(heights)


@given(HEIGHTS, HEIGHTS, st.integers(0, 60))
def test_appending_and_cutting_equals_starting_anew(heights, more, kept):
    index = HeightIndex()
    index.reset(heights)
    for height in more:
        index.append(height)
    index.truncate(kept)

    expected = [*heights, *more][:kept]
    assert len(index) == len(expected)
    assert index.total == sum(expected)


@given(HEIGHTS, st.integers(-10, 40_000))
def test_the_message_at_a_height_contains_it(heights, y):
    index = HeightIndex()
    index.reset(heights)

    found = index.at(y)

    assert found == 0 or index.top(found) <= y
    assert found == len(heights) - 1 or y < index.top(found + 1)


@given(HEIGHTS, HEIGHTS, HEIGHTS)
def test_putting_before_and_appending_equals_starting_anew(first, before, after):
    index = HeightIndex()
    index.reset(first)
    index.prepend(before)
    for height in after:
        index.append(height)

    expected = [*before, *first, *after]
    assert [index.top(n) for n in range(len(expected) + 1)] == [
        sum(expected[:n]) for n in range(len(expected) + 1)
    ]
