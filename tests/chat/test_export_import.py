from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.archive_format import from_json, to_json
from ai_coder.chat.chat_file_errors import (
    ChatFileError,
    DamagedChatFileError,
    NewerChatFileError,
    NotAChatFileError,
)
from ai_coder.chat.conversation import (
    AttachedFile,
    AttachmentKind,
    Conversation,
    ConversationSettings,
    Failure,
    Message,
    MessageStatus,
)
from ai_coder.chat.export import ExportFormat, exported, file_name
from ai_coder.chat.imports import import_chats, read_chats
from ai_coder.errors import Remedy
from ai_coder.llm.models import (
    FinishReason,
    GenerationParameters,
    Notice,
    NoticeKind,
    Role,
    Timings,
    TokenUsage,
)
from tests.chat.conftest import MODEL, events_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
COUNT = st.none() | st.integers(0, 10**9)
FIGURE = st.none() | st.floats(0, 1e9)
TIME = st.integers(0, 4 * 10**15).map(
    lambda us: datetime.fromtimestamp(0, UTC) + timedelta(0, 0, us)
)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
PARAMETERS = st.builds(
    GenerationParameters,
    temperature=st.none() | st.floats(0, 2),
    seed=st.none() | st.integers(),
    stop=st.lists(TEXT, max_size=2).map(tuple),
    json_schema=st.none() | st.just({"type": "object"}),
)
FILES = st.builds(AttachedFile, TEXT, st.sampled_from(AttachmentKind), TEXT, st.binary(max_size=40))


@st.composite
def conversations(draw):
    messages, contents = [], {}
    for number in range(1, draw(st.integers(0, 4)) + 1):
        files = draw(st.lists(FILES, max_size=2, unique_by=lambda file: file.content))
        contents |= {file.record.digest: file.content for file in files}
        messages.append(
            Message(
                number,
                0,
                draw(st.sampled_from([None, *range(1, number)])),
                draw(st.sampled_from(Role)),
                draw(TEXT),
                draw(TIME),
                draw(st.sampled_from([s for s in MessageStatus if s is not MessageStatus.RUNNING])),
                draw(TEXT),
                draw(FIGURE),
                draw(st.none() | TEXT),
                draw(st.none() | TEXT),
                draw(st.none() | st.sampled_from(FinishReason)),
                draw(st.none() | st.builds(TokenUsage, st.integers(1, 10**9), COUNT, COUNT)),
                draw(st.none() | st.builds(Timings, st.floats(1, 1e9), FIGURE)),
                draw(FIGURE),
                draw(FIGURE),
                draw(st.none() | PARAMETERS),
                draw(
                    st.lists(st.builds(Notice, st.sampled_from(NoticeKind), PAIRS), max_size=2).map(
                        tuple
                    )
                ),
                draw(
                    st.none()
                    | st.builds(
                        Failure, TEXT, TEXT, TEXT, PAIRS, st.none() | st.sampled_from(Remedy), TEXT
                    )
                ),
                tuple(file.record for file in files),
                draw(FIGURE),
            )
        )
    conversation = Conversation(
        0,
        draw(TEXT),
        draw(TIME),
        draw(TIME),
        is_pinned=draw(st.booleans()),
        is_title_automatic=draw(st.booleans()),
        model_ref=draw(st.none() | TEXT),
        draft=draw(TEXT),
        message_count=len(messages),
        settings=ConversationSettings(
            draw(TEXT), draw(PARAMETERS), draw(st.none() | TEXT), draw(COUNT)
        ),
        head=draw(st.sampled_from([None, *(message.id for message in messages)])),
    )
    return ArchivedConversation(conversation, tuple(messages), contents)


@given(st.lists(conversations(), max_size=2))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_our_format_loses_nothing(archived):
    assert from_json("chats.json", to_json(archived)) == archived


def numbered(archived):
    """The same conversation with ids counted from one, as two stores cannot share ids."""
    ids = {m.id: number for number, m in enumerate(archived.messages, start=1)} | {None: None}
    messages = tuple(
        replace(m, id=ids[m.id], parent_id=ids[m.parent_id], conversation_id=0)
        for m in archived.messages
    )
    conversation = replace(archived.conversation, id=0, head=ids[archived.conversation.head])
    return replace(archived, conversation=conversation, messages=messages)


def test_the_store_loses_nothing(store, loop):
    @given(conversations())
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def check(archived):
        (conversation,) = loop.run_until_complete(store.add_archived([archived]))
        stored = loop.run_until_complete(store.archive(conversation.id))
        assert numbered(stored) == archived

    check()


async def test_an_exported_chat_with_branches_is_imported_the_same(
    session, store, script, tmp_path
):
    code = AttachedFile("a.py", AttachmentKind.TEXT, "text/x-python", b"pass")
    await events_of(session.send("One", [code]))
    script.say("Other")
    await events_of(session.regenerate(session.messages[-1].id))
    original = await session.archive()
    path = tmp_path / "chats.json"
    path.write_text(exported([original], ExportFormat.JSON), "utf-8")

    (conversation,) = await import_chats(store, [path])

    assert numbered(await store.archive(conversation.id)) == numbered(original)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", NotAChatFileError),
        ("no json", NotAChatFileError),
        ("[" * 100_000, NotAChatFileError),
        ("{}", NotAChatFileError),
        ("[]", NotAChatFileError),
        ('{"messages": [1]}', NotAChatFileError),
        ('{"format": "ai-coder-chats", "version": 99}', NewerChatFileError),
        ('{"format": "ai-coder-chats", "version": 1}', DamagedChatFileError),
        ('[{"mapping": 3}]', DamagedChatFileError),
        ('[{"mapping": {}}]', NotAChatFileError),
        ('{"messages": [{"role": "user", "content": 3}]}', DamagedChatFileError),
    ],
)
async def test_a_bad_file_is_explained_and_nothing_is_imported(store, tmp_path, content, error):
    good = tmp_path / "good.json"
    good.write_text('{"name": "x", "messages": [{"role": "user", "content": "Hi"}]}')
    bad = tmp_path / "bad.json"
    bad.write_text(content)

    with pytest.raises(error, match=r"bad\.json") as caught:
        await import_chats(store, [good, bad])

    assert caught.value.hint_text
    assert await store.conversations() == []


def test_a_missing_file_is_explained(tmp_path):
    with pytest.raises(ChatFileError, match="No such file"):
        read_chats(tmp_path / "gone.json")


@pytest.mark.parametrize("spoil", ["parent_id", "digest", "content", "head"])
def test_a_file_whose_parts_do_not_fit_is_refused(spoil):
    file = AttachedFile("a", AttachmentKind.TEXT, "text/plain", b"words")
    now = datetime.now(UTC)
    message = Message(1, 0, None, Role.USER, "Hi", now, attachments=(file.record,))
    conversation = Conversation(0, "T", now, now, head=1)
    archived = ArchivedConversation(conversation, (message,), {file.record.digest: b"words"})
    document = json.loads(to_json([archived]))
    entry = document["conversations"][0]
    match spoil:
        case "parent_id":
            entry["messages"][0]["parent_id"] = 7
        case "digest":
            entry["contents"] = {}
        case "content":
            entry["contents"][file.record.digest] = "AAAA"
        case "head":
            entry["conversation"]["head"] = 9

    with pytest.raises(DamagedChatFileError):
        from_json("x.json", json.dumps(document))


def node(key, parent, children, role=None, **message):
    content = message.pop("content", None)
    body = {"author": {"role": role}, "content": content, **message} if role else None
    return {key: {"id": key, "message": body, "parent": parent, "children": children}}


def words(*parts):
    return {"content_type": "text", "parts": list(parts)}


CHATGPT = [
    {
        "title": "Sorting",
        "create_time": 1700000000.5,
        "update_time": 1700000100.0,
        "current_node": "b2",
        "mapping": {
            **node("root", None, ["system"]),
            **node("system", "root", ["ask"], "system", content=words("")),
            **node("ask", "system", ["think", "b2"], "user", content=words("Sort a list")),
            **node(
                "think",
                "ask",
                ["call"],
                "assistant",
                content={"content_type": "thoughts", "thoughts": [{"content": "Let me see"}]},
            ),
            **node(
                "call",
                "think",
                ["tool"],
                "assistant",
                recipient="python",
                content={"content_type": "code", "text": "sorted([])"},
            ),
            **node("tool", "call", ["b1"], "tool", content=words("[]")),
            **node(
                "b1",
                "tool",
                [],
                "assistant",
                content=words("Use sorted"),
                metadata={"model_slug": "gpt-4o"},
            ),
            **node(
                "b2",
                "ask",
                [],
                "assistant",
                content={
                    "content_type": "multimodal_text",
                    "parts": ["Use", {"content_type": "image_asset_pointer"}],
                },
            ),
        },
    }
]


@pytest.mark.parametrize("as_zip", [False, True])
def test_chats_of_chatgpt_keep_their_branches(tmp_path, as_zip):
    path = tmp_path / "export"
    if as_zip:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data/conversations.json", json.dumps(CHATGPT))
    else:
        path.write_text(json.dumps(CHATGPT))

    (archived,) = read_chats(path)

    assert archived.conversation.title == "Sorting"
    assert archived.conversation.created_at.timestamp() == 1700000000.5
    assert [(m.id, m.parent_id, m.role.value, m.text, m.reasoning) for m in archived.messages] == [
        (1, None, "user", "Sort a list", ""),
        (2, 1, "assistant", "Use sorted", "Let me see"),
        (3, 1, "assistant", "Use\n\n[A picture that the export does not contain]", ""),
    ]
    assert archived.messages[1].model_ref == "openai/gpt-4o"
    assert [m.id for m in archived.shown] == [1, 3]


def block(text, style=None, **more):
    return {
        "type": "contentBlock",
        "content": [{"type": "text", "text": text}],
        **({"style": {"type": style}} if style else {}),
        **more,
    }


LM_STUDIO = {
    "name": "Hello",
    "pinned": True,
    "createdAt": 1700000000000,
    "userLastMessagedAt": 1700000001000,
    "systemPrompt": "",
    "perChatPredictionConfig": {
        "fields": [{"key": "llm.prediction.systemPrompt", "value": "Be kind."}]
    },
    "messages": [
        {
            "versions": [
                {
                    "type": "singleStep",
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Hi"},
                        {"type": "file", "fileIdentifier": "1.png", "fileType": "image"},
                    ],
                }
            ],
            "currentlySelected": 0,
        },
        {
            "versions": [
                {"type": "multiStep", "role": "assistant", "steps": [block("First")]},
                {
                    "type": "multiStep",
                    "role": "assistant",
                    "steps": [
                        block("Hm", "thinking"),
                        {"type": "debugInfoBlock", "debugInfo": "x"},
                        block(
                            "Second",
                            genInfo={
                                "indexedModelIdentifier": "qwen/qwen3-8b",
                                "stats": {
                                    "stopReason": "eosFound",
                                    "tokensPerSecond": 40.5,
                                    "promptTokensCount": 10,
                                    "predictedTokensCount": 5,
                                },
                            },
                        ),
                    ],
                },
            ],
            "currentlySelected": 1,
        },
        {
            "versions": [{"type": "singleStep", "role": "user", "content": "Thanks"}],
            "currentlySelected": 0,
        },
    ],
}


def test_conversations_of_lm_studio_keep_versions_and_figures(tmp_path):
    path = tmp_path / "1.conversation.json"
    path.write_text(json.dumps(LM_STUDIO))

    (archived,) = read_chats(path)

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


def hostile_conversation():
    now = datetime.now(UTC)
    picture = AttachedFile("a<b.png", AttachmentKind.IMAGE, "image/png", b"\x89PNG\r\n\x1a\nx")
    fake = AttachedFile("c.svg", AttachmentKind.IMAGE, "image/svg+xml", b"<svg onload=alert(1)>")
    code = AttachedFile("x.py", AttachmentKind.TEXT, "text/x-python", b"<script>1</script>")
    files = [picture, fake, code]
    messages = (
        Message(
            1,
            0,
            None,
            Role.USER,
            "<script>alert(1)</script>",
            now,
            attachments=tuple(file.record for file in files),
        ),
        Message(
            2,
            0,
            1,
            Role.ASSISTANT,
            "**bold** <img src=x onerror=alert(1)> ![pic](http://evil.test/p.png)\n\n"
            "[a](javascript:alert(1)) [b](https://ok.test)\n\n|a|b|\n|-|-|\n|1|2|\n",
            now,
            model_ref="x/<b>evil</b>",
            reasoning="<i>hm</i>",
        ),
    )
    conversation = Conversation(0, "</title><script>", now, now, head=2)
    contents = {file.record.digest: file.content for file in files}
    return ArchivedConversation(conversation, messages, contents)


def test_the_page_runs_and_loads_nothing():
    page = exported([hostile_conversation()], ExportFormat.HTML)

    assert "<strong>bold</strong>" in page
    assert "<td>1</td>" in page
    assert 'href="https://ok.test"' in page
    assert 'src="data:image/png;base64,' in page
    for bad in ("<script", "onerror=alert(1)>", "http://evil.test", 'href="javascript:', "svg+xml"):
        assert bad not in page.replace("&lt;img src=x onerror=alert(1)&gt;", "")


def test_markdown_holds_the_shown_branch():
    text = exported([hostile_conversation()], ExportFormat.MARKDOWN)

    assert "## You" in text
    assert "File x.py:\n\n```py\n<script>1</script>\n```" in text
    assert "> **Thoughts**" in text


@pytest.mark.parametrize(
    ("title", "name"),
    [("a/b: c?", "a b c.md"), ("", "Chat.md"), ("...", "Chat.md"), ("x" * 200, "x" * 80 + ".md")],
)
def test_file_names_suit_every_system(title, name):
    assert file_name(title, ExportFormat.MARKDOWN) == name
