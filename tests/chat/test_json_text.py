from __future__ import annotations

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_coder.chat.json_text import JsonText

LIST = re.compile(r"\[")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    st.lists(VALUES, max_size=5),
    st.integers(16, 60),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_a_list_in_pieces_is_the_list_as_a_whole(values, piece, encoding, is_ascii, indent):
    content = json.dumps(values, ensure_ascii=is_ascii, indent=indent).encode(
        encoding, "surrogatepass"
    )
    text = JsonText(io.BytesIO(content), piece)

    assert text.skip(LIST)
    read = list(text.elements())

    assert [value for value, _ in read] == values
    assert [json.loads(source) for _, source in read] == values
    assert text.bytes_read <= len(content)


@pytest.mark.parametrize(
    "rest",
    ["", "1", "1,", "1 2]", "1,]", '"a', '{"a": 1', "tru", '"\\u12', "1, nonsense, 2]", "[" * 9999],
)
def test_what_is_no_list_is_told(rest):
    text = JsonText(io.BytesIO(f"[{rest}".encode()), 4)
    text.skip(LIST)

    with pytest.raises((json.JSONDecodeError, RecursionError)):
        list(text.elements())


def test_a_fault_is_told_where_it_is_and_not_at_the_end_of_the_file():
    stream = io.BytesIO(b"[1, nonsense" + b" " * 100_000)
    text = JsonText(stream, 64)
    text.skip(LIST)

    with pytest.raises(json.JSONDecodeError):
        list(text.elements())

    assert text.bytes_read <= 256
