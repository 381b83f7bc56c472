from __future__ import annotations

from datetime import UTC, datetime

from ai_coder.chat.conversation import Message
from ai_coder.chat.summary import last_exchange, summary_request
from ai_coder.llm.models import Role


def message(number, role, text):
    return Message(number, 1, None, role, text, datetime.now(UTC))


CHAT = [
    message(1, Role.USER, "Write a parser"),
    message(2, Role.ASSISTANT, "Done in parser.py"),
    message(3, Role.USER, "Now test it"),
]


def test_a_summary_is_asked_of_everything_that_was_said():
    request = summary_request("m", CHAT, 4000)

    text = request.messages[0].text
    assert request.model == "m"
    assert "User: Write a parser" in text
    assert "Assistant: Done in parser.py" in text


def test_long_messages_lose_their_middle_so_that_the_request_fits():
    chat = [message(1, Role.USER, "begin" + "x" * 50_000 + "end"), *CHAT]

    text = summary_request("m", chat, 4000).messages[0].text

    assert len(text) < 4100
    assert "begin" in text
    assert "xend" in text


def test_no_summary_is_asked_where_too_little_would_be_read():
    assert summary_request("m", [message(i, Role.USER, "x" * 500) for i in range(50)], 4000) is None
    assert summary_request("m", [], 4000) is None


def test_the_last_exchange_is_quoted_without_the_open_question():
    assert last_exchange(CHAT) == "> User: Write a parser\n\n> Assistant: Done in parser.py"
    assert last_exchange([CHAT[0]]) == ""
