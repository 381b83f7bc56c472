from __future__ import annotations

import pytest

from ai_coder.llm.models import Role
from ai_coder.ui.chat.message_frame import MessageFrame
from ai_coder.ui.chat.transcript_message import TranscriptMessage
from ai_coder.ui.chat.transcript_style import TranscriptStyle
from ai_coder.ui.chat.wrapped_words import wrapped

FOOTER = "250.0 tok/s · first token 0.1 s · 265 tokens · prompt 9"
NOTE = "The server dropped about 3,100 tokens of the conversation, the oldest of it."


@pytest.fixture
def frame(theme):
    message = TranscriptMessage(
        1, Role.ASSISTANT, "Hello", notes=(NOTE,), footer=FOOTER, branch=1, branches=2
    )
    return MessageFrame(message, TranscriptStyle(theme), None)


@pytest.mark.parametrize("width", [780, 420, 300, 200, 120])
def test_the_buttons_never_stand_on_the_measurements(frame, width):
    frame.arrange(width, 40)
    metrics, px = frame.style.small_metrics, frame.style.px
    last = metrics.horizontalAdvance(frame.footer_lines[-1])
    bottom = frame.text_bottom + frame.footer_top + len(frame.footer_lines) * px(22)
    row = frame.row_buttons()

    assert all(button.rect.left() >= last or button.rect.top() >= bottom for button in row)
    assert row[-1].rect.bottom() <= frame.height


@pytest.mark.parametrize("width", [780, 420, 300])
def test_no_word_below_an_answer_is_cut(frame, width):
    frame.arrange(width, 40)
    advance = frame.style.small_metrics.horizontalAdvance

    assert all(advance(line) <= width for line in (*frame.note_lines, *frame.footer_lines))
    assert " ".join(frame.note_lines) == NOTE
    assert frame.notes_top + len(frame.note_lines) * frame.style.px(20) <= frame.footer_top


def test_a_word_longer_than_the_line_stays_whole(theme):
    metrics = TranscriptStyle(theme).small_metrics
    assert wrapped("a longerthanallothers b", metrics, 30) == ["a", "longerthanallothers", "b"]
    assert wrapped("", metrics, 30) == []
