"""Lines of code in the transcript."""

import pytest

from tests.ui.chat.transcript_texts import answer


@pytest.fixture
def size():
    return 500, 300


def picture(transcript, code):
    transcript.set_messages([answer(0, f"```\n{code}\n```\n")])
    return transcript.viewport().grab().toImage()


@pytest.mark.parametrize(("separator", "sign"), [("\u2028", "\u21b5"), ("\u2029", "\u00b6")])
def test_a_separator_in_a_line_of_code_is_a_sign_in_it(transcript, separator, sign):
    shown = picture(transcript, f"one{separator}two\nthree")
    (code,) = transcript._layout.view(0).blocks[0].items

    assert shown == picture(transcript, f"one{sign}two\nthree")
    assert code.text == f"one{separator}two\nthree"
