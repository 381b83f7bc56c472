"""What LM Studio and its relatives do wrong, and what the user is told (lmstudio.md 2.5, 7).

A row is a situation: how the server behaves, and then the state or the event, the words and
the action it must end in.
"""

from __future__ import annotations

import sys
from contextlib import aclosing
from dataclasses import replace

import pytest

from ai_coder import errors
from ai_coder.errors import Remedy
from ai_coder.llm.models import (
    ChatRequest,
    Finished,
    GenerationParameters,
    ModelAnswered,
    Notice,
    ProviderConfig,
    ReasoningDelta,
    TextDelta,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.lm_studio import LMStudioProvider
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider
from tests.fake_lm_studio import VALID_TOKEN, FakeLMStudio
from tests.llm.fault_answers import ANSWERS
from tests.llm.fault_setups import CODER, HISTORY
from tests.llm.fault_states import GENERIC, STATES
from tests.llm.fault_turns import FAULTS_OF_A_TURN
from tests.llm.ollama.fault_states import STATES as OLLAMA_STATES
from tests.llm.ollama.fault_turns import TURNS as OLLAMA_TURNS


@pytest.fixture
def server(loop):
    server = FakeLMStudio()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def provider(server, loop):
    config = ProviderConfig(base_url=server.url, timeout=5)
    provider = LMStudioProvider("lm_studio", config, ProviderServices(Network()))
    loop.run_until_complete(provider.probe())
    yield provider
    loop.run_until_complete(provider.aclose())


async def ask(provider, messages=HISTORY, model=CODER, **parameters):
    """Return the events of a turn and the error that ended it, if one did."""
    request = ChatRequest(model, tuple(messages), GenerationParameters(**parameters))
    events = []
    try:
        async with aclosing(provider.stream_chat(request)) as stream:
            async for event in stream:
                events.append(event)
    except errors.AICoderError as error:
        return events, error
    return events, None


def text_of(events, kind=TextDelta):
    return "".join(event.text for event in events if isinstance(event, kind))


@pytest.mark.parametrize("row", STATES, ids=lambda row: row.name)
async def test_every_state_has_its_words_and_its_action(server, row):
    row.set_up(server)
    config = ProviderConfig(base_url=server.url + row.path, timeout=5)
    services = ProviderServices(Network(), token=lambda: row.token)
    provider = LMStudioProvider("lm_studio", config, services)

    state = (await provider.probe()).state

    assert state.kind is row.kind, state
    assert row.words in state.sentence
    assert row.cause in state.cause
    assert state.remedy is row.remedy
    assert state.health is row.health
    assert state.short
    assert VALID_TOKEN not in repr(state)
    if state.remedy is Remedy.USE_ADDRESS:
        assert state.suggestion == server.url
    await provider.aclose()


@pytest.mark.parametrize("row", FAULTS_OF_A_TURN, ids=lambda row: row.name)
async def test_every_fault_keeps_what_arrived_and_says_what_to_do(server, provider, row):
    row.set_up(server)

    events, error = await ask(provider, row.messages)

    assert isinstance(error, row.error), repr(error)
    assert row.words in str(error)
    assert error.remedy is row.remedy
    assert row.check(error), vars(error)
    assert text_of(events) == row.text
    assert text_of(events, ReasoningDelta) == row.thoughts
    assert not any(isinstance(event, Finished) for event in events)


@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: row.name)
async def test_odd_servers_still_answer(server, provider, row):
    row.set_up(server)

    events, error = await ask(provider, row.messages, **row.parameters)

    assert error is None, repr(error)
    assert text_of(events) == row.text
    assert text_of(events, ReasoningDelta) == row.thoughts
    assert events[-1] == Finished(row.reason)
    assert [event.kind for event in events if isinstance(event, Notice)] == (
        [row.notice] if row.notice else []
    )
    answered = [event.model for event in events if isinstance(event, ModelAnswered)]
    assert answered[-1:] == [row.answered_by]


@pytest.mark.parametrize(("name", "answer", "kind"), GENERIC, ids=[row[0] for row in GENERIC])
async def test_any_openai_style_server_has_a_state(server, name, answer, kind):
    server.always("/v1/models", replace(answer))
    config = ProviderConfig(base_url=server.url, timeout=5)
    provider = OpenAICompatibleProvider("vllm", config, ProviderServices(Network()))

    state = (await provider.probe()).state

    assert state.kind is kind
    await provider.aclose()


def test_the_matrix_is_large_enough():
    counts = {
        "states of LM Studio": len(STATES),
        "turns that fail": len(FAULTS_OF_A_TURN),
        "odd servers that answer": len(ANSWERS),
        "states of any other server": len(GENERIC),
        "turns of Ollama that fail": len(OLLAMA_TURNS),
        "states of Ollama": len(OLLAMA_STATES),
    }
    sys.stdout.write(f"{sum(counts.values())} rows: {counts}\n")
    assert len(OLLAMA_TURNS) + len(OLLAMA_STATES) >= 40
    assert len(STATES) + len(FAULTS_OF_A_TURN) + len(ANSWERS) + len(GENERIC) >= 60
