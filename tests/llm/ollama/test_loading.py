"""Completing, loading and unloading with an Ollama."""

from __future__ import annotations

import asyncio

import pytest

from ai_coder.errors import (
    HostBlockedError,
    ModelNotFoundError,
    RequestRefusedError,
)
from ai_coder.llm.models import (
    CompletionRequest,
)
from tests.conftest import until
from tests.fake_ollama import Reply
from tests.llm.ollama.asking import LLAMA, collect, events_of, request_for, text_of


async def test_fill_in_the_middle_sends_the_suffix(provider, server):
    server.reply = Reply(content=["a + b"])
    request = CompletionRequest("qwen2.5-coder:7b", "def add(a, b): return ", "\nprint()")

    events = await events_of(provider.complete(request))

    body = server.asked("/api/generate")[-1].json
    assert text_of(events) == "a + b"
    assert body["suffix"] == "\nprint()"
    assert "raw" not in body


async def test_plain_completion_goes_without_a_template(provider, server):
    await events_of(provider.complete(CompletionRequest(LLAMA, "Once upon")))

    assert server.asked("/api/generate")[-1].json["raw"] is True


async def test_a_model_that_cannot_fill_in_is_refused_before_asking(provider, server):
    with pytest.raises(RequestRefusedError, match="fill in"):
        await events_of(provider.complete(CompletionRequest(LLAMA, "a", "b")))

    assert not server.asked("/api/generate")


async def test_loading_twice_at_once_loads_once(provider, server):
    server.loading = asyncio.Event()
    loop = asyncio.get_running_loop()
    steps = []
    tasks = [
        loop.create_task(collect(provider.load_model(LLAMA, context_length=16384), steps))
        for _each in range(2)
    ]
    await until(lambda: any(step.seconds > 0 for step in steps))

    server.loading.set()
    await asyncio.gather(*tasks)

    assert server.loads == [(LLAMA, 16384)]
    assert steps[-1].progress == 1.0


async def test_cancelling_a_load_hangs_up(provider, server):
    server.loading = asyncio.Event()
    task = asyncio.get_running_loop().create_task(events_of(provider.load_model(LLAMA)))
    await until(lambda: server.asked("/api/chat"))

    task.cancel()

    async with asyncio.timeout(1):
        await server.disconnected.wait()
    assert server.loads == []


async def test_unloading_frees_the_model(provider, server):
    await events_of(provider.load_model(LLAMA))

    await provider.unload_model(LLAMA)

    assert server.unloads == [LLAMA]


async def test_an_unknown_model_is_named(provider):
    with pytest.raises(ModelNotFoundError, match="nosuch"):
        await events_of(provider.stream_chat(request_for("nosuch")))


async def test_a_cloud_model_is_not_asked_while_local_only_is_on(provider, server, network):
    network.lock()

    with pytest.raises(HostBlockedError, match=r"ollama\.com"):
        await events_of(provider.stream_chat(request_for("gpt-oss:120b-cloud")))

    assert not server.asked("/api/chat")


async def test_a_cloud_model_gets_no_window(provider, server):
    await events_of(provider.stream_chat(request_for("gpt-oss:120b-cloud")))

    assert "options" not in server.asked("/api/chat")[-1].json
