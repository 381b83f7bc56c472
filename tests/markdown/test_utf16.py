from hypothesis import given
from hypothesis import strategies as st

from ai_coder.markdown.utf16 import utf16_index, utf16_length, utf16_slice


@given(st.text(), st.integers(0, 20), st.integers(0, 20))
def test_slices_are_those_of_the_encoded_text(text, first, last):
    start, end = utf16_length(text[:first]), utf16_length(text[:last])

    assert utf16_slice(text, start, end) == text[first:last]
    assert utf16_index(text, start) == min(first, len(text))
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2
