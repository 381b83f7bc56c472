"""How long a silent server is waited for, on a clock that jumps."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from ai_coder.errors import ServerSilentError
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    Finished,
    FinishReason,
    PhaseChanged,
    ProviderConfig,
    Role,
    TextDelta,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider
from tests.fake_http import Answer, FakeServer
from tests.fake_lm_studio import FakeLMStudio, sse
from tests.llm.simulated_time import SimulatedTimeLoop

CHAT = "/v1/chat/completions"
QUESTION = ChatRequest("qwen2.5-coder-7b-instruct", (ChatMessage(Role.USER, "Hello"),))


def make_provider(url):
    config = ProviderConfig(base_url=url, timeout=60)
    return OpenAICompatibleProvider("vllm", config, ProviderServices(Network()))


async def all_events(stream):
    async with aclosing(stream) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def simulated(play):
    """Run *play* on a loop whose clock jumps; return the seconds that it seemed to take."""
    loop = SimulatedTimeLoop()
    asyncio.set_event_loop(loop)
    try:
        started = loop.time()
        loop.run_until_complete(play())
        return loop.time() - started
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)


def test_ten_minutes_of_silence_end_in_an_answer():
    async def play():
        server = FakeLMStudio(level="v1", prefill_delay=600)
        await server.start()
        provider = make_provider(server.url)
        events = await all_events(provider.stream_chat(QUESTION))
        assert text_of(events) == "Hello world"
        assert events[-1] == Finished(FinishReason.STOP)
        assert len(server.asked("/v1/models")) > 5, "the silent server was not asked how it is"
        await provider.aclose()
        server.close()

    assert simulated(play) >= 600


def test_ten_minutes_between_two_words_end_in_an_answer():
    async def play():
        chunks = [
            b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n',
            600.0,
            b'data: {"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}\n\n',
        ]
        server = FakeServer()
        server.next(CHAT, sse(chunks))
        await server.start()
        provider = make_provider(server.url)
        assert text_of(await all_events(provider.stream_chat(QUESTION))) == "ab"
        await provider.aclose()
        server.close()

    assert simulated(play) >= 600


@pytest.mark.parametrize("answer", [Answer(stall_after=0), Answer(chunks=[], close_abruptly=True)])
def test_a_server_that_does_one_thing_at_a_time_is_waited_for(answer):
    async def play():
        server = FakeServer()
        word = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
        server.next(CHAT, replace(sse([word]), delay=600))
        server.always("/v1/models", answer)
        await server.start()
        provider = make_provider(server.url)
        events = await all_events(provider.stream_chat(QUESTION))
        assert text_of(events) == "a"
        told = [event.is_unanswered for event in events if isinstance(event, PhaseChanged)]
        assert True in told, "nobody was told"
        assert not told[-1]
        await provider.aclose()
        server.close()

    assert simulated(play) >= 600


def test_a_server_at_whose_address_nobody_listens_any_more_is_given_up():
    async def play():
        server = FakeServer()
        server.always(CHAT, Answer(stall_after=0))
        await server.start()
        provider = make_provider(server.url)
        asking = asyncio.get_running_loop().create_task(all_events(provider.stream_chat(QUESTION)))
        while not server.requests:
            await asyncio.sleep(0.01)
        server._server.close()  # the connection of the answer stands
        with pytest.raises(ServerSilentError, match="went silent"):
            await asking
        await provider.aclose()
        server.close()

    assert 60 <= simulated(play) < 90
