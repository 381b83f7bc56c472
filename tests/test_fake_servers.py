from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx2
import pytest

from tests.conftest import until
from tests.fake_lm_studio import FAULTS, VALID_TOKEN, FakeLMStudio, LMModel
from tests.fake_payloads import PAYLOADS, replay
from tests.fake_reply import Reply, ToolCall

RECORDED = sorted(str(p.relative_to(PAYLOADS)) for p in PAYLOADS.rglob("*.*"))


@pytest.fixture
def lm_studio(loop):
    coder = LMModel("coder")
    coder.load(4096)
    server = FakeLMStudio(models=[coder, LMModel("other")])
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


def frames(text):
    """Return the decoded frames of an event stream, without the closing mark."""
    lines = [line[6:] for line in text.split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


async def ask_lm_studio(client, server, **fields):
    body = chat("coder", stream=True, **fields)
    return await client.post(f"{server.url}/v1/chat/completions", json=body)


# the HTTP layer


async def test_idle_connection_is_closed(lm_studio, client):
    lm_studio.keep_alive = 0.02
    reader, writer = await asyncio.open_connection("127.0.0.1", lm_studio.port)
    writer.write(b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")

    answer = await asyncio.wait_for(reader.read(), 20)

    assert b"Keep-Alive: timeout=" in answer
    writer.close()


async def test_chunked_request_is_read_and_recorded(lm_studio, client):
    async def parts():
        yield b'{"model": '
        yield b'"coder"}'

    await client.post(f"{lm_studio.url}/v1/completions?a=1", content=parts())

    request = lm_studio.requests[0]
    assert (request.method, request.path, request.query) == ("POST", "/v1/completions", "a=1")
    assert request.json == {"model": "coder"}


async def test_hanging_up_is_noticed(lm_studio, client):
    lm_studio.reply = ["a", "b"]
    lm_studio.stall_after = 1
    url = f"{lm_studio.url}/v1/chat/completions"
    async with client.stream("POST", url, json=chat("coder", stream=True)) as response:
        await anext(response.aiter_bytes())
        assert not lm_studio.disconnected.is_set()

    await until(lm_studio.disconnected.is_set)
    assert [request.path for request in lm_studio.abandoned] == ["/v1/chat/completions"]


async def test_killed_server_drops_connections_and_comes_back(lm_studio, client):
    lm_studio.always("/v1/models", FAULTS["never answers"])
    waiting = asyncio.gather(client.get(f"{lm_studio.url}/v1/models"), return_exceptions=True)
    await until(lambda: lm_studio.requests)

    lm_studio.close()

    assert isinstance((await waiting)[0], httpx2.TransportError)
    with pytest.raises(httpx2.ConnectError):
        await client.get(f"{lm_studio.url}/v1/models")
    await lm_studio.restart()
    lm_studio.always("/v1/models", None)
    assert (await client.get(f"{lm_studio.url}/v1/models")).status_code == 200


@pytest.mark.parametrize("split_every", [1, 7])
async def test_stream_is_cut_into_packets(lm_studio, client, split_every):
    lm_studio.reply = Reply(content=["é\u0085"], split_every=split_every)
    url = f"{lm_studio.url}/v1/chat/completions"
    async with client.stream("POST", url, json=chat("coder", stream=True)) as response:
        packets = [packet async for packet in response.aiter_raw()]

    assert {len(packet) for packet in packets[:20]} == {split_every}
    assert "é\u0085" in b"".join(packets).decode()


async def test_scripted_answer_comes_first_and_once(lm_studio, client):
    lm_studio.next("GET /v1/models", FAULTS["bad gateway"])

    first = await client.get(f"{lm_studio.url}/v1/models")
    second = await client.get(f"{lm_studio.url}/v1/models")

    assert (first.status_code, second.status_code) == (502, 200)
    assert first.headers["content-type"] == "text/html"


async def test_first_byte_waits_for_its_event(lm_studio, client):
    gate = asyncio.Event()
    lm_studio.next("/v1/models", replace(FAULTS["html page"], wait_for=gate))
    asked = asyncio.gather(client.get(f"{lm_studio.url}/v1/models"))
    done, _ = await asyncio.wait([asked], timeout=0.05)
    assert not done

    gate.set()

    assert (await asked)[0].status_code == 200


@pytest.mark.parametrize("name", RECORDED)
async def test_every_recording_can_be_replayed(lm_studio, client, name):
    lm_studio.next("/x", replay(name))

    answer = await client.get(f"{lm_studio.url}/x")

    recorded = (PAYLOADS / name).read_bytes()
    if name.endswith(".http"):
        assert answer.status_code == int(recorded.split()[1])
    last = answer.content.rstrip().splitlines()[-1:] or [b""]
    assert last[0].removeprefix(b"data: ") in recorded


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"never answers", "closes at once"}))
async def test_every_fault_is_answered(lm_studio, client, name):
    lm_studio.next("/v1/chat/completions", FAULTS[name])

    answer = await ask_lm_studio(client, lm_studio)

    assert answer.status_code == FAULTS[name].status


# LM Studio


async def test_unknown_route_is_a_200_with_an_error(lm_studio, client):
    answer = await client.get(f"{lm_studio.url}/models")

    assert answer.status_code == 200
    assert answer.json() == {"error": "Unexpected endpoint or method. (GET /models)"}


@pytest.mark.parametrize(("level", "kinds"), [("v1", [False, False]), ("v0", [True, False])])
async def test_older_version_lacks_the_newer_routes(lm_studio, client, level, kinds):
    lm_studio.level = level
    paths = ("/api/v0/models", "/api/v1/models")
    answers = [(await client.get(lm_studio.url + path)).json() for path in paths]

    assert ["error" not in answer for answer in answers] == kinds


async def test_without_jit_only_loaded_models_are_listed(lm_studio, client):
    lm_studio.jit = False
    ids = [m["id"] for m in (await client.get(f"{lm_studio.url}/v1/models")).json()["data"]]
    assert ids == ["coder"]

    lm_studio.model("coder").loaded.clear()

    answer = await ask_lm_studio(client, lm_studio)
    assert answer.status_code == 404
    assert "No models loaded" in answer.json()["error"]["message"]


async def test_token_is_required_natively(lm_studio, client):
    lm_studio.token = VALID_TOKEN
    url = f"{lm_studio.url}/api/v1/models"
    refused = await client.get(url)
    granted = await client.get(url, headers={"Authorization": f"Bearer {VALID_TOKEN}"})

    assert (refused.status_code, granted.status_code) == (401, 200)
    assert refused.json()["error"]["code"] == "invalid_api_key"


async def test_second_load_makes_a_second_instance(lm_studio, client):
    body = {"model": "coder", "context_length": 8000}
    answer = await client.post(f"{lm_studio.url}/api/v1/models/load", json=body)

    assert answer.json()["instance_id"] == "coder:2"
    assert lm_studio.loads == [("coder:2", 8000)]


async def test_jit_load_evicts_only_what_was_loaded_on_demand(lm_studio, client):
    lm_studio.models.append(LMModel("third"))
    for model in ("other", "third"):
        body = chat(model)
        await client.post(f"{lm_studio.url}/v1/chat/completions", json=body)

    assert lm_studio.unloads == ["other"]
    assert lm_studio.model("coder").loaded


@pytest.mark.parametrize(
    ("form", "status", "text"),
    [("event", 200, "event: error"), ("empty", 200, "[DONE]"), ("string", 400, '{"error":"Input')],
)
async def test_overflow_takes_every_form(lm_studio, client, form, status, text):
    lm_studio.overflow = form
    lm_studio.reply = Reply(prompt_tokens=5000)

    answer = await ask_lm_studio(client, lm_studio)

    assert answer.status_code == status
    assert text in answer.text
    assert "Hello" not in answer.text


@pytest.mark.parametrize(
    ("form", "deltas"),
    [
        ("reasoning_content", [{"reasoning_content": "Hm"}, {"content": "Hi"}]),
        ("reasoning", [{"reasoning": "Hm"}, {"content": "Hi"}]),
        ("think", [{"content": "<think>Hm"}, {"content": "</think>Hi"}]),
    ],
)
async def test_reasoning_takes_every_form(lm_studio, client, form, deltas):
    lm_studio.reply = Reply(reasoning=["Hm"], content=["Hi"], reasoning_form=form)

    sent = frames((await ask_lm_studio(client, lm_studio)).text)

    assert sent[0]["choices"][0]["delta"] == {"role": "assistant", **deltas[0]}
    assert sent[1]["choices"][0]["delta"] == deltas[1]


async def test_usage_comes_in_a_chunk_without_choices_when_asked(lm_studio, client):
    plain = await ask_lm_studio(client, lm_studio)
    asked = await ask_lm_studio(client, lm_studio, stream_options={"include_usage": True})

    assert "usage" not in plain.text
    assert frames(asked.text)[-1]["choices"] == []
    assert frames(asked.text)[-1]["usage"]["completion_tokens"] == 2


async def test_replies_come_in_turn(lm_studio, client):
    lm_studio.then(Reply(content=[], tool_calls=[ToolCall("read", {"path": "a"})]), ["Done."])

    first = await ask_lm_studio(client, lm_studio)
    second = await ask_lm_studio(client, lm_studio)

    assert frames(first.text)[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert "Done." in second.text


async def test_native_chat_reports_load_and_prefill(lm_studio, client):
    body = {"model": "other", "input": "Hi", "stream": True}
    answer = await client.post(f"{lm_studio.url}/api/v1/chat", json=body)

    kinds = list(dict.fromkeys(frame["type"] for frame in frames(answer.text)))
    assert kinds[:4] == [
        "chat.start",
        "model_load.start",
        "model_load.progress",
        "model_load.end",
    ]
    assert kinds[-1] == "chat.end"
    assert frames(answer.text)[-1]["result"]["output"][0]["content"] == "Hello world"


async def test_native_route_refuses_unknown_keys(lm_studio, client):
    body = {"model": "coder", "input": "Hi", "seed": 1}
    answer = await client.post(f"{lm_studio.url}/api/v1/chat", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unrecognized_keys"


async def test_download_ends_on_disk(lm_studio, client):
    url = f"{lm_studio.url}/api/v1/models/download"
    job = (await client.post(url, json={"model": "ibm/granite-4-micro"})).json()["job_id"]
    states = [(await client.get(f"{url}/status/{job}")).json()["status"] for _ in range(4)]

    assert states == ["downloading", "downloading", "downloading", "completed"]
    assert lm_studio.model("ibm/granite-4-micro")
