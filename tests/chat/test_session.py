from __future__ import annotations

import asyncio
import threading

import pytest

from ai_coder.chat.answer import JOURNAL_SECONDS
from ai_coder.chat.conversation import (
    AttachedFile,
    AttachmentKind,
    ConversationSettings,
    MessageStatus,
)
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.chat.turn_events import AnswerEnded, AnswerStarted, PromptAdded, TitleChosen
from ai_coder.errors import (
    ContextOverflowError,
    ProviderUnreachableError,
    Remedy,
    StreamInterruptedError,
    UnknownModelError,
)
from ai_coder.llm.models import (
    Finished,
    FinishReason,
    GenerationParameters,
    Image,
    ModelAnswered,
    Notice,
    NoticeKind,
    Phase,
    PhaseChanged,
    ReasoningDelta,
    Role,
    TextDelta,
    Timings,
    TokenUsage,
)
from tests.chat.conftest import MODEL, events_of, reloaded, texts
from tests.conftest import until


async def test_a_turn_tells_what_happens_and_is_stored(session, store, script):
    events = await events_of(session.send("Say hello"))

    assert [type(event) for event in events] == [
        PromptAdded,
        TitleChosen,
        AnswerStarted,
        TextDelta,
        TextDelta,
        Finished,
        AnswerEnded,
    ]
    again = await reloaded(session, store, script)
    assert texts(again.messages) == [("user", "Say hello"), ("assistant", "Hello there")]
    assert again.messages == session.messages
    assert again.messages[1] == events[-1].message
    assert again.conversation.title == "Say hello"
    assert again.messages[1].status is MessageStatus.COMPLETE


async def test_what_the_stream_tells_is_kept_with_the_answer(session, store, script):
    usage = TokenUsage(100, 7, 3)
    timings = Timings(500.0, 40.0, 0.2, None)
    notice = Notice(NoticeKind.PARAMETER_DROPPED, (("parameter", "top_k"),))
    parameters = GenerationParameters(temperature=0.3, stop=("END",))
    script.events = [
        PhaseChanged(Phase.CONNECTING),
        ModelAnswered("qwen3-8b@q4", "lm_studio"),
        notice,
        ReasoningDelta("Well"),
        TextDelta("Yes"),
        usage,
        timings,
        Finished(FinishReason.LENGTH),
    ]

    await events_of(session.send("Really?", parameters=parameters))

    answer = (await reloaded(session, store, script)).messages[-1]
    assert answer.usage == usage
    assert answer.timings == timings
    assert answer.notices == (notice,)
    assert answer.parameters == parameters
    assert answer.model_ref == MODEL
    assert answer.answered_by == "lm_studio/qwen3-8b@q4"
    assert answer.finish_reason is FinishReason.LENGTH
    assert answer.reasoning == "Well"
    assert answer.output_per_second == 40.0
    assert 0 <= answer.first_token_seconds <= answer.seconds
    assert answer.reasoning_seconds is not None


async def test_what_no_one_tells_stays_unknown(session):
    await events_of(session.send("Hi"))

    answer = session.messages[-1]
    assert (answer.usage, answer.timings, answer.cost) == (None, None, None)
    assert answer.output_per_second is None
    assert answer.answered_by is None


async def test_the_price_of_an_answer_is_kept(store, script):
    conversation = await store.create_conversation(model_ref=MODEL)
    session = ChatSession(
        store, conversation, script.stream, price=lambda message: message.usage.output_tokens * 0.5
    )
    script.events = [TextDelta("x"), TokenUsage(1, 4), Finished(FinishReason.STOP)]

    await events_of(session.send("Hi"))

    assert (await reloaded(session, store, script)).messages[-1].cost == 2.0


async def test_the_request_carries_the_conversation(session, script):
    await session.set_settings(
        ConversationSettings("Be brief.", GenerationParameters(seed=7), None, 8192)
    )
    await events_of(session.send("One"))

    await events_of(session.send("Two"))

    ref, request = script.requests[-1]
    assert ref == MODEL
    assert request.model == "qwen/qwen3-8b"
    assert [(m.role, m.text) for m in request.messages] == [
        (Role.SYSTEM, "Be brief."),
        (Role.USER, "One"),
        (Role.ASSISTANT, "Hello there"),
        (Role.USER, "Two"),
    ]
    assert request.parameters.seed == 7
    assert request.context_length == 8192


async def test_attachments_are_sent_again_with_the_history(session, store, script):
    code = AttachedFile("a.py", AttachmentKind.TEXT, "text/x-python", b"x = '```'\n")
    picture = AttachedFile("b.png", AttachmentKind.IMAGE, "image/png", b"\x89PNG")
    await events_of(session.send("Look", [code, picture]))

    again = await reloaded(session, store, script)
    await events_of(again.send("And now?"))

    first = script.requests[-1][1].messages[0]
    assert first.text == "File a.py:\n\n````py\nx = '```'\n````\n\nLook"
    assert first.images == (Image("image/png", b"\x89PNG"),)
    assert [a.name for a in again.messages[0].attachments] == ["a.py", "b.png"]


async def test_a_failed_turn_leaves_roles_alternating(session, script):
    script.events = [ProviderUnreachableError(provider="LM Studio", url="http://x")]
    await events_of(session.send("One"))
    script.say("Yes")

    await events_of(session.send("Two"))

    assert [(m.role, m.text) for m in script.requests[-1][1].messages] == [
        (Role.USER, "One\n\nTwo")
    ]


async def test_an_error_is_kept_with_the_answer(session, store, script):
    error = ContextOverflowError(
        model="Qwen", provider="LM Studio", prompt_tokens=9000, context_length=4096, raw="n_ctx"
    )
    script.events = [TextDelta("Half"), error]

    events = await events_of(session.send("Hi"))

    failure = events[-1].message.failure
    answer = (await reloaded(session, store, script)).messages[-1]
    assert answer.status is MessageStatus.FAILED
    assert answer.text == "Half"
    assert answer.failure == failure
    assert failure.text == str(error)
    assert failure.hint_text == error.hint_text
    assert failure.remedy is Remedy.RELOAD_LARGER
    assert failure.raw == "n_ctx"
    assert dict(failure.details)["context_length"] == "4096"


async def test_a_broken_connection_interrupts(session, script):
    script.events = [TextDelta("Half"), StreamInterruptedError(provider="LM Studio")]

    await events_of(session.send("Hi"))

    assert session.messages[-1].status is MessageStatus.INTERRUPTED
    assert not session.is_running


async def test_a_bug_in_the_stream_keeps_the_words_and_escapes(session, store, script):
    script.events = [TextDelta("Half"), ZeroDivisionError()]

    with pytest.raises(ZeroDivisionError):
        await events_of(session.send("Hi"))

    answer = (await reloaded(session, store, script)).messages[-1]
    assert (answer.text, answer.status) == ("Half", MessageStatus.INTERRUPTED)


async def test_stop_keeps_what_arrived_and_closes_the_stream(session, store, script):
    script.events = [TextDelta("Half"), None]
    task = asyncio.get_running_loop().create_task(events_of(session.send("Hi")))
    await until(lambda: session.messages and session.messages[-1].text == "Half")

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert script.closed == 1
    assert not session.is_running
    assert session.messages[-1].status is MessageStatus.STOPPED
    answer = (await reloaded(session, store, script)).messages[-1]
    assert (answer.text, answer.status) == ("Half", MessageStatus.STOPPED)


async def test_stop_does_not_wait_for_the_disk(session, store, script):
    script.events = [TextDelta("Half"), None]
    task = asyncio.get_running_loop().create_task(events_of(session.send("Hi")))
    await until(lambda: session.messages and session.messages[-1].text == "Half")
    disk = threading.Event()
    store._file.writer._executor.submit(disk.wait)

    task.cancel()
    await asyncio.wait({task}, timeout=20)

    assert task.cancelled()
    disk.set()


async def test_an_answer_stopped_while_its_chat_gets_a_title_does_not_count_as_running(
    session, store, script
):
    disk = threading.Event()

    async def read():
        async for event in session.send("Hi"):
            if isinstance(event, PromptAdded):
                store._file.writer._executor.submit(disk.wait)

    task = asyncio.get_running_loop().create_task(read())
    await until(lambda: session.conversation.title == "Hi")

    task.cancel()
    await asyncio.wait({task})
    disk.set()

    assert [m.status for m in session.messages][1:] == [MessageStatus.STOPPED]
    again = await reloaded(session, store, script)
    assert [(m.text, m.status) for m in again.messages][1:] == [("", MessageStatus.STOPPED)]
    await events_of(session.send("Again"))
    assert texts(session.messages)[-2:] == [("user", "Again"), ("assistant", "Hello there")]


async def test_a_prompt_that_is_stopped_before_it_is_stored_is_kept(session, store, script):
    release = asyncio.Event()
    loop = asyncio.get_running_loop()
    store._file.writer._executor.submit(
        lambda: asyncio.run_coroutine_threadsafe(release.wait(), loop).result()
    )
    task = loop.create_task(events_of(session.send("Hi")))
    await asyncio.sleep(0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    release.set()
    await events_of(session.send("Again"))

    assert texts(session.messages) == [
        ("user", "Hi"),
        ("assistant", ""),
        ("user", "Again"),
        ("assistant", "Hello there"),
    ]
    again = await reloaded(session, store, script)
    assert texts(again.messages) == texts(session.messages)
    assert [m.status for m in again.messages if m.role == "assistant"] == [
        MessageStatus.STOPPED,
        MessageStatus.COMPLETE,
    ]


async def test_closing_the_turn_early_stops_it(session, script):
    turn = session.send("Hi")
    async for event in turn:
        if isinstance(event, TextDelta):
            break
    await turn.aclose()

    assert script.closed == 1
    assert session.messages[-1].status is MessageStatus.STOPPED
    assert session.messages[-1].text == "Hello"


async def test_a_turn_without_a_model_says_so_and_stores_nothing(store, script):
    session = ChatSession(store, await store.create_conversation(), script.stream)

    with pytest.raises(UnknownModelError):
        await events_of(session.send("Hi"))

    assert await session.load() == []


async def test_a_second_turn_at_once_is_a_bug(session, script):
    script.events = [TextDelta("Half"), None]
    turn = session.send("Hi")
    async for event in turn:
        if isinstance(event, TextDelta):
            break

    with pytest.raises(RuntimeError, match="running"):
        await events_of(session.send("Too early"))
    await turn.aclose()


async def test_a_running_answer_is_on_disk_within_a_second(session, store, script):
    script.events = [ReasoningDelta("Hm"), TextDelta("Half"), None]
    task = asyncio.get_running_loop().create_task(events_of(session.send("Hi")))
    await until(lambda: session.messages and session.messages[-1].text == "Half")
    answer_id = session.messages[-1].id

    async with asyncio.timeout(20):
        while (stored := await store.message(answer_id)).text != "Half":
            await asyncio.sleep(0.01)

    assert JOURNAL_SECONDS < 1
    assert stored.status is MessageStatus.RUNNING
    assert stored.reasoning == "Hm"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_first_title_of_the_user_is_never_replaced(store, script):
    conversation = await store.create_conversation("Mine", model_ref=MODEL)
    session = ChatSession(store, conversation, script.stream)

    events = await events_of(session.send("Hello"))

    assert not any(isinstance(event, TitleChosen) for event in events)
    assert (await store.conversation(conversation.id)).title == "Mine"


async def test_a_turn_goes_on_unsaved_when_its_chat_was_deleted_elsewhere(
    session, store, path, script
):
    other = ChatStore(path)
    await other.open()
    await other.erase(session.conversation.id)
    await other.aclose()

    events = await events_of(session.send("Still there?"))

    assert "NotSaved" in [type(event).__name__ for event in events]
    assert session.messages[-1].text == "Hello there"
    archived = await session.archive()
    assert [m.text for m in archived.shown] == ["Still there?", "Hello there"]


async def test_a_long_chat_is_read_from_its_end_and_sent_whole(session, store, script):
    for prompt in ["One", "Two", "Three"]:
        await events_of(session.send(prompt))
    again = ChatSession(store, session.conversation, script.stream)

    shown = await again.load(newest=2)

    assert [message.text for message in shown] == ["Three", "Hello there"]
    assert again.branches.position(shown[0].id) == (1, 1)
    await events_of(again.send("Four"))
    assert [m.text for m in script.requests[-1][1].messages][:2] == ["One", "Hello there"]
    assert await again.load_rest() == again.messages
    assert len(again.messages) == 8
