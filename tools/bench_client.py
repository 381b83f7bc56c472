"""CPU per streamed token: ours against reading the same bytes with httpx2 and jiter alone.

    python tools/bench_client.py [--quick]

A child process streams chat completions; this process reads them, first with nothing but
`httpx2`, a split on newlines and `jiter`, then through the provider, the manager and a chat
session that stores the turn. All are measured in the same run, several times in turn. The
smallest cost of each counts, because whatever else the machine does can only add to it. The goal
is at most 1.5 times the cost of reading alone.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_coder.chat.store import ChatStore

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

MODEL = "bench"
RATES = {"200/s": 200, "1,000/s": 1000, "unlimited": 0}
GOAL = 1.5

Reader = Callable[[str], Awaitable[int]]


# the server


def _frames(tokens: int) -> list[bytes]:
    common = {
        "id": "chatcmpl-um3b2l9t12bzrtha63q8",
        "object": "chat.completion.chunk",
        "created": 1747835957,
        "model": MODEL,
        "system_fingerprint": MODEL,
    }
    frames = []
    for number in range(tokens):
        delta = {"content": f" word{number % 97}"}
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        frames.append({**common, "choices": [choice]})
    last = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": tokens + 9}
    frames += [{**common, "choices": [last]}, {**common, "choices": [], "usage": usage}]
    data = [f"data: {json.dumps(frame, separators=(',', ':'))}\n\n".encode() for frame in frames]
    return [*data, b"data: [DONE]\n\n"]


async def _serve() -> None:
    """Stream what the model's name asks for: `bench-<tokens>-<rate>`."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = head.partition("content-length:")[2].strip().partition("\r\n")[0]
            body = json.loads(await reader.readexactly(int(length or 0)) or b"{}")
            if "model" in body:
                await _stream(writer, *map(int, body["model"].split("-")[1:]))
            else:
                writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"data":[]}')
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _stream(writer: asyncio.StreamWriter, tokens: int, rate: int) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    packets = [b"%x\r\n%s\r\n" % (len(frame), frame) for frame in _frames(tokens)]
    packets.append(b"0\r\n\r\n")
    if rate == 0:
        writer.write(b"".join(packets))
        await writer.drain()
        return
    started = time.perf_counter()
    for number, packet in enumerate(packets):
        delay = started + number / rate - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        writer.write(packet)
        await writer.drain()


# the readers


def bare_reader(url: str) -> Reader:
    """Return the least that must be done: bytes, lines, JSON, the text joined."""
    import httpx2
    from jiter import from_json

    async def read(model: str) -> int:
        body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
        count, rest = 0, b""
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=None, verify=False) as client,
            client.stream("POST", f"{url}/v1/chat/completions", json=body) as response,
        ):
            async for part in response.aiter_bytes():
                lines = (rest + part).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    if line.startswith(b"data: {"):
                        choices = from_json(line[6:])["choices"]
                        if choices and choices[0]["delta"].get("content"):
                            count += 1
        return count

    return read


def provider_reader(url: str) -> Reader:
    """Return the provider's way: everything that the application checks."""
    from ai_coder.llm.models import ChatMessage, ChatRequest, ProviderConfig, Role
    from ai_coder.llm.network import Network
    from ai_coder.llm.providers.base import ProviderServices
    from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider

    config = ProviderConfig(base_url=url)
    provider = OpenAICompatibleProvider("bench", config, ProviderServices(Network()))

    async def read(model: str) -> int:
        request = ChatRequest(model, (ChatMessage(Role.USER, "Hi"),))
        return await _words(provider.stream_chat(request))

    return read


def manager_and_session(url: str, store: ChatStore) -> tuple[Reader, Reader]:
    """Return the ways of the manager and of a chat session as the window has it, stored."""
    from ai_coder.chat.session import ChatSession
    from ai_coder.chat.turn_stream import TurnStream
    from ai_coder.llm.catalogue import ModelCatalogue
    from ai_coder.llm.context_budget import ContextBudget
    from ai_coder.llm.llm_manager import LLMManager
    from ai_coder.llm.measurements import Measurements
    from ai_coder.llm.models import ChatMessage, ChatRequest, ProviderConfig, Role
    from ai_coder.llm.network import Network
    from ai_coder.llm.providers.base import ProviderServices

    config = ProviderConfig(type="openai_compatible", base_url=url)
    network = Network()
    manager = LLMManager({"bench": config}, {}, lambda _id: ProviderServices(network))
    stream = TurnStream(manager, ModelCatalogue({}), ContextBudget(), Measurements())

    async def through_manager(model: str) -> int:
        request = ChatRequest(model, (ChatMessage(Role.USER, "Hi"),))
        return await _words(manager.stream_chat(f"bench/{model}", request))

    async def through_session(model: str) -> int:
        conversation = await store.create_conversation(model_ref=f"bench/{model}")
        session = ChatSession(store, conversation, stream)
        await session.load()
        return await _words(session.send("Hi", model_ref=f"bench/{model}"))

    return through_manager, through_session


async def _words(stream: AsyncGenerator[object, None]) -> int:
    from ai_coder.llm.models import TextDelta

    count = 0
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                count += event.text.count(" ")
    return count


def readers(url: str, store: ChatStore) -> dict[str, Reader]:
    """Return every way of reading there is, the bare one first."""
    manager, session = manager_and_session(url, store)
    return {
        "httpx2 + jiter": bare_reader(url),
        "provider": provider_reader(url),
        "manager": manager,
        "session": session,
    }


# the measurement


async def _cpu(read: Reader, tokens: int, rate: int, streams: int) -> float:
    """Return the CPU microseconds per token of this process."""
    gc.collect()
    started = time.process_time()
    counts = await asyncio.gather(*(read(f"{MODEL}-{tokens}-{rate}") for _ in range(streams)))
    spent = time.process_time() - started
    if counts != [tokens] * streams:
        message = f"read {counts}, not {tokens} tokens"
        raise RuntimeError(message)
    return spent / (tokens * streams) * 1e6


async def _measure(url: str, folder: Path, *, is_quick: bool) -> bool:
    from ai_coder.chat.store import ChatStore

    store = ChatStore(folder / "chats.db")
    await store.open()
    try:
        return await _compare(readers(url, store), is_quick=is_quick)
    finally:
        await store.aclose()


async def _compare(ways: dict[str, Reader], *, is_quick: bool) -> bool:
    for read in ways.values():
        await read(f"{MODEL}-100-0")
    print(f"{'tokens':>10} {'streams':>7}  " + "  ".join(f"{name:>22}" for name in ways))
    is_good = True
    for label, rate in RATES.items():
        for streams in (1, 4):
            tokens = _length(rate, streams)
            rounds = [
                [await _cpu(read, tokens, rate, streams) for read in ways.values()]
                for _round in range(3 if is_quick else 8)
            ]
            costs = [min(way) for way in zip(*rounds, strict=True)]
            cells = [f"{cost:9.1f} µs {cost / costs[0]:6.2f} ×" for cost in costs]
            print(f"{label:>10} {streams:>7}  " + "  ".join(f"{cell:>22}" for cell in cells))
            is_good &= max(costs) <= GOAL * costs[0]
    print(f"goal: at most {GOAL} ×: {'reached' if is_good else 'missed'}")
    return is_good


def _length(rate: int, streams: int) -> int:
    return rate * 2 if rate else 20_000 // streams


def main() -> int:
    """Run the benchmark; return 0 when the goal is reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a third of the time, less exact")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_serve())
        return 0
    command = [sys.executable, __file__, "--serve"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child,
    ):
        try:
            port = (child.stdout.readline() if child.stdout else "").strip()
            url = f"http://127.0.0.1:{port}"
            is_good = asyncio.run(_measure(url, Path(folder), is_quick=options.quick))
        finally:
            child.terminate()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
