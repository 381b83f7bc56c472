"""Turns while another program locks the file, and how they get to the disk afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import contextmanager

import pytest

from ai_coder.chat.conversation import AttachedFile, AttachmentKind, MessageStatus
from ai_coder.chat.store import ChatStore
from ai_coder.chat.store_problem import NotYetSavedProblem, StoreFault, StoreProblem
from ai_coder.chat.turn_events import NotSaved
from ai_coder.llm.models import TextDelta
from tests.chat.conftest import events_of, reloaded, texts
from tests.conftest import until

CODE = AttachedFile("a.py", AttachmentKind.TEXT, "text/x-python", b"pass")


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch):
    monkeypatch.setattr("ai_coder.chat.store_open.BUSY_SECONDS", 0.05)


@contextmanager
def locked(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def problems(events):
    return [event.problem for event in events if isinstance(event, NotSaved)]


async def test_a_turn_during_a_lock_says_that_it_waits(session, path):
    with locked(path):
        (problem,) = problems(await events_of(session.send("Hi")))

    assert isinstance(problem, NotYetSavedProblem)
    assert session.has_unsaved


async def test_what_waited_is_stored_before_the_next_turn(session, store, script, path):
    await events_of(session.send("Before"))
    with locked(path):
        await events_of(session.send("During", [CODE]))
        await events_of(session.send("Still"))

    events = await events_of(session.send("After"))

    assert problems(events) == []
    assert not session.has_unsaved
    assert all(message.id > 0 for message in session.messages)
    again = await reloaded(session, store, script)
    assert texts(again.messages) == texts(session.messages)
    assert [text for role, text in texts(again.messages) if role == "user"] == [
        "Before",
        "During",
        "Still",
        "After",
    ]
    (attached,) = again.messages[2].attachments
    assert await store.attachment_contents([attached.digest]) == {attached.digest: b"pass"}


async def test_attachments_that_wait_go_with_later_prompts(session, script, path):
    with locked(path):
        await events_of(session.send("Look", [CODE]))
        await events_of(session.send("Again"))

    sent = script.requests[-1][1].messages
    assert "pass" in sent[0].text


async def test_what_waited_is_stored_without_another_turn(session, store, script, path):
    renamed = []
    session.on_saved = renamed.append
    with locked(path):
        await events_of(session.send("A chat that begins now"))
        with pytest.raises(StoreProblem) as caught:
            await session.save_late()
    before = [message.id for message in session.messages]

    await session.save_late()

    assert caught.value.fault is StoreFault.LOCKED
    now = [message.id for message in session.messages]
    assert renamed == [dict(zip(before, now, strict=True))]
    again = await reloaded(session, store, script)
    assert texts(again.messages) == texts(session.messages)
    assert again.conversation.title == "A chat that begins now"
    assert [message.status for message in again.messages] == [MessageStatus.COMPLETE] * 2


async def test_old_ids_stay_valid_once_saved(session, path):
    with locked(path):
        await events_of(session.send("Hi"))
    prompt, answer = (message.id for message in session.messages)
    await session.save_late()

    await events_of(session.regenerate(answer))
    await events_of(session.edit(prompt, "Hello"))

    assert session.branches.position(session.messages[0].id) == (2, 2)
    await session.switch_branch(session.messages[0].id, -1)
    assert session.branches.position(session.messages[1].id) == (2, 2)


async def test_the_shown_branch_is_remembered_with_what_waited(session, store, script, path):
    with locked(path):
        await events_of(session.send("Hi"))
        first = session.messages[1].id
        script.say("Other")
        await events_of(session.regenerate(first))
        await session.switch_branch(session.messages[1].id, -1)

    await session.save_late()

    again = await reloaded(session, store, script)
    assert again.messages[1].text == "Hello there"
    assert again.branches.position(again.messages[1].id) == (1, 2)


async def test_a_running_answer_is_journalled_from_the_moment_the_file_is_free(
    session, store, script, path
):
    script.events = [TextDelta("Half an "), TextDelta("answer"), None]
    with locked(path):
        turn = asyncio.get_running_loop().create_task(events_of(session.send("Hi")))
        await until(lambda: session.is_running and session.messages[-1].text == "Half an answer")

    await session.save_late()

    answer = session.messages[-1]
    assert answer.id > 0
    async with asyncio.timeout(20):
        while (stored := await store.message(answer.id)).text != "Half an answer":
            await asyncio.sleep(0)
    assert stored.status is MessageStatus.RUNNING
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    async with asyncio.timeout(20):
        while (stored := await store.message(answer.id)).status is MessageStatus.RUNNING:
            await asyncio.sleep(0)
    assert (stored.status, stored.text) == (MessageStatus.STOPPED, "Half an answer")


async def stop_at_the_beginning(session, store):
    """Stop a turn while the store tries to write it."""
    waits = threading.Event()
    store._file.writer._executor.submit(waits.wait)
    turn = asyncio.get_running_loop().create_task(events_of(session.send("Precious", [CODE])))
    await asyncio.sleep(0)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    waits.set()
    await session._beginning.settled()


async def test_a_prompt_stopped_while_it_waits_for_the_file_is_kept(session, store, script, path):
    told = []
    session.when_settled(told.append)
    with locked(path):
        await stop_at_the_beginning(session, store)

    assert isinstance(told[0], NotYetSavedProblem)
    assert texts(session.messages) == [("user", "Precious"), ("assistant", "")]
    await session.save_late()
    again = await reloaded(session, store, script)
    assert texts(again.messages) == texts(session.messages)
    assert again.messages[1].status is MessageStatus.STOPPED
    (attached,) = again.messages[0].attachments
    assert await store.attachment_contents([attached.digest]) == {attached.digest: b"pass"}


async def test_a_prompt_stopped_behind_others_that_wait_is_kept(session, store, script, path):
    with locked(path):
        await events_of(session.send("First"))
        await stop_at_the_beginning(session, store)

    await session.save_late()

    again = await reloaded(session, store, script)
    assert [m.text for m in again.messages if m.role == "user"] == ["First", "Precious"]


async def test_what_is_being_saved_is_not_saved_again_after_a_stop(session, store, script, path):
    with locked(path):
        await events_of(session.send("First"))
    waits = threading.Event()
    store._file.writer._executor.submit(waits.wait)
    turn = asyncio.get_running_loop().create_task(events_of(session.send("Precious")))
    await asyncio.sleep(0)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    waits.set()

    await session.save_late()

    again = await reloaded(session, store, script)
    assert len(again.branches.parents) == 4
    assert texts(again.messages) == texts(session.messages)
    assert [m.text for m in again.messages if m.role == "user"] == ["First", "Precious"]


async def test_a_waiting_prompt_stopped_at_its_beginning_is_in_one_place(session, store):
    session.queue.add("Precious")
    waits = threading.Event()
    turn = asyncio.get_running_loop().create_task(events_of(session.send_queued()))
    await asyncio.sleep(0)
    store._file.writer._executor.submit(waits.wait)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    waits.set()
    await session._beginning.settled()

    waiting = [p.text for p in await store.take_over_queue(session.conversation.id)]
    said = [m.text for m in session.messages if m.role == "user"]
    assert sorted(waiting + said) == ["Precious"]


async def test_saving_twice_at_once_stores_once(session, store, script, path):
    with locked(path):
        await events_of(session.send("Hi"))

    await asyncio.gather(session.save_late(), session.save_late(is_patient=True))

    again = await reloaded(session, store, script)
    assert len(again.branches.parents) == 2


async def test_a_deleted_chat_stays_in_memory(session, path):
    other = ChatStore(path)
    await other.open()
    await other.erase(session.conversation.id)

    (problem,) = problems(await events_of(session.send("Hi")))
    (again,) = problems(await events_of(session.send("Still there?")))

    assert problem.fault is again.fault is StoreFault.GONE
    assert len(session.messages) == 4
    await other.aclose()
