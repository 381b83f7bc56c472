"""Sessions that branch: asked again, asked differently, gone on with, queued."""

from __future__ import annotations

from ai_coder.chat.conversation import AttachedFile, AttachmentKind
from ai_coder.chat.request import CONTINUE
from ai_coder.chat.turn_events import PromptAdded
from ai_coder.errors import ProviderUnreachableError
from ai_coder.llm.models import Finished, FinishReason, TextDelta, TokenUsage
from tests.chat.conftest import events_of, reloaded, texts


async def test_regenerate_makes_a_branch(session, script):
    await events_of(session.send("Hi"))
    script.say("Other")

    await events_of(session.regenerate(session.messages[-1].id, model_ref="ollama/llama3"))

    answer = session.messages[-1]
    assert texts(session.messages) == [("user", "Hi"), ("assistant", "Other")]
    assert session.branches.position(answer.id) == (2, 2)
    assert answer.model_ref == "ollama/llama3"
    assert len(script.requests[-1][1].messages) == 1


async def test_edit_makes_a_branch_and_keeps_attachments(session, store, script):
    code = AttachedFile("a.py", AttachmentKind.TEXT, "text/x-python", b"pass")
    await events_of(session.send("Frist", [code]))

    await events_of(session.edit(session.messages[0].id, "First"))

    again = await reloaded(session, store, script)
    assert texts(again.messages) == [("user", "First"), ("assistant", "Hello there")]
    assert [a.name for a in again.messages[0].attachments] == ["a.py"]
    assert "pass" in script.requests[-1][1].messages[0].text
    assert again.branches.position(again.messages[0].id) == (2, 2)


async def test_switching_branches_shows_the_newest_leaf_and_is_remembered(session, store, script):
    await events_of(session.send("One"))
    await events_of(session.send("Two"))
    await events_of(session.edit(session.messages[0].id, "Uno"))

    shown = await session.switch_branch(session.messages[0].id, -1)

    again = await reloaded(session, store, script)
    assert [message.text for message in shown] == ["One", "Hello there", "Two", "Hello there"]
    assert again.messages == shown
    await again.switch_branch(again.messages[0].id, +1)
    assert [message.text for message in again.messages] == ["Uno", "Hello there"]


async def test_continue_goes_on_in_the_same_message(session, store, script):
    script.events = [TextDelta("One, "), TokenUsage(5, 2), Finished(FinishReason.LENGTH)]
    await events_of(session.send("Count"))
    answer = session.messages[-1]
    script.events = [TextDelta("two"), TokenUsage(9, 3), Finished(FinishReason.STOP)]

    events = await events_of(session.continue_answer(answer.id))

    assert events[0].message.text == "One, "
    continued = (await reloaded(session, store, script)).messages[-1]
    assert continued.id == answer.id
    assert continued.text == "One, two"
    assert continued.usage == TokenUsage(9, 3)
    assert continued.output_tokens == 5
    assert continued.finish_reason is FinishReason.STOP
    assert [m.text for m in script.requests[-1][1].messages] == ["Count", "One, ", CONTINUE]


async def test_queued_prompts_are_sent_after_the_answer(session, script):
    waiting = session.queue.add("Two")
    gone = session.queue.add("Never")
    session.queue.edit(waiting.id, "Second")
    session.queue.remove(gone.id)

    events = await events_of(session.send("First"))

    assert [e.message.text for e in events if isinstance(e, PromptAdded)] == ["First", "Second"]
    assert [m.text for m in session.messages] == ["First", "Hello there", "Second", "Hello there"]
    assert session.queue.prompts == ()


async def test_the_queue_stands_still_after_an_error(session, script):
    session.queue.add("Second")
    script.events = [ProviderUnreachableError(provider="LM Studio", url="http://x")]
    await events_of(session.send("First"))
    assert [prompt.text for prompt in session.queue.prompts] == ["Second"]
    script.say("Yes")

    await events_of(session.send_queued())

    assert session.messages[-1].text == "Yes"


async def test_a_message_of_a_hidden_branch_can_be_shown(session, script):
    await events_of(session.send("One"))
    await events_of(session.send("Below"))
    hidden = session.messages[1].id
    script.say("Other")
    await events_of(session.regenerate(hidden))

    shown = await session.show_message(hidden)

    assert [message.text for message in shown] == ["One", "Hello there", "Below", "Hello there"]
    assert await session.show_message(hidden) == shown
