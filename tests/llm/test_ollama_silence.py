"""Ollama's silence: waited out while the server works, ended when waiting is of no use."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from ai_coder.errors import ProviderUnreachableError, ServerSilentError, StreamInterruptedError
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    Finished,
    LoadedInstance,
    Phase,
    PhaseChanged,
    ProviderConfig,
    Role,
    TextDelta,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.ollama import OllamaProvider
from ai_coder.llm.providers.ollama_silence import Patience, SilenceWatch
from tests.conftest import until
from tests.fake_ollama import Answer, FakeOllama, Reply

LLAMA = "llama3.2:3b"
REQUEST = ChatRequest(LLAMA, (ChatMessage(Role.USER, "Hi"),))


class Clock:
    """A clock on which every look at the server is 30 s after the last one."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        self.seconds += 30
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server(loop):
    server = FakeOllama()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def provider(server, clock, loop):
    config = ProviderConfig(base_url=server.url, timeout=60)
    patience = Patience(0.01, 0.01, now=clock.now)
    provider = OllamaProvider("ollama", config, ProviderServices(Network()), patience=patience)
    yield provider
    loop.run_until_complete(provider.aclose())


@pytest.fixture
def turn(provider, loop):
    """Start a turn; `turn.events` grows while it runs."""

    class Turn:
        def __init__(self):
            self.events = []

        async def _run(self):
            async with aclosing(provider.stream_chat(REQUEST)) as events:
                async for event in events:
                    self.events.append(event)

        def start(self):
            self.task = loop.create_task(self._run())
            return self.task

    return Turn()


def looks(server):
    return len(server.asked("/api/ps"))


async def test_ten_minutes_of_loading_end_in_an_answer(turn, server):
    server.loading = asyncio.Event()
    task = turn.start()

    await until(lambda: looks(server) > 22)  # eleven minutes on the clock of the turn
    server.loading.set()
    await task

    assert PhaseChanged(Phase.LOADING_MODEL) in turn.events
    assert isinstance(turn.events[-1], Finished)


async def test_ten_minutes_of_reading_end_in_an_answer(turn, server):
    server.prefill = asyncio.Event()
    task = turn.start()

    await until(lambda: looks(server) > 22)
    server.prefill.set()
    await task

    assert PhaseChanged(Phase.READING_PROMPT) in turn.events
    assert isinstance(turn.events[-1], Finished)


async def test_a_long_pause_within_the_answer_is_waited_out(turn, server):
    gate = asyncio.Event()
    server.reply = Reply(content=["Hel", "lo"], gates={1: gate})
    task = turn.start()
    await until(lambda: TextDelta("Hel") in turn.events)

    seen = looks(server)
    await until(lambda: looks(server) > seen + 22)
    gate.set()
    await task

    assert TextDelta("lo") in turn.events
    assert [e.phase for e in turn.events if isinstance(e, PhaseChanged)][-1] is Phase.WRITING


@pytest.mark.parametrize(
    "answer", [Answer(500, {"error": "wedged"}), Answer(chunks=[b""], close_abruptly=True)]
)
async def test_a_server_that_answers_no_questions_is_waited_for(turn, server, answer):
    server.prefill = asyncio.Event()
    task = turn.start()
    await until(lambda: server.asked("/api/chat"))

    server.always("/api/ps", answer)
    seen = looks(server)
    await until(lambda: looks(server) > seen + 22)  # eleven minutes on the clock of the turn
    server.prefill.set()
    await task

    phases = [event for event in turn.events if isinstance(event, PhaseChanged)]
    assert any(phase.is_unanswered for phase in phases), "nobody was told"
    assert not phases[-1].is_unanswered
    assert isinstance(turn.events[-1], Finished)


def watch_of(answers, clock):
    """Watch a server that gives *answers*: an instance, None, or an error."""

    async def look():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SilenceWatch(look, provider="Ollama", limit=60, patience=Patience(now=clock.now))


async def test_a_server_that_is_back_without_the_model_forgot_the_request(clock):
    away = ProviderUnreachableError(provider="Ollama", url="http://desk.lan:11434")
    watch = watch_of([LoadedInstance(id=LLAMA), away, None, None, None], clock)

    seen = [await watch.look(has_begun=False) for _look in range(4)]

    assert seen == [Phase.READING_PROMPT, None, Phase.LOADING_MODEL, Phase.LOADING_MODEL]
    with pytest.raises(ServerSilentError):
        await watch.look(has_begun=False)


async def test_a_server_that_is_back_with_the_model_is_waited_for(clock):
    away = ProviderUnreachableError(provider="Ollama", url="http://desk.lan:11434")
    watch = watch_of([away, LoadedInstance(id=LLAMA), *[None] * 20], clock)

    seen = [await watch.look(has_begun=False) for _look in range(20)]

    assert seen[1] is Phase.READING_PROMPT


async def test_a_busy_server_that_is_slow_to_tell_is_not_gone(clock):
    slow = ServerSilentError(provider="Ollama")
    watch = watch_of([*[slow] * 30, *[None] * 30], clock)

    seen = [await watch.look(has_begun=False) for _look in range(60)]

    assert set(seen[30:]) == {Phase.LOADING_MODEL}


async def test_a_server_that_is_too_busy_to_take_the_call_is_not_gone(clock):
    full = ProviderUnreachableError(provider="Ollama", url="http://desk.lan:11434")
    full.__cause__ = httpx2.ConnectTimeout("")
    watch = watch_of([*[full] * 30, LoadedInstance(id=LLAMA)], clock)

    seen = [await watch.look(has_begun=False) for _look in range(31)]

    assert seen[-1] is Phase.READING_PROMPT


async def test_a_server_that_is_away_for_good_interrupts_a_begun_answer(clock):
    away = ProviderUnreachableError(provider="Ollama", url="http://desk.lan:11434")
    watch = watch_of([away, away, away], clock)
    await watch.look(has_begun=True)
    await watch.look(has_begun=True)

    with pytest.raises(StreamInterruptedError):
        await watch.look(has_begun=True)


async def test_a_model_whose_idle_time_ran_out_was_not_working_for_us(turn, server):
    server.prefill = asyncio.Event()
    task = turn.start()
    await until(lambda: PhaseChanged(Phase.READING_PROMPT) in turn.events)

    for resident in server.residents():
        resident.expires_at = datetime.now(UTC) + timedelta(seconds=0.05)

    with pytest.raises(ServerSilentError):
        async with asyncio.timeout(20):
            await task


async def test_a_model_that_is_loaded_again_is_waited_for(turn, server):
    server.prefill = asyncio.Event()
    task = turn.start()
    await until(lambda: PhaseChanged(Phase.READING_PROMPT) in turn.events)

    server.always("/api/ps", Answer(200, {"models": []}))
    seen = looks(server)
    await until(lambda: looks(server) > seen + 10)
    server.prefill.set()
    await task

    assert isinstance(turn.events[-1], Finished)


async def test_a_connection_that_dies_ends_the_turn_at_once(turn, server):
    server.reply = Reply(content=["Hel", "lo"], stall_after=1)
    task = turn.start()
    await until(lambda: TextDelta("Hel") in turn.events)

    server.close()

    with pytest.raises(StreamInterruptedError):
        async with asyncio.timeout(20):
            await task


async def test_stop_while_loading_takes_less_than_a_tenth_of_a_second(turn, server, loop):
    server.loading = asyncio.Event()
    taken = []
    for _turn in range(5):
        turn.events.clear()
        task = turn.start()
        await until(lambda: PhaseChanged(Phase.LOADING_MODEL) in turn.events)

        started = loop.time()
        task.cancel()
        await asyncio.wait({task})
        taken.append(loop.time() - started)

    assert min(taken) < 0.1  # other programs may hold up a single one
    await until(server.disconnected.is_set)
