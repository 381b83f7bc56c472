"""Bytes into events: every way in which a network or a server may cut them."""

import asyncio
import json
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_coder.errors import EmptyAnswerError, StreamInterruptedError
from ai_coder.llm.models import (
    Finished,
    FinishReason,
    ModelAnswered,
    Phase,
    PhaseChanged,
    ReasoningDelta,
    TextDelta,
    Timings,
    TokenUsage,
)
from ai_coder.llm.providers.answer_reader import Expected
from ai_coder.llm.providers.answer_stream import AnswerStream
from ai_coder.llm.providers.chat_chunks import ChatChunkReader
from ai_coder.llm.providers.exchange import Exchange
from ai_coder.llm.providers.failures import Asked
from ai_coder.llm.providers.reasoning import ThinkSplitter
from ai_coder.llm.providers.sse import EventSplitter, parse_objects

EXPECTED = Expected(Asked("LM Studio", "http://127.0.0.1:1234", "m"), "lm_studio")
STREAM = (
    'data: {"model":"m","choices":[{"delta":{"role":"assistant","content":null}}]}\n\n'
    ": a comment\n\n"
    'event: x\nid: 7\ndata: {"choices":[{"delta":{"reasoning_content":"Grübeln"}}]}\n\n'
    'data:{"choices":[{"delta":{"content":"Größe \u2028 \x85 "}}]}\n\n'
    'data: {"choices":[{"delta":{"content":"🎉 {\\"a\\": 1}"}}]}\n\n'
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
    'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'
    "data: [DONE]\n\n"
).encode()


def read(parts, expected=EXPECTED):
    """Return the events of a stream that arrived in *parts*, and what is wrong with it."""
    splitter, reader = EventSplitter(), ChatChunkReader(expected)
    events = []
    for part in parts:
        for event in splitter.feed(part):
            reader.feed(event)
        events += reader.take()
    for event in splitter.end():
        reader.feed(event)
    return events + reader.end(), reader.failure


def merged(events):
    """Join neighbouring deltas, so that different cuts can be compared."""
    result = []
    for event in events:
        last = result[-1] if result else None
        if isinstance(event, TextDelta | ReasoningDelta) and type(last) is type(event):
            result[-1] = type(event)(last.text + event.text)
        else:
            result.append(event)
    return result


def frame(delta, **extra):
    return f"data: {json.dumps({'choices': [{'delta': delta}], **extra})}\n\n".encode()


WHOLE = [
    ModelAnswered("m", "lm_studio"),
    PhaseChanged(Phase.THINKING),
    ReasoningDelta("Grübeln"),
    PhaseChanged(Phase.WRITING),
    TextDelta('Größe \u2028 \x85 🎉 {"a": 1}'),
    TokenUsage(input_tokens=3, output_tokens=5),
    Finished(FinishReason.STOP),
]


def test_one_read_gives_one_event_for_all_its_deltas():
    assert read([STREAM]) == (WHOLE, None)


@pytest.mark.parametrize("stream", [STREAM, STREAM.replace(b"\n", b"\r\n")], ids=["LF", "CRLF"])
def test_every_cut_between_two_bytes_gives_the_same(stream):
    for cut in range(len(stream) + 1):
        events, failure = read([stream[:cut], stream[cut:]])
        assert (merged(events), failure) == (WHOLE, None), cut


def test_single_bytes_give_the_same():
    events, failure = read([bytes([byte]) for byte in STREAM])

    assert (merged(events), failure) == (WHOLE, None)


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_cuts_give_the_same(cuts):
    bounds = [0, *sorted(cuts), len(STREAM)]
    parts = [STREAM[a:b] for a, b in pairwise(bounds)]

    events, failure = read(parts)

    assert (merged(events), failure) == (WHOLE, None)


@pytest.mark.parametrize(
    "stream",
    [
        STREAM.removesuffix(b"\n"),
        STREAM.removesuffix(b"\n\n"),
        b"\xef\xbb\xbf" + STREAM,
        STREAM.removesuffix(b"data: [DONE]\n\n"),
    ],
    ids=["one newline missing", "both missing", "byte order mark", "no [DONE]"],
)
def test_small_flaws_do_not_matter(stream):
    events, failure = read([stream])

    assert (merged(events), failure) == (WHOLE, None)


def test_events_without_a_blank_line_between_them_are_told_apart():
    stream = b'data: {"a": 1}\ndata: {"b": 2}\n\n'

    (event,) = EventSplitter().feed(stream)

    assert parse_objects(event.data) == [{"a": 1}, {"b": 2}]


def test_an_event_over_several_lines_is_one():
    (event,) = EventSplitter().feed(b'data: {"a":\ndata: 1}\n\n')

    assert parse_objects(event.data) == [{"a": 1}]


def test_a_cut_stream_keeps_its_words_and_is_not_finished():
    events, failure = read([frame({"content": "So far"})])

    assert TextDelta("So far") in events
    assert isinstance(failure, StreamInterruptedError)
    assert not any(isinstance(event, Finished) for event in events)


def test_an_empty_model_name_is_no_model():
    """Ollama's /v1 hides failures behind such a chunk (ollama.md §8)."""
    events, failure = read([frame({"content": ""}, model="")])

    assert events == []
    assert isinstance(failure, StreamInterruptedError)


def test_progress_and_timings_of_llama_cpp():
    progress = {"total": 200, "cache": 0, "processed": 50, "time_ms": 9}
    timings = {"prompt_per_second": 900.5, "predicted_per_second": 40, "prompt_ms": 250}
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}], "timings": timings}
    events, failure = read(
        [
            frame({"role": "assistant", "content": None}, prompt_progress=progress),
            frame({"content": "Hi"}),
            f"data: {json.dumps(end)}\n\n".encode(),
        ]
    )

    assert failure is None
    assert events[0] == PhaseChanged(Phase.READING_PROMPT, 0.25, processed=50, total=200)
    assert Timings(900.5, 40, 0.25) in events


def test_an_overflow_is_not_taken_for_an_empty_answer():
    events, failure = read(
        [b'data: {"choices":[{"delta":{},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n']
    )

    assert events == []
    assert isinstance(failure, EmptyAnswerError)
    assert "left no room" in str(failure)


@pytest.mark.parametrize(
    ("text", "thoughts", "answer"),
    [
        ("<think>Hm</think>Hi", "Hm", "Hi"),
        ("\n<think>\nHm</think>\n\nHi", "Hm", "Hi"),
        ("<think></think>\n\nHi", "", "Hi"),
        ("<think>Hm < </thinking </think>Hi", "Hm < </thinking ", "Hi"),
        ("<think>Hm", "Hm", ""),
        ("<think>Hm</thi", "Hm</thi", ""),
        ("<thin", "", "<thin"),
        ("<thinner> paint", "", "<thinner> paint"),
        ("Hi <think>Hm</think>", "", "Hi <think>Hm</think>"),
        ("</think>Hi", "", "</think>Hi"),
        ("  Hi", "", "  Hi"),
        ("", "", ""),
    ],
)
def test_inline_thoughts_are_split_off_however_they_are_cut(text, thoughts, answer):
    for cut in range(len(text) + 1):
        splitter = ThinkSplitter()
        parts = [splitter.feed(text[:cut]), splitter.feed(text[cut:]), splitter.end()]
        assert "".join(part[0] for part in parts) == thoughts
        assert "".join(part[1] for part in parts) == answer
    splitter = ThinkSplitter()
    parts = [*(splitter.feed(letter) for letter in text), splitter.end()]
    assert "".join(part[0] for part in parts) == thoughts
    assert "".join(part[1] for part in parts) == answer


async def test_a_flood_does_not_hold_up_the_event_loop(loop):
    async def is_working():
        return None

    async def tick():
        while True:
            ticks.append(loop.time())
            await asyncio.sleep(0)

    @asynccontextmanager
    async def everything_at_once(_on_sent):
        async def parts():
            yield frame({"content": "word "}) * 40_000 + b"data: [DONE]\n\n"

        yield parts()

    ticks = []
    ticking = loop.create_task(tick())

    async with Exchange(everything_at_once, patience=60) as exchange:
        stream = AnswerStream(exchange, ChatChunkReader(EXPECTED), is_working, Phase.WRITING)
        batches = [event async for event in stream.events() if isinstance(event, TextDelta)]

    ticking.cancel()
    assert sum(len(batch.text) for batch in batches) == 200_000
    assert len(batches) > 100
    assert len(ticks) > 10
