from __future__ import annotations

import json
import zipfile
from copy import deepcopy

import pytest

from ai_coder.chat.chat_file import read_chats
from ai_coder.llm.models import FinishReason, TokenUsage
from tests.chat.conftest import MODEL
from tests.chat.foreign_chats import CHATGPT, LM_STUDIO, node, words

RAN = "```python\nsorted([])\n```\n\n```\n[]\n```"


def chats_in(path):
    return [chat for portion in read_chats(path) for chat in portion.archived]


@pytest.mark.parametrize("as_zip", [False, True])
def test_chats_of_chatgpt_keep_their_branches(tmp_path, as_zip):
    path = tmp_path / "export"
    if as_zip:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data/conversations.json", json.dumps(CHATGPT))
    else:
        path.write_text(json.dumps(CHATGPT))

    (archived,) = chats_in(path)

    assert archived.conversation.title == "Sorting"
    assert archived.conversation.created_at.timestamp() == 1700000000.5
    assert [(m.id, m.parent_id, m.role.value, m.text, m.reasoning) for m in archived.messages] == [
        (1, None, "user", "Sort a list", ""),
        (2, 1, "assistant", f"{RAN}\n\nUse sorted", "Let me see"),
        (3, 1, "assistant", "Use\n\n[A picture that the export does not contain]", ""),
    ]
    assert archived.messages[1].model_ref == "openai/gpt-4o"
    assert [m.id for m in archived.shown] == [1, 3]


def test_conversations_of_lm_studio_keep_versions_and_figures(tmp_path):
    path = tmp_path / "1.conversation.json"
    path.write_text(json.dumps(LM_STUDIO))

    (archived,) = chats_in(path)

    assert archived.conversation.is_pinned
    assert archived.conversation.settings.system_prompt == "Be kind."
    assert [(m.id, m.parent_id, m.text) for m in archived.messages] == [
        (1, None, "Hi\n[File that was not imported: 1.png]"),
        (2, 1, "First"),
        (3, 1, "Second"),
        (4, 3, "Thanks"),
    ]
    answer = archived.messages[2]
    assert answer.reasoning == "Hm"
    assert answer.model_ref == MODEL
    assert answer.finish_reason is FinishReason.STOP
    assert answer.usage == TokenUsage(10, 5)
    assert answer.output_per_second == 40.5
    assert [m.id for m in archived.shown] == [1, 3, 4]


def spoilt(document, *places):
    """Return a copy of *document* with values put at paths of keys."""
    copy = deepcopy(document)
    for *path, key, value in places:
        inner = copy
        for step in path:
            inner = inner[step]
        inner[key] = value
    return copy


ODD_STEP = {"type": "toolStatus", "content": {"state": "done"}}


@pytest.mark.parametrize(
    "place",
    [
        ("pinned", None),
        ("pinned", "maybe"),
        ("name", 7),
        ("name", {}),
        ("createdAt", "yesterday"),
        ("perChatPredictionConfig", "fields", None),
        ("perChatPredictionConfig", "fields", 0, "key", None),
        ("messages", 1, "currentlySelected", None),
        ("messages", 0, "versions", 0, "steps", None),
        ("messages", 1, "versions", 1, "steps", 1, ODD_STEP),
        ("messages", 1, "versions", 1, "steps", 2, "genInfo", "stats", "tokensPerSecond", "fast"),
        ("messages", 1, "versions", 1, "steps", 2, "genInfo", []),
    ],
)
def test_an_odd_value_in_a_conversation_of_lm_studio_is_passed_over(tmp_path, place):
    path = tmp_path / "1.conversation.json"
    path.write_text(json.dumps(spoilt(LM_STUDIO, place)))

    (archived,) = chats_in(path)

    assert [m.text for m in archived.messages][1:] == ["First", "Second", "Thanks"]


@pytest.mark.parametrize(
    "place",
    [
        (0, "title", 7),
        (0, "title", None),
        (0, "create_time", "once"),
        (0, "mapping", "b1", "children", None),
        (0, "mapping", "system", "children", None),
        (0, "mapping", "b1", "message", "metadata", 3),
        (0, "mapping", "think", "message", "recipient", None),
    ],
)
def test_an_odd_value_in_a_chat_of_chatgpt_is_passed_over(tmp_path, place):
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps(spoilt(CHATGPT, place)))

    (archived,) = chats_in(path)

    assert archived.messages[0].text == "Sort a list"
    assert archived.messages[1].text.endswith("Use sorted")


@pytest.mark.parametrize(
    "place",
    [
        (0, "mapping", None),
        (0, "mapping", "ask", 3),
        (0, "mapping", "ask", "message", "content", 3),
    ],
)
def test_a_chat_that_cannot_be_read_is_named_and_the_others_are_there(tmp_path, place):
    path = tmp_path / "conversations.json"
    good = spoilt(CHATGPT, (0, "title", "Readable"))
    path.write_text(json.dumps([*spoilt(CHATGPT, place), *good]))

    (portion,) = read_chats(path)

    assert [each.conversation.title for each in portion.archived] == ["Readable"]
    assert [chat.title for chat in portion.unread] == ["Sorting"]
    assert portion.unread[0].raw


def told(path, *messages):
    """Return what is imported of a chat in which these followed one another."""
    mapping, last = node("root", None, []), "root"
    for number, (role, content, more) in enumerate(messages):
        mapping |= node(str(number), last, [], role, content=content, **more)
        last = str(number)
    path.write_text(json.dumps([{"title": "T", "mapping": mapping, "current_node": last}]))
    (archived,) = chats_in(path)
    return [(message.role.value, message.text) for message in archived.shown]


@pytest.mark.parametrize(
    ("call", "block"),
    [
        (
            {"name": "story", "type": "document", "content": "Once upon"},
            "story:\n\n```markdown\nOnce upon\n```",
        ),
        (
            {"name": "app", "type": "code/python", "content": "a = '```'\n"},
            "app:\n\n````python\na = '```'\n````",
        ),
        ({"updates": []}, '```json\n{"updates": []}\n```'),
    ],
)
def test_documents_of_the_canvas_of_chatgpt_are_kept(tmp_path, call, block):
    content = {"content_type": "code", "language": "json", "text": json.dumps(call)}

    chat = told(
        tmp_path / "c.json",
        ("user", words("Write"), {}),
        ("assistant", content, {"recipient": "canmore.create_textdoc"}),
        ("tool", words("Successfully created"), {"recipient": "all"}),
        ("assistant", words("I wrote it."), {"recipient": "all"}),
    )

    assert chat == [("user", "Write"), ("assistant", f"{block}\n\nI wrote it.")]


@pytest.mark.parametrize("after", [[], [("user", "And now?")]])
def test_code_that_ran_before_no_answer_is_an_answer_of_its_own(tmp_path, after):
    chat = told(
        tmp_path / "c.json",
        ("user", words("Plot"), {}),
        ("assistant", {"content_type": "code", "text": "print(4)"}, {"recipient": "python"}),
        ("tool", {"content_type": "execution_output", "text": "4"}, {}),
        *((role, words(text), {}) for role, text in after),
    )

    ran = ("assistant", "```python\nprint(4)\n```\n\n```\n4\n```")
    assert chat == [("user", "Plot"), ran, *after]


def test_what_other_tools_of_chatgpt_were_given_is_left_out(tmp_path):
    chat = told(
        tmp_path / "c.json",
        ("user", words("Look it up"), {}),
        ("assistant", {"content_type": "code", "text": "search()"}, {"recipient": "browser"}),
        ("tool", {"content_type": "tether_browsing_display", "text": "page"}, {}),
        ("assistant", words("Found."), {}),
    )

    assert chat == [("user", "Look it up"), ("assistant", "Found.")]
