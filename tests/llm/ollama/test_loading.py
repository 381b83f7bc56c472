"""Completing, loading and unloading with an Ollama."""

from __future__ import annotations

import asyncio

import pytest

from ai_coder.errors import (
    HostBlockedError,
    ModelLoadFailedError,
    ModelNotFoundError,
    RequestRefusedError,
)
from ai_coder.llm.models import CompletionRequest, ProviderConfig
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.ollama import OllamaProvider
from tests.conftest import until
from tests.fake_ollama import Reply
from tests.llm.ollama.asking import LLAMA, collect, events_of, request_for, text_of

FOR_EVER = {"keep_alive": -1}
OUT_OF_MEMORY = "llama-server process has terminated: cannot allocate memory"


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

    await until(server.disconnected.is_set)
    assert server.loads == []


async def fail_to_load(provider, server):
    server.load_error = OUT_OF_MEMORY
    with pytest.raises(ModelLoadFailedError):
        await events_of(provider.load_model(LLAMA, context_length=131072, options=FOR_EVER))
    server.load_error = None


async def give_up_loading(provider, server):
    server.loading = asyncio.Event()
    loading = provider.load_model(LLAMA, context_length=131072, options=FOR_EVER)
    task = asyncio.get_running_loop().create_task(events_of(loading))
    await until(lambda: server.asked("/api/chat"))
    task.cancel()
    await asyncio.wait({task})
    server.loading = None


@pytest.mark.parametrize("end", [fail_to_load, give_up_loading])
async def test_a_load_that_came_to_nothing_decides_nothing(provider, server, end):
    await events_of(provider.load_model(LLAMA, context_length=16384, options={"keep_alive": 300}))
    server.requests.clear()

    await end(provider, server)
    await events_of(provider.stream_chat(request_for()))

    sent = server.asked("/api/chat")[-1].json
    assert sent["options"]["num_ctx"] == 16384
    assert sent["keep_alive"] == 300


async def test_a_question_that_could_not_be_loaded_for_decides_nothing(provider, server):
    server.load_error = OUT_OF_MEMORY
    with pytest.raises(ModelLoadFailedError):
        await events_of(provider.stream_chat(request_for(context_length=131072)))
    server.load_error = None

    await events_of(provider.stream_chat(request_for()))

    assert server.loads == [(LLAMA, 8192)]


async def test_what_was_chosen_for_a_model_outlives_its_provider(server, network):
    config, services = ProviderConfig(base_url=server.url), ProviderServices(network)
    before, after = (OllamaProvider("ollama", config, services) for _settings in range(2))
    await events_of(before.load_model(LLAMA, options=FOR_EVER))
    await before.aclose()

    await events_of(after.stream_chat(request_for()))

    assert server.asked("/api/chat")[-1].json["keep_alive"] == -1
    await after.unload_model(LLAMA)
    await events_of(after.stream_chat(request_for()))
    assert "keep_alive" not in server.asked("/api/chat")[-1].json
    await after.aclose()


async def test_the_servers_choice_takes_an_earlier_one_back(provider, server):
    await events_of(provider.load_model(LLAMA, options=FOR_EVER))

    await events_of(provider.load_model(LLAMA, options={}))

    assert "keep_alive" not in server.asked("/api/chat")[-1].json


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
