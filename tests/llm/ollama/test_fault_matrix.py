"""What can go wrong with an Ollama server: every row of the two tables.

Recorded answers are replayed where there are.
"""

from __future__ import annotations

import pytest

from ai_coder import errors
from ai_coder.errors import Remedy
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    CompletionRequest,
    Finished,
    Role,
    TextDelta,
)
from tests.fake_ollama import (
    Reply,
    context_exceeded,
)
from tests.fake_payloads import replay
from tests.llm.ollama.asking import collect
from tests.llm.ollama.fault_setups import (
    LLAMA,
    NESTED_400,
)
from tests.llm.ollama.fault_states import STATES
from tests.llm.ollama.fault_turns import TURNS


def name_of(row):
    return row.name


@pytest.mark.parametrize("row", TURNS, ids=name_of)
async def test_a_turn_that_fails_says_why_and_keeps_what_arrived(server, make_provider, row):
    row.arrange(server)
    request = ChatRequest(row.model, (ChatMessage(Role.USER, "Hi"),))
    events = []

    with pytest.raises(row.error) as caught:
        await collect(make_provider().stream_chat(request), events)

    assert type(caught.value) is row.error
    assert row.words in str(caught.value)
    assert caught.value.remedy is row.remedy
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == row.kept
    assert not any(isinstance(event, Finished) for event in events)


@pytest.mark.parametrize("row", STATES, ids=name_of)
async def test_a_state_of_the_server_says_what_mends_it(server, make_provider, row):
    row.arrange(server)

    probe = await make_provider(row.path).probe()

    assert probe.state.kind is row.kind
    assert row.words in probe.state.sentence
    assert row.cause in probe.state.cause
    if row.models is not None:
        assert row.models == len(probe.models)
    assert probe.state.remedy is row.remedy
    if row.remedy is Remedy.USE_ADDRESS:
        assert probe.state.suggestion == server.url


async def test_a_failing_completion_is_told_as_a_failing_chat(server, make_provider):
    server.reply = Reply(content=["x"], end_after=1)
    events = []

    with pytest.raises(errors.StreamInterruptedError):
        await collect(make_provider().complete(CompletionRequest(LLAMA, "Once")), events)

    assert TextDelta("x") in events


async def test_the_numbers_of_an_overflow_are_known(server, make_provider):
    server.next("/api/chat", replay(NESTED_400), context_exceeded(9000, 8192))
    provider = make_provider()
    request = ChatRequest(LLAMA, (ChatMessage(Role.USER, "Hi"),))
    numbers = []

    for _turn in range(2):
        with pytest.raises(errors.ContextOverflowError) as caught:
            await anext(e async for e in provider.stream_chat(request) if isinstance(e, Finished))
        numbers.append((caught.value.prompt_tokens, caught.value.context_length))

    assert numbers[1] == (9000, 8192)
    assert None not in numbers[0]
