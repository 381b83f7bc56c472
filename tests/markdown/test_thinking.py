import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_coder.markdown.thinking import ThinkingSplitter, split_thinking


def test_thinking_is_taken_out():
    assert split_thinking("<think>\nhm\n</think>\n\nYes.") == ("hm\n", "Yes.")


@pytest.mark.parametrize("text", ["Use <think> tags", "", "<thin", "<b>x</b>"])
def test_other_text_stays(text):
    assert split_thinking(text) == ("", text)


def test_unclosed_thinking_is_no_answer():
    assert split_thinking("<think>still</thi") == ("still</thi", "")


@given(
    st.sampled_from(["<think>a < b</think>\n\nok </think>", " <think>x", "<thinker>", "<thi"]),
    st.lists(st.integers(1, 5)),
)
def test_portions_do_not_matter(text, sizes):
    splitter = ThinkingSplitter()
    thought = answer = ""
    position = 0
    for size in [*sizes, len(text)]:
        more = splitter.feed(text[position : position + size])
        thought, answer = thought + more[0], answer + more[1]
        position += size
    more = splitter.close()

    assert (thought + more[0], answer + more[1]) == split_thinking(text)
