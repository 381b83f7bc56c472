from __future__ import annotations

import asyncio
import json

import httpx2
import pytest

from tests.conftest import until
from tests.fake_ollama import BUSY, LOAD_FAILED, FakeOllama, OllamaModel
from tests.fake_reply import Reply, ToolCall


@pytest.fixture
def ollama(loop):
    server = FakeOllama(models=[OllamaModel("thinker", capabilities=("completion", "thinking"))])
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def client(loop):
    client = httpx2.AsyncClient(trust_env=False, timeout=5)
    yield client
    loop.run_until_complete(client.aclose())


def chat(model, text="Hi", **fields):
    return {"model": model, "messages": [{"role": "user", "content": text}], **fields}


def objects(text):
    return [json.loads(line) for line in text.split("\n") if line]


async def ask_ollama(client, server, **fields):
    return await client.post(f"{server.url}/api/chat", json=chat("thinker") | fields)


async def test_changed_context_reloads_the_model(ollama, client):
    for num_ctx in (8192, 8192, 4096):
        await ask_ollama(client, ollama, options={"num_ctx": num_ctx})

    assert ollama.loads == [("thinker:latest", 8192), ("thinker:latest", 4096)]


async def test_model_is_in_ps_only_when_loaded(ollama, client):
    ollama.loading = asyncio.Event()
    asked = asyncio.gather(ask_ollama(client, ollama))
    await until(lambda: ollama.asked("/api/chat"))
    assert (await client.get(f"{ollama.url}/api/ps")).json() == {"models": []}

    ollama.loading.set()
    await asked

    listed = (await client.get(f"{ollama.url}/api/ps")).json()["models"]
    assert [(m["name"], m["context_length"]) for m in listed] == [("thinker:latest", 4096)]


async def test_empty_messages_load_and_unload(ollama, client):
    loaded = await ask_ollama(client, ollama, messages=[])
    unloaded = await ask_ollama(client, ollama, messages=[], keep_alive=0)

    assert loaded.json()["done_reason"] == "load"
    assert unloaded.json()["done_reason"] == "unload"
    assert ollama.unloads == ["thinker:latest"]


@pytest.mark.parametrize(
    ("fields", "status", "count"), [({}, 200, 130), ({"truncate": False}, 400, None)]
)
async def test_long_prompt_is_cut_silently_or_refused(ollama, client, fields, status, count):
    body = chat("thinker", "word" * 2000, options={"num_ctx": 256}, **fields)
    answer = await client.post(f"{ollama.url}/api/chat", json=body)

    assert answer.status_code == status
    assert objects(answer.text)[-1].get("prompt_eval_count") == count


async def test_thinking_precedes_the_content_unless_switched_off(ollama, client):
    ollama.reply = Reply(reasoning=["Hm"], content=["a\u0085b", "<"])
    on = objects((await ask_ollama(client, ollama)).text)
    off = await ask_ollama(client, ollama, think=False)

    assert on[0]["message"]["thinking"] == "Hm"
    assert on[1]["message"]["content"] == "a\u0085b"
    assert "Hm" not in off.text
    assert "\\u003c" in off.text


@pytest.mark.parametrize("with_done", [True, False])
async def test_tool_calls_have_two_places(ollama, client, with_done):
    call = ToolCall("read", {"path": "a"})
    ollama.reply = Reply(content=[], tool_calls=[call], calls_with_done=with_done)

    sent = objects((await ask_ollama(client, ollama)).text)

    carrier = next(each for each in sent if each["message"].get("tool_calls"))
    assert carrier["done"] is with_done
    assert sent[-1]["done"] is True


async def test_stream_may_end_with_an_error_or_with_nothing(ollama, client):
    ollama.then(Reply(error="CUDA error: out of memory"), Reply(done=False))
    failed = objects((await ask_ollama(client, ollama)).text)
    unfinished = objects((await ask_ollama(client, ollama)).text)

    assert failed[-1] == {"error": "CUDA error: out of memory"}
    assert not any(each["done"] for each in unfinished)


async def test_pull_goes_on_where_it_was_stopped(ollama, client):
    ollama.pull_pause = asyncio.Event()
    url = f"{ollama.url}/api/pull"
    async with client.stream("POST", url, json={"model": "qwen3:4b"}) as response:
        stream = response.aiter_text()
        while not ollama.saved or max(ollama.saved.values()) < 9 * 10**8:
            await anext(stream)
    await until(ollama.disconnected.is_set)
    ollama.pull_pause = None

    sent = objects((await client.post(url, json={"model": "qwen3:4b"})).text)

    assert sent[1]["completed"] >= 9 * 10**8
    assert sent[-1] == {"status": "success"}
    assert ollama.find("qwen3:4b")


async def test_errors_of_ollama_have_their_status(ollama, client):
    missing = await client.post(f"{ollama.url}/api/chat", json=chat("nosuch"))
    foreign = await client.get(f"{ollama.url}/api/tags", headers={"Host": "example.com"})
    wrong_way = await client.get(f"{ollama.url}/api/chat")
    ollama.load_error = LOAD_FAILED
    broken = await ask_ollama(client, ollama)
    ollama.is_busy = True
    busy = await ask_ollama(client, ollama)

    assert (missing.status_code, missing.json()) == (404, {"error": "model 'nosuch' not found"})
    assert (foreign.status_code, foreign.content) == (403, b"")
    assert (wrong_way.status_code, wrong_way.text) == (405, "405 method not allowed")
    assert (broken.status_code, broken.json()) == (500, {"error": LOAD_FAILED})
    assert (busy.status_code, busy.json()) == (503, {"error": BUSY})
