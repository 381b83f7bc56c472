"""One conversation in two sessions, as in two windows of the application."""

from __future__ import annotations

import asyncio

import pytest

from ai_coder.chat.conversation import MessageStatus
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.chat.store_problem import LockedProblem
from ai_coder.llm.models import TextDelta
from tests.chat.conftest import events_of
from tests.conftest import until


@pytest.fixture
def other_store(loop, store, path):
    other = ChatStore(path)
    assert loop.run_until_complete(other.open()) is None
    yield other
    loop.run_until_complete(other.aclose())


async def same_chat(session, store, script):
    await session._store.conversations()  # what is queued is on disk before it
    other = ChatSession(store, session.conversation, script.stream)
    await other.load()
    return other


def texts(session):
    return [message.text for message in session.messages]


async def test_what_the_other_window_added_follows(session, other_store, script):
    await events_of(session.send("one"))
    other = await same_chat(session, other_store, script)
    await events_of(other.send("two"))
    await other.rename("A name")  # what is queued is on disk before it

    changed = await session.refresh()

    assert changed == {message.id for message in other.messages[2:]}
    assert texts(session) == texts(other)
    assert session.conversation.title == "A name"
    assert await session.refresh() == set()


async def test_an_answer_that_went_on_in_the_other_window_is_changed(session, other_store, script):
    await events_of(session.send("one"))
    other = await same_chat(session, other_store, script)
    await events_of(other.continue_answer(other.messages[1].id))
    await other.rename("Settled")  # the same

    changed = await session.refresh()

    assert changed == {session.messages[1].id}
    assert texts(session)[1] == "Hello thereHello there"


async def test_another_branch_is_counted_but_the_shown_one_stays(session, other_store, script):
    await events_of(session.send("one"))
    await events_of(session.send("two"))
    other = await same_chat(session, other_store, script)
    await events_of(other.edit(other.messages[2].id, "two differently"))

    changed = await session.refresh()

    assert changed == {session.messages[2].id}
    assert texts(session)[2] == "two"
    assert session.branches.position(session.messages[2].id) == (1, 2)
    await events_of(session.send("three"))
    assert texts(session)[2::2] == ["two", "three"]


async def test_a_chat_that_was_deleted_for_good_stays_readable(session, other_store):
    await events_of(session.send("one"))
    await other_store.erase(session.conversation.id)

    assert await session.refresh() == set()
    assert texts(session) == ["one", "Hello there"]


async def test_an_answer_whose_window_died_is_shown_as_interrupted(
    session, store, other_store, script
):
    await events_of(session.send("one"))
    other = await same_chat(session, other_store, script)
    script.events = [TextDelta("Half"), None]
    turn = asyncio.get_running_loop().create_task(events_of(other.send("two")))
    await until(lambda: other.messages[-1].text == "Half")
    seen = asyncio.Event()
    seen.set()

    tasks, loop = [], asyncio.get_running_loop()
    store.on_foreign_change = lambda: tasks.append(loop.create_task(session.refresh()))
    watching = loop.create_task(store.watch(seen, 0.01))
    await until(lambda: MessageStatus.RUNNING in {m.status for m in session.messages})

    other_store._file.instance.stop()  # as the system does for a process that is gone

    await until(lambda: session.messages[-1].status is MessageStatus.INTERRUPTED)
    watching.cancel()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn


async def test_nobody_is_told_after_the_chats_were_closed(path):
    told = []
    store = ChatStore(path, on_change=lambda: told.append("change"), on_problem=told.append)
    store.on_foreign_change = lambda: told.append("foreign change")
    await store.open()
    await store.aclose()

    store._changed()  # what the threads of the store had to say comes only now
    store._told_of(LockedProblem())

    assert (told, store.on_foreign_change) == ([], None)
