from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ai_coder.chat.conversation import (
    AttachedFile,
    AttachmentKind,
    ConversationSettings,
    Message,
    MessageStatus,
)
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.chat.store_problem import StoreProblem
from ai_coder.llm.models import (
    Finished,
    FinishReason,
    GenerationParameters,
    ModelAnswered,
    Role,
    TextDelta,
)
from tests.chat.conftest import MODEL, begin_turn, events_of
from tests.conftest import until


def message(conversation, role=Role.USER, text="Hi", **more):
    return Message(0, conversation.id, conversation.head, role, text, datetime.now(UTC), **more)


async def test_a_conversation_keeps_what_it_was_given(store):
    settings = ConversationSettings("Be brief.", GenerationParameters(top_k=3), "Review", 8192)
    made = await store.create_conversation("Title", model_ref=MODEL, settings=settings)
    await store.set_draft(made.id, "half a thought")
    await store.set_pinned(made.id, True)

    again = await store.conversation(made.id)

    assert again == replace(made, draft="half a thought", is_pinned=True)
    assert again.settings == settings


async def test_pinned_conversations_come_first_then_the_latest(store):
    first = await store.create_conversation("first")
    second = await store.create_conversation("second")
    pinned = await store.create_conversation("pinned")
    await store.set_pinned(pinned.id, True)
    await begin_turn(store, message(first), message(first, Role.ASSISTANT))

    titles = [conversation.title for conversation in await store.conversations()]

    assert titles == ["pinned", "first", "second"]
    assert (await store.conversation(second.id)).message_count == 0
    assert (await store.conversation(first.id)).message_count == 2


async def test_deleting_is_undone_by_restoring(store):
    conversation = await store.create_conversation("Precious")

    await store.delete(conversation.id)

    assert await store.conversations() == []
    assert [c.id for c in await store.deleted_conversations()] == [conversation.id]
    await store.restore(conversation.id)
    assert await store.conversations() == [conversation]


async def test_the_bin_is_emptied_after_thirty_days(store, path):
    old = await store.create_conversation("old")
    recent = await store.create_conversation("recent")
    file = AttachedFile("a", AttachmentKind.TEXT, "text/plain", b"words")
    prompt = message(old, attachments=(file.record,))
    await begin_turn(store, prompt, message(old, Role.ASSISTANT), [file])
    await store.delete(old.id)
    await store.delete(recent.id)
    before = (datetime.now(UTC) - timedelta(days=30, minutes=1)).timestamp()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE conversation SET deleted_at = ? WHERE id = ?", (before, old.id))
    db.close()

    assert await store.purge() == 1

    assert [c.title for c in await store.deleted_conversations()] == ["recent"]
    assert await store.attachment_contents([file.record.digest]) == {}


async def test_the_same_attachment_is_stored_once(store, path):
    file = AttachedFile("a", AttachmentKind.TEXT, "text/plain", b"words" * 1000)
    for _ in range(3):
        conversation = await store.create_conversation()
        prompt = message(conversation, attachments=(file.record,))
        await begin_turn(store, prompt, message(conversation, Role.ASSISTANT), [file])

    with sqlite3.connect(path) as db:
        (count,) = db.execute("SELECT count(*) FROM attachment").fetchone()
    db.close()

    assert count == 1


async def test_a_duplicate_has_all_branches_and_lives_on_its_own(session, store, script):
    file = AttachedFile("a", AttachmentKind.TEXT, "text/plain", b"words")
    await events_of(session.send("One", [file]))
    await events_of(session.regenerate(session.messages[-1].id))

    copy = await store.duplicate(session.conversation.id, "Copy")
    await store.erase(session.conversation.id)

    again = ChatSession(store, copy, script.stream)
    await again.load()
    assert [m.text for m in again.messages] == ["One", "Hello there"]
    assert again.branches.position(again.messages[-1].id) == (2, 2)
    assert await store.attachment_contents([file.record.digest])
    assert copy.message_count == 3


async def test_a_chat_of_five_thousand_turns_is_deleted_whole(store):
    conversation = await store.create_conversation()
    archived = await store.archive(conversation.id)
    now = datetime.now(UTC)
    chain = tuple(
        Message(number, 0, number - 1 or None, Role.USER, "x", now) for number in range(1, 5001)
    )
    (long,) = await store.add_archived([replace(archived, messages=chain)])

    await store.erase(long.id)

    assert [c.id for c in await store.conversations()] == [conversation.id]


async def test_the_list_is_reported_when_it_changes(store):
    calls = []
    store.on_change = lambda: calls.append(1)

    conversation = await store.create_conversation()
    await store.set_draft(conversation.id, "typing")

    assert len(calls) == 1


def seen():
    event = asyncio.Event()
    event.set()
    return event


async def test_another_instance_is_noticed(store, path):
    other = ChatStore(path)
    assert await other.open() is None
    changes = []
    store.on_change = lambda: changes.append(1)
    watching = asyncio.get_running_loop().create_task(store.watch(seen(), 0.01))
    await asyncio.sleep(0.05)
    assert not changes

    await other.create_conversation("From the other window")

    await until(lambda: changes)
    watching.cancel()
    await other.aclose()
    assert [c.title for c in await store.conversations()] == ["From the other window"]


async def test_the_bin_is_emptied_while_the_window_stays_open(store, path, monkeypatch):
    monkeypatch.setattr("ai_coder.chat.store._SECONDS_PER_PURGE", 0)
    old = await store.create_conversation("old")
    await store.delete(old.id)
    before = (datetime.now(UTC) - timedelta(days=30, minutes=1)).timestamp()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE conversation SET deleted_at = ? WHERE id = ?", (before, old.id))
    db.close()
    changes = []
    store.on_change = lambda: changes.append(1)

    watching = asyncio.get_running_loop().create_task(store.watch(seen(), 0.01))

    await until(lambda: changes)
    watching.cancel()
    assert await store.deleted_conversations() == []


async def test_nothing_is_looked_at_while_nobody_sees_the_chats(store, path):
    other = ChatStore(path)
    await other.open()
    changes = []
    store.on_change = lambda: changes.append(1)
    is_seen = asyncio.Event()
    watching = asyncio.get_running_loop().create_task(store.watch(is_seen, 0))
    await other.create_conversation("From the other window")
    assert await store.conversations(), "the store had every chance to look"
    assert not changes

    is_seen.set()

    await until(lambda: changes)
    watching.cancel()
    await other.aclose()


async def test_a_running_answer_of_a_living_instance_is_left_alone(store, path, script):
    script.events = [TextDelta("Half"), None]
    conversation = await store.create_conversation(model_ref=MODEL)
    session = ChatSession(store, conversation, script.stream)
    task = asyncio.get_running_loop().create_task(events_of(session.send("Hi")))
    await until(lambda: session.messages and session.messages[-1].text == "Half")

    other = ChatStore(path)
    await other.open()

    seen = await other.message(session.messages[-1].id)
    assert seen.status is MessageStatus.RUNNING
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await store.message(seen.id)).status is MessageStatus.STOPPED
    await other.aclose()


async def test_the_end_of_another_instance_is_noticed_while_running(store, path):
    other = ChatStore(path)
    await other.open()
    conversation = await other.create_conversation()
    running = message(conversation, Role.ASSISTANT, "", status=MessageStatus.RUNNING)
    _, answer = await begin_turn(other, message(conversation), running)
    watching = asyncio.get_running_loop().create_task(store.watch(seen(), 0.005))
    await asyncio.sleep(0.1)
    assert (await store.message(answer.id)).status is MessageStatus.RUNNING

    await other.aclose()

    async with asyncio.timeout(20):
        while (await store.message(answer.id)).status is MessageStatus.RUNNING:
            await asyncio.sleep(0.01)
    watching.cancel()
    assert (await store.message(answer.id)).status is MessageStatus.INTERRUPTED


async def test_copying_a_chat_that_is_gone_says_so(store):
    with pytest.raises(StoreProblem, match="deleted in another window"):
        await store.duplicate(4711, "Copy")


async def test_an_answer_left_running_is_interrupted_at_the_next_start(path):
    first = ChatStore(path)
    await first.open()
    conversation = await first.create_conversation()
    _, answer = await begin_turn(
        first,
        message(conversation),
        message(conversation, Role.ASSISTANT, "", status=MessageStatus.RUNNING),
    )
    first.journal_soon(answer.id, 0, "Once ", "hm")
    first.journal_soon(answer.id, 1, "upon", "")
    await first.aclose()

    second = ChatStore(path)
    await second.open()

    found = await second.message(answer.id)
    await second.aclose()
    assert (found.status, found.text, found.reasoning) == (
        MessageStatus.INTERRUPTED,
        "Once upon",
        "hm",
    )


async def test_half_a_surrogate_pair_does_not_lose_the_answer(session, store, script):
    script.say("a\ud800b")

    await events_of(session.send("Hi \udfff"))

    stored = await store.message(session.messages[-1].id)
    assert stored.text == session.messages[-1].text == "a\ufffdb"
    assert session.messages[0].text == "Hi \ufffd"


async def test_halves_that_arrive_one_after_the_other_become_their_character(session, script):
    script.say("\ud83d", "\ude42")

    await events_of(session.send("Hi"))

    assert session.messages[-1].text == "\U0001f642"


async def test_spending_is_summed_by_provider(session, store, script):
    for ref, cost in [("openai/gpt", 0.5), ("openai/gpt", 0.25), ("ollama/x", 0.0), ("y/z", None)]:
        session._turn._price = lambda _message, cost=cost: cost
        await events_of(session.send("Hi", model_ref=ref))
    now = datetime.now(UTC)

    spending = await store.spending(now - timedelta(days=1), now + timedelta(days=1))

    assert [(s.provider, s.cost, s.answers, s.unknown) for s in spending] == [
        ("openai", 0.75, 2, 0),
        ("ollama", 0.0, 1, 0),
        ("y", 0.0, 1, 1),
    ]


async def test_a_copied_answer_was_paid_once_and_stays_paid_when_its_chats_are_gone(
    session, store, script
):
    session._turn._price = lambda _message: 0.5
    await events_of(session.send("Hi", model_ref="openai/gpt"))
    copy = await store.duplicate(session.conversation.id, "Copy")
    await store.add_spending("openai", 0.25)
    day = timedelta(days=1)

    async def spent():
        now = datetime.now(UTC)
        return [(s.provider, s.cost) for s in await store.spending(now - day, now + day)]

    assert await spent() == [("openai", 0.75)]
    await store.erase(session.conversation.id)
    assert await spent() == [("openai", 0.75)]
    await store.erase(copy.id)
    assert await spent() == [("openai", 0.75)]


async def test_who_answered_is_paid_and_a_chat_counts_all_its_branches(session, store, script):
    script.events = [ModelAnswered("gpt", "openai"), TextDelta("a"), Finished(FinishReason.STOP)]
    for cost in (0.5, None):
        session._turn._price = lambda _message, cost=cost: cost
        turn = session.send("Hi", model_ref="lm_studio/x") if cost else None
        await events_of(turn or session.regenerate(session.messages[-1].id))
    now = datetime.now(UTC)

    spending = await store.spending(now - timedelta(days=1), now + timedelta(days=1))

    assert [(s.provider, s.cost, s.answers, s.unknown) for s in spending] == [("openai", 0.5, 2, 1)]
    assert len(session.messages) == 2
    assert await store.conversation_spending(session.conversation.id) == (0.5, 1)


async def test_a_store_without_a_path_works_in_memory(script):
    store = ChatStore(None)
    assert await store.open() is None

    session = ChatSession(store, await store.create_conversation(model_ref=MODEL), script.stream)
    await events_of(session.send("Hi"))

    assert store.is_in_memory
    assert len(await session.load()) == 2
    assert await store.back_up() is None
    await store.aclose()


def note(text):
    return AttachedFile("note.txt", AttachmentKind.TEXT, "text/plain", text.encode())


async def test_the_attachments_of_a_draft_are_kept_and_dropped_with_it(store):
    made = await store.create_conversation()
    await store.set_draft_files(made.id, [note("one"), note("two"), note("one")])

    assert not (await store.conversation(made.id)).is_empty
    assert [f.text for f in await store.draft_files(made.id)] == ["one", "two", "one"]
    copy = await store.duplicate(made.id, "copy")
    await store.erase(made.id)
    assert [f.text for f in await store.draft_files(copy.id)] == ["one", "two", "one"]

    await store.set_draft_files(copy.id, [])
    assert (await store.conversation(copy.id)).is_empty
    assert await store.attachment_contents([note("one").record.digest]) == {}


async def test_the_attachments_of_an_edit_are_kept_beside_those_of_the_draft(store, session):
    await events_of(session.send("read", [note("sent")]))
    chat, prompt = session.conversation.id, session.messages[0].id
    await store.set_draft_files(chat, [note("draft")])
    await store.set_edit(chat, prompt, "read again")
    await store.set_edit_files(chat, [note("edit")])

    edited = (await store.conversation(chat)).edited
    assert (edited.message_id, edited.text) == (prompt, "read again")
    assert [f.text for f in await store.edit_files(chat)] == ["edit"]
    assert [f.text for f in await store.draft_files(chat)] == ["draft"]

    await store.set_edit(chat, None, "")
    await store.set_edit_files(chat, [])
    assert (await store.conversation(chat)).edited is None
    assert await store.attachment_contents([note("edit").record.digest]) == {}


async def test_a_sent_attachment_outlives_the_draft_it_came_from(store, session):
    await store.set_draft_files(session.conversation.id, [note("sent")])
    await events_of(session.send("read", [note("sent")]))
    await store.set_draft_files(session.conversation.id, [])

    digest = note("sent").record.digest
    assert await store.attachment_contents([digest]) == {digest: b"sent"}


async def test_only_what_is_in_the_bin_is_deleted_for_good(store):
    kept, gone = await store.create_conversation("kept"), await store.create_conversation("gone")
    await store.delete(gone.id)

    await store.erase_deleted([kept.id, gone.id])

    assert [chat.title for chat in await store.conversations()] == ["kept"]
    assert await store.deleted_conversations() == []
