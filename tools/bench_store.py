"""Measure the chat store: opening, searching, storing while streaming, and `kill -9`.

    python tools/bench_store.py [--messages 100000] [--kills 1000] [--at-once 8]

Goals (issue of the transcript): first hits within 50 ms in 100,000 messages, also of scripts
without spaces and from a file of an earlier version; storing at most 1 % of one core while
streaming; after `kill -9` every database opens and nothing older than 1 s is
missing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ai_coder.chat.archive import ArchivedConversation
from ai_coder.chat.conversation import Conversation, Message
from ai_coder.chat.search import SearchOrder, SearchQuery
from ai_coder.chat.session import ChatSession
from ai_coder.chat.store import ChatStore
from ai_coder.llm.models import (
    Finished,
    FinishReason,
    GenerationParameters,
    ModelAnswered,
    Role,
    TextDelta,
    Timings,
    TokenUsage,
)
from tests.chat.streaming_victim import loss_of, stream_words

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ai_coder.llm.models import ChatRequest, StreamEvent

T = TypeVar("T")

SYLLABLES = ("ba", "con", "de", "fi", "gra", "lo", "mer", "ni", "pu", "ras", "ten", "vo")
VOCABULARY = 40_000
TIMES = 7


def word_of(rank: int) -> str:
    """Return the word of a rank; the first is the commonest."""
    word = ""
    while rank or not word:
        rank, syllable = divmod(rank, len(SYLLABLES))
        word += SYLLABLES[syllable]
    return word


WORDS = [word_of(rank) for rank in range(VOCABULARY)]


def zipf(chance: random.Random, number: int) -> int:
    """Return a rank below *number*, as unevenly common as real words are."""
    return int(number ** chance.random()) - 1


def unspaced_word(chance: random.Random) -> str:
    """Make a word of one to four characters, which are unevenly common, too."""
    first = chance.choice((0x4E00, 0x4E00, 0x30A0, 0x0E01))  # Han, Han, Katakana, Thai
    number = {0x4E00: 4000, 0x30A0: 80, 0x0E01: 58}[first]
    size = chance.choice((1, 2, 2, 2, 3, 4)) if number > 100 else chance.choice((3, 4, 5))
    return "".join(chr(first + zipf(chance, number)) for _ in range(size))


UNSPACED = list(dict.fromkeys(unspaced_word(random.Random(rank)) for rank in range(VOCABULARY)))


def text_of(chance: random.Random, characters: int) -> str:
    """Make a text of Latin words."""
    words, length = [], 0
    while length < characters:
        word = WORDS[zipf(chance, VOCABULARY)]
        words.append(word)
        length += len(word) + 1
    return " ".join(words)


def unspaced_text(chance: random.Random, characters: int) -> str:
    """Make a text without spaces: every seventh word is Latin, and there are full stops."""
    words, length = [], 0
    while length < characters:
        word = UNSPACED[zipf(chance, len(UNSPACED))]
        if chance.random() < 1 / 7:
            word = WORDS[zipf(chance, VOCABULARY)]
        elif chance.random() < 1 / 7:
            word += "。"
        words.append(word)
        length += len(word)
    return "".join(words)


def conversation(
    chance: random.Random,
    messages: int,
    characters: int,
    title: str,
    text: Callable[[random.Random, int], str] = text_of,
) -> ArchivedConversation:
    """Make a chat of questions and answers with their figures."""
    now = datetime.now(UTC) - timedelta(minutes=chance.randrange(500_000))
    made = []
    for number in range(1, messages + 1):
        role = Role.USER if number % 2 else Role.ASSISTANT
        message = Message(number, 0, number - 1 or None, role, text(chance, characters), now)
        if role is Role.ASSISTANT:
            message = replace(
                message,
                model_ref=f"lm_studio/model-{chance.randrange(5)}",
                answered_by="lm_studio/model",
                finish_reason=FinishReason.STOP,
                usage=TokenUsage(1000, 200),
                timings=Timings(800.0, 40.0),
                first_token_seconds=0.4,
                seconds=5.2,
                parameters=GenerationParameters(temperature=0.7),
            )
        made.append(message)
    return ArchivedConversation(Conversation(0, title, now, now, head=messages), tuple(made))


async def timed(work: Callable[[], Awaitable[T]]) -> tuple[float, float, T]:
    """Return the median and longest milliseconds of awaiting *work()*, and its last result."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        result = await work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), max(taken), result


def report(name: str, figure: str, goal: str = "") -> None:
    """Print one line of the table."""
    print(f"{name:<52} {figure:>26}   {goal}", flush=True)


def size_of(path: Path) -> str:
    """Return the size of a file in words."""
    return f"{path.stat().st_size / 1e6:.0f} MB"


async def fill(
    path: Path, messages: int, characters: int, text: Callable[[random.Random, int], str]
) -> None:
    """Make a store of many messages."""
    chance = random.Random(1)
    store = ChatStore(path)
    await store.open()
    began = time.perf_counter()
    per_chat = 100
    for batch in range(0, messages, per_chat * 50):
        count = min(50, (messages - batch) // per_chat)
        await store.add_archived(
            [
                conversation(chance, per_chat, characters, f"Chat {batch + i}", text)
                for i in range(count)
            ]
        )
    filled = time.perf_counter() - began
    await store.aclose()
    report(f"filled with {messages:,} messages", f"{filled:.0f} s, {size_of(path)}")


async def bench_queries(store: ChatStore, searches: dict[str, SearchQuery]) -> None:
    """Search what can be found and what cannot."""
    for name, query in searches.items():
        began = time.perf_counter()
        await store.search(query)
        first = (time.perf_counter() - began) * 1000
        used = time.process_time()
        median, longest, hits = await timed(lambda query=query: store.search(query))
        used = (time.process_time() - used) * 1000 / TIMES
        report(
            f"search: {name} ({len(hits)} hits)",
            f"first {first:.1f}, then {median:.1f} / {max(longest, first):.1f} ms"
            f" (processor {used:.1f})",
            "≤ 50 ms",
        )


async def bench_search(folder: Path, messages: int) -> None:
    """Fill a store and search it."""
    path = folder / "search.sqlite3"
    await fill(path, messages, 800, text_of)
    began = time.perf_counter()
    store = ChatStore(path)
    await store.open()
    report("open that database", f"{(time.perf_counter() - began) * 1000:.1f} ms")
    median, longest, chats = await timed(store.conversations)
    report(f"list {len(chats):,} conversations", f"{median:.1f} / {longest:.1f} ms")
    month = datetime.now(UTC) - timedelta(days=30)
    searches = {
        "word in nearly every message": SearchQuery(WORDS[0] + " "),
        "that word, ranked": SearchQuery(WORDS[0] + " ", order=SearchOrder.RANKED),
        "usual word": SearchQuery(WORDS[100] + " "),
        "usual word, ranked": SearchQuery(WORDS[100] + " ", order=SearchOrder.RANKED),
        "rare word": SearchQuery(WORDS[30_000] + " "),
        "two letters, being typed": SearchQuery("gr"),
        "three letters, being typed, ranked": SearchQuery("gra", order=SearchOrder.RANKED),
        "two words": SearchQuery(f"{WORDS[20]} {WORDS[70]} "),
        "phrase": SearchQuery(f'"{WORDS[0]} {WORDS[1]}"'),
        "usual word, model and date": SearchQuery(WORDS[100], "lm_studio/model-3", month),
        "word in nearly every message, another model": SearchQuery(
            WORDS[0] + " ", "lm_studio/none"
        ),
        "no hit": SearchQuery("zzzz"),
    }
    await bench_queries(store, searches)
    await store.aclose()


async def bench_unspaced(folder: Path, messages: int) -> None:
    """Fill a store with scripts without spaces, and search it before and after it is indexed.

    The index has nothing at first, as in the file of an earlier version.
    """
    path = folder / "unspaced.sqlite3"
    await fill(path, messages, 400, unspaced_text)
    store = ChatStore(path)
    await store.open()
    rare = UNSPACED[-1] + UNSPACED[-2]
    await bench_queries(store, {"rare word, before it is in the index": SearchQuery(rare)})
    began, used = time.perf_counter(), time.process_time()
    await store.unspaced_index.catch_up()
    seconds, used = time.perf_counter() - began, time.process_time() - used
    report("all of it comes into the index, in the background", f"{seconds:.0f} s ({used:.0f})")
    report("size with the index", size_of(path))
    by_length = {size: [word for word in UNSPACED if len(word) == size] for size in (1, 2, 3)}
    month = datetime.now(UTC) - timedelta(days=30)
    searches = {}
    for size, words in by_length.items():
        searches |= {
            f"common, {size} characters": SearchQuery(words[0]),
            f"usual, {size} characters": SearchQuery(words[len(words) // 50]),
            f"rare, {size} characters": SearchQuery(words[-1]),
            f"absent, {size} characters": SearchQuery("龘" * size),
        }
    common, usual = by_length[2][0], by_length[2][40]
    searches |= {
        "of common characters": SearchQuery(by_length[1][0] + common + by_length[1][1]),
        "long, absent": SearchQuery("".join(UNSPACED[:40])),
        "common, with a rare Latin word": SearchQuery(f"{common} {WORDS[30_000]}"),
        "common, with an absent Latin word": SearchQuery(f"{common} zzzz"),
        "rare, with a common Latin word": SearchQuery(f"{by_length[3][-1]} {WORDS[0]}"),
        "usual, model and date": SearchQuery(usual, "lm_studio/model-3", month),
        "usual, model and date without a hit": SearchQuery(usual, "lm_studio/none", month),
    }
    await bench_queries(store, searches)
    await store.aclose()


async def bench_open(folder: Path) -> None:
    """Open long chats."""
    chance = random.Random(2)
    store = ChatStore(folder / "open.sqlite3")
    await store.open()
    sizes = (50, 1000, 5000)
    made = await store.add_archived([conversation(chance, size, 1000, f"{size}") for size in sizes])
    for size, chat in zip(sizes, made, strict=True):
        median, longest, _ = await timed(lambda chat=chat: store.messages(chat.id, chat.head))
        report(f"open a chat of {size:,} messages ({size} KB)", f"{median:.1f} / {longest:.1f} ms")
        median, longest, _ = await timed(lambda chat=chat: store.messages(chat.id, chat.head, 200))
        report(f"its newest 200 of {size:,} messages", f"{median:.1f} / {longest:.1f} ms")
    await store.aclose()


async def bench_streaming(folder: Path, seconds: float) -> None:
    """Compare the CPU of a session that stores with reading the same stream alone."""
    rate, per_wake = 1000, 10

    async def stream(_ref: str, _request: ChatRequest | None) -> AsyncGenerator[StreamEvent, None]:
        yield ModelAnswered("model", "lm_studio")
        end = time.perf_counter() + seconds
        following = time.perf_counter()
        while time.perf_counter() < end:
            yield TextDelta("word " * per_wake)
            following += per_wake / rate
            await asyncio.sleep(max(0, following - time.perf_counter()))
        yield TokenUsage(10, int(rate * seconds))
        yield Finished(FinishReason.STOP)

    async def alone() -> None:
        async for _ in stream("", None):
            pass

    store = ChatStore(folder / "stream.sqlite3")
    await store.open()
    chat = await store.create_conversation(model_ref="lm_studio/model")
    in_memory = ChatStore(None)
    await in_memory.open()
    memory_chat = await in_memory.create_conversation(model_ref="lm_studio/model")

    async def stored(where: ChatStore, chat: Conversation) -> None:
        async for _ in ChatSession(where, chat, stream).send("Go"):
            pass

    costs = {}
    for name, work in {
        "stream alone": alone,
        "session, in memory": lambda: stored(in_memory, memory_chat),
        "session, on disk": lambda: stored(store, chat),
    }.items():
        before = time.process_time()
        await work()
        costs[name] = (time.process_time() - before) / seconds * 100
        report(f"streaming {rate} tokens/s: {name}", f"{costs[name]:.2f} % of a core")
    report(
        "storing while streaming",
        f"{costs['session, on disk'] - costs['stream alone']:.2f} % of a core",
        "≤ 1 %",
    )
    await store.aclose()
    await in_memory.aclose()


def fork_victim(path: Path) -> tuple[int, int]:
    """Start a process that streams; return its id and the end of its pipe to read."""
    read_end, write_end = os.pipe()
    process_id = os.fork()
    if process_id == 0:
        os.close(read_end)
        os.dup2(write_end, 1)
        try:
            asyncio.run(stream_words(path))
        finally:
            os._exit(1)
    os.close(write_end)
    return process_id, read_end


def kill_once(path: Path, delay: float, loss_seconds: list[float]) -> None:
    """Kill a victim after *delay* seconds of streaming and add how old its lost words were."""
    process_id, read_end = fork_victim(path)
    with os.fdopen(read_end) as output:
        first = output.readline()
        time.sleep(delay)
        os.kill(process_id, signal.SIGKILL)
        killed_at = time.monotonic()
        rest = output.read()
    os.waitpid(process_id, 0)
    loss = asyncio.run(loss_of(path, first + rest, killed_at))
    loss_seconds.append(loss.seconds)


def kill_many(folder: Path, number: int, seed: int) -> list[float]:
    """Kill *number* victims on one database, one after the other."""
    chance = random.Random(seed)
    losses: list[float] = []
    for _ in range(number):
        kill_once(folder / f"kill-{seed}.sqlite3", chance.uniform(0, 1.2), losses)
    return losses


def bench_kills(folder: Path, kills: int, at_once: int) -> None:
    """Kill many victims in several processes."""
    pipes = []
    for worker in range(at_once):
        share = kills // at_once + (worker < kills % at_once)
        read_end, write_end = os.pipe()
        if os.fork() == 0:
            os.close(read_end)
            losses = kill_many(folder, share, worker)
            os.write(write_end, " ".join(f"{loss:.4f}" for loss in losses).encode())
            os._exit(0)
        os.close(write_end)
        pipes.append(read_end)
    losses = []
    for pipe in pipes:
        with os.fdopen(pipe) as output:
            losses += [float(loss) for loss in output.read().split()]
        os.wait()
    losses.sort()
    report(f"kill -9: databases opened, of {kills}", f"{len(losses)}", f"{kills}")
    if losses:
        middle, worst = losses[len(losses) // 2], losses[-1]
        report("oldest word lost: median / worst", f"{middle:.3f} / {worst:.3f} s", "≤ 1 s")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--only", choices=["search", "unspaced", "open", "streaming", "kills"])
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if wanted.kills and wanted.only in {None, "kills"}:
            bench_kills(place, wanted.kills, wanted.at_once)
        if wanted.only in {None, "open"}:
            asyncio.run(bench_open(place))
        if wanted.only in {None, "streaming"}:
            asyncio.run(bench_streaming(place, wanted.seconds))
        if wanted.only in {None, "search"}:
            asyncio.run(bench_search(place, wanted.messages))
        if wanted.only in {None, "search", "unspaced"}:
            asyncio.run(bench_unspaced(place, wanted.messages))


if __name__ == "__main__":
    main()
