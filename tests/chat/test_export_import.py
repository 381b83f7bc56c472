from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.archive_format import to_json
from ai_coder.chat.chat_file import read_chats
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
    EditedPrompt,
    Failure,
    Message,
    MessageStatus,
)
from ai_coder.chat.export import ExportFormat, exported
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
from tests.chat.conftest import events_of, imported

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
    drafted = draw(st.lists(FILES, max_size=2, unique_by=lambda file: file.content))
    edited = draw(st.lists(FILES, max_size=2, unique_by=lambda file: file.content))
    is_edited = bool(messages) and draw(st.booleans())
    unsent = [*drafted, *(edited if is_edited else [])]
    contents |= {file.record.digest: file.content for file in unsent}
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
        draft_attachments=tuple(file.record for file in drafted),
        edited=EditedPrompt(1, draw(TEXT), tuple(file.record for file in edited))
        if is_edited
        else None,
    )
    return ArchivedConversation(conversation, tuple(messages), contents)


def test_our_format_loses_nothing(tmp_path):
    path = tmp_path / "chats.json"

    @given(st.lists(conversations(), min_size=1, max_size=2))
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def check(archived):
        path.write_text(to_json(archived), "utf-8")
        assert [chat for portion in read_chats(path) for chat in portion.archived] == archived

    check()


def numbered(archived):
    """The same conversation with ids counted from one, as two stores cannot share ids."""
    ids = {m.id: number for number, m in enumerate(archived.messages, start=1)} | {None: None}
    messages = tuple(
        replace(m, id=ids[m.id], parent_id=ids[m.parent_id], conversation_id=0)
        for m in archived.messages
    )
    edited = archived.conversation.edited
    edited = edited and replace(edited, message_id=ids[edited.message_id])
    head = ids[archived.conversation.head]
    conversation = replace(archived.conversation, id=0, head=head, edited=edited)
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
    await store.set_edit(session.conversation.id, session.messages[0].id, "One, differently")
    original = await session.archive()
    path = tmp_path / "chats.json"
    path.write_text(exported([original], ExportFormat.JSON), "utf-8")

    (conversation,), problems = await imported(store, [path])
    assert not problems

    assert numbered(await store.archive(conversation.id)) == numbered(original)


async def test_the_files_of_a_draft_are_exported_and_imported_with_it(store, tmp_path):
    file = AttachedFile("d.py", AttachmentKind.TEXT, "text/x-python", b"pass")
    original = await store.create_conversation("Mine")
    await store.set_draft(original.id, "half a thought")
    await store.set_draft_files(original.id, [file])
    path = tmp_path / "chats.json"
    path.write_text(to_json([await store.archive(original.id)]), "utf-8")

    (made,), problems = await imported(store, [path])

    assert not problems
    assert await store.draft_files(made.id) == [file]


async def test_a_draft_whose_files_an_older_version_did_not_export_is_imported(store, tmp_path):
    file = AttachedFile("d.py", AttachmentKind.TEXT, "text/x-python", b"pass")
    original = await store.create_conversation("Mine")
    await store.set_draft_files(original.id, [file])
    document = json.loads(to_json([await store.archive(original.id)]))
    document["conversations"][0]["contents"] = {}
    path = tmp_path / "chats.json"
    path.write_text(json.dumps(document))

    (made,), problems = await imported(store, [path])

    assert not problems
    assert await store.draft_files(made.id) == []


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
async def test_a_bad_file_is_explained_and_the_good_ones_are_imported(
    store, tmp_path, content, error
):
    good = tmp_path / "good.json"
    good.write_text('{"name": "x", "messages": [{"role": "user", "content": "Hi"}]}')
    bad = tmp_path / "bad.json"
    bad.write_text(content)

    made, (problem,) = await imported(store, [bad, good])

    assert type(problem) is error
    assert "bad.json" in str(problem)
    assert problem.hint_text
    assert [chat.title for chat in made] == ["x"]
    assert len(await store.conversations()) == 1


def test_a_missing_file_is_explained(tmp_path):
    with pytest.raises(ChatFileError, match="No such file"):
        list(read_chats(tmp_path / "gone.json"))


@pytest.mark.parametrize("spoil", ["parent_id", "digest", "content", "head"])
def test_a_file_whose_parts_do_not_fit_is_refused(spoil, tmp_path):
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

    path = tmp_path / "x.json"
    path.write_text(json.dumps(document))

    with pytest.raises(DamagedChatFileError):
        list(read_chats(path))
