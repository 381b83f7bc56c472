"""Prompts that wait, kept on disk until their turn begins."""

from __future__ import annotations

import pytest

from ai_coder.chat.conversation import AttachedFile, AttachmentKind
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.errors import ProviderUnreachableError
from tests.chat.conftest import MODEL, events_of, texts
from tests.conftest import until

CODE = AttachedFile("a.py", AttachmentKind.TEXT, "text/x-python", b"pass")


class Run:
    """The application from one start to the next, with one conversation."""

    def __init__(self, path, script):
        self.store = ChatStore(path)
        self.session = None
        self._script = script

    async def open(self):
        await self.store.open()
        found = await self.store.conversations()
        chat = found[0] if found else await self.store.create_conversation(model_ref=MODEL)
        self.session = ChatSession(self.store, chat, self._script.stream)
        await self.session.load()

    async def end(self):
        if self.session is not None:
            self.session = None
            await self.store.aclose()


@pytest.fixture
def start(loop, path, script):
    """Starts the application; what runs is ended with the test."""
    runs = []

    async def start():
        run = Run(path, script)
        await run.open()
        runs.append(run)
        return run

    yield start
    for run in runs:
        loop.run_until_complete(run.end())


def waiting(session):
    return [(prompt.text, prompt.model_ref, prompt.files) for prompt in session.queue.prompts]


async def test_what_waits_survives_a_restart(start):
    run = await start()
    run.session.queue.add("Second", (CODE,), MODEL)
    changed = run.session.queue.add("Thrid")
    run.session.queue.edit(changed.id, "Third")
    run.session.queue.remove(run.session.queue.add("Never").id)
    await run.end()

    again = await start()

    assert waiting(again.session) == [("Second", MODEL, (CODE,)), ("Third", None, ())]


async def test_what_waited_can_be_sent_after_a_restart(start):
    run = await start()
    run.session.queue.add("Second", (CODE,))
    run.session.queue.add("Third")
    await run.end()
    again = await start()
    again.session.queue.add("Fourth")
    assert len({prompt.id for prompt in again.session.queue.prompts}) == 3

    await events_of(again.session.send_queued())

    said = [text for role, text in texts(again.session.messages) if role == "user"]
    assert said == ["Second", "Third", "Fourth"]
    await again.end()
    last = await start()
    assert waiting(last.session) == []
    assert [a.name for a in last.session.messages[0].attachments] == ["a.py"]


async def test_a_prompt_waits_on_disk_until_its_turn_is_there(start):
    run = await start()
    number = run.session.conversation.id
    waits = run.session.queue.add("Second")

    assert await run.session.queue.take() == waits

    assert run.session.queue.prompts == ()
    assert [prompt.text for prompt in await run.store.take_over_queue(number)] == ["Second"]
    run.session.queue.let_go()
    assert await run.store.take_over_queue(number) == []


async def test_the_queue_stands_still_on_disk_after_an_error(start, script):
    run = await start()
    run.session.queue.add("Second")
    script.events = [ProviderUnreachableError(provider="LM Studio", url="http://x")]
    await events_of(run.session.send("First"))
    await run.end()

    again = await start()

    assert waiting(again.session) == [("Second", None, ())]


async def test_what_waits_in_another_window_is_left_to_it(start):
    run = await start()
    run.session.queue.add("Second")

    other = await start()
    assert waiting(other.session) == []
    other.session.queue.add("From here")
    await other.end()

    assert waiting(run.session) == [("Second", None, ())]
    await run.end()
    again = await start()
    assert [text for text, *_ in waiting(again.session)] == ["Second", "From here"]


async def test_attachments_of_what_waits_are_kept_as_long_as_it_waits(start):
    run = await start()
    waits = run.session.queue.add("Second", (CODE,))
    digest = CODE.record.digest
    other = await run.store.create_conversation("Other")
    await run.store.erase(other.id)  # drops what nothing refers to

    assert await run.store.attachment_contents([digest]) == {digest: b"pass"}
    run.session.queue.remove(waits.id)
    assert await run.store.attachment_contents([digest]) == {}


async def test_what_waits_goes_with_its_chat(start):
    run = await start()
    run.session.queue.add("Second", (CODE,))
    await run.store.erase(run.session.conversation.id)

    assert await run.store.take_over_queue(run.session.conversation.id) == []
    run.session.queue.add("Third")
    await until(lambda: run.session.queue.is_unsaved)
    assert run.session.has_unsaved
