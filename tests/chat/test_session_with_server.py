"""A session on the real manager and provider, in front of a scripted LM Studio."""

from __future__ import annotations

import asyncio

import pytest

from ai_coder.chat.conversation import ConversationSettings, MessageStatus
from ai_coder.chat.session import ChatSession
from ai_coder.errors import Remedy
from ai_coder.llm.llm_manager import LLMManager
from ai_coder.llm.models import FinishReason, ProviderConfig
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from tests.chat.conftest import events_of, texts
from tests.conftest import until
from tests.fake_lm_studio import FakeLMStudio, LMModel, Reply

REF = "lm_studio/qwen"


@pytest.fixture
def server(loop):
    server = FakeLMStudio(models=[LMModel("qwen")])
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def manager(loop, server):
    network = Network()
    configs = {"lm_studio": ProviderConfig(base_url=server.url, max_retries=0, timeout=5)}
    manager = LLMManager(configs, {}, lambda _id: ProviderServices(network))
    yield manager
    loop.run_until_complete(manager.aclose())


@pytest.fixture
def session(loop, store, manager):
    conversation = loop.run_until_complete(store.create_conversation(model_ref=REF))
    return ChatSession(store, conversation, manager.stream_chat)


async def test_an_answer_of_the_server_is_stored_with_its_figures(session, server):
    server.reply = Reply(reasoning=["Hm."], content=["Hel", "lo"])

    await events_of(session.send("Hi"))

    answer = (await session.load())[-1]
    assert (answer.text, answer.reasoning) == ("Hello", "Hm.")
    assert answer.status is MessageStatus.COMPLETE
    assert answer.finish_reason is FinishReason.STOP
    assert answer.usage.output_tokens is not None
    assert answer.first_token_seconds is not None


async def test_the_second_prompt_carries_the_first_answer(session, server):
    server.reply = ["Hello"]
    await events_of(session.send("One"))

    await events_of(session.send("Two"))

    chat = [request for request in server.requests if request.method == "POST"][-1]
    assert "Hello" in str(chat.json)
    assert "One" in str(chat.json)


async def test_half_a_character_in_a_prompt_costs_nothing_but_itself(session, store, server):
    server.reply = ["Hello"]
    await session.set_settings(ConversationSettings(system_prompt="Be \ud83d brief"))

    await events_of(session.send("bad \ud83d"))
    await events_of(session.send("and on"))

    assert [m.text for m in session.messages] == ["bad \ufffd", "Hello", "and on", "Hello"]
    chat = [request for request in server.requests if request.method == "POST"][-1]
    assert "bad \ufffd" in str(chat.json)
    assert "Be \ufffd brief" in str(chat.json)
    stored = await store.conversation(session.conversation.id)
    assert stored.settings.system_prompt == "Be \ufffd brief"


async def test_stop_hangs_up_within_a_tenth_of_a_second(session, server):
    server.reply = Reply(content=["Hel", "lo"], stall_after=1)
    loop, taken = asyncio.get_running_loop(), []
    for turn in range(1, 6):
        task = loop.create_task(events_of(session.send("Hi")))
        stopped = [("user", "Hi"), ("assistant", "Hel")] * turn
        await until(lambda stopped=stopped: texts(session.messages) == stopped)

        began = loop.time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        taken.append(loop.time() - began)

    assert min(taken) < 0.1  # other programs may hold up a single one
    await until(server.disconnected.is_set)
    answer = (await session.load())[-1]
    assert (answer.text, answer.status) == ("Hel", MessageStatus.STOPPED)


async def test_a_dead_server_is_explained_in_the_answer(session, server):
    server.close()

    await events_of(session.send("Hi"))

    answer = (await session.load())[-1]
    assert answer.status is MessageStatus.FAILED
    assert answer.failure.kind == "ProviderUnreachableError"
    assert answer.failure.remedy is Remedy.START_SERVER
