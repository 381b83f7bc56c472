"""How long a silent server is waited for, on a clock that jumps."""

import asyncio
from contextlib import aclosing

import pytest

from ai_coder.errors import ServerSilentError
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    Finished,
    FinishReason,
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


def test_a_server_that_answers_nothing_at_all_is_given_up():
    async def play():
        server = FakeServer()
        server.always(CHAT, Answer(stall_after=0))
        server.always("/v1/models", Answer(stall_after=0))
        await server.start()
        provider = make_provider(server.url)
        with pytest.raises(ServerSilentError):
            await all_events(provider.stream_chat(QUESTION))
        await provider.aclose()
        server.close()

    assert 60 <= simulated(play) < 240


def test_a_server_that_vanished_is_given_up_sooner():
    async def play():
        server = FakeServer()
        server.always(CHAT, Answer(stall_after=0))
        server.always("/v1/models", Answer(chunks=[], close_abruptly=True))
        await server.start()
        provider = make_provider(server.url)
        with pytest.raises(ServerSilentError, match="went silent"):
            await all_events(provider.stream_chat(QUESTION))
        await provider.aclose()
        server.close()

    assert 60 <= simulated(play) < 90
