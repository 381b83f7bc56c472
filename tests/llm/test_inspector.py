import asyncio
import shlex

import pytest

from ai_coder.llm.inspector import Inspector
from ai_coder.llm.network import Network
from tests.conftest import until
from tests.fake_cloud import KEY, FakeAnthropic, FakeOpenAI, event, stream
from tests.llm.cloud_support import FAKES, MODELS, ROUTES, ask, collect, make_provider


@pytest.fixture
def inspector():
    inspector = Inspector(lambda: [KEY])
    inspector.is_on = True
    return inspector


@pytest.fixture
def network(inspector):
    return Network(inspector=inspector)


@pytest.fixture(params=FAKES)
def server(request, loop):
    server = FAKES[request.param]()
    server.kind = request.param
    loop.run_until_complete(server.start())
    yield server
    server.close()


async def test_the_request_and_the_raw_stream_are_kept_without_the_key(server, network, inspector):
    kind = server.kind
    provider = make_provider(kind, server.url, network=network)

    await collect(provider, ask(MODELS[kind], f"My key is {KEY}, really"))

    (seen,) = inspector.exchanges()
    assert (seen.method, seen.status) == ("POST", 200)
    assert seen.url.startswith(f"{server.url}{ROUTES[kind]}")
    assert "My key is •••, really" in seen.body
    assert "data: " in seen.answer
    assert 0 < seen.headers_after <= seen.first_byte_after <= seen.ended_after
    assert seen.size >= len(seen.answer)
    assert KEY not in repr(seen)
    assert KEY not in seen.as_curl()


async def test_curl_asks_the_same(server, network, inspector):
    kind = server.kind
    provider = make_provider(kind, server.url, network=network)
    await collect(provider, ask(MODELS[kind], 'It\'s "quoted" $HOME'))
    (seen,) = inspector.exchanges()

    words = shlex.split(seen.as_curl())

    assert words[:4] == ["curl", "-N", "-X", "POST"]
    assert words[words.index("--data-raw") + 1] == seen.body
    assert any(word.lower().startswith("content-type: application/json") for word in words)


async def test_switched_off_nothing_is_kept(server, network, inspector):
    inspector.is_on = False
    provider = make_provider(server.kind, server.url, network=network)

    await collect(provider, ask(MODELS[server.kind]))

    assert inspector.exchanges() == ()


async def test_a_stopped_answer_is_kept_as_far_as_it_came(loop, network, inspector):
    server = FakeAnthropic()
    await server.start()
    server.next("/v1/messages", stream([event({"type": "ping"})], stall_after=1))
    provider = make_provider("anthropic", server.url, network=network)
    task = loop.create_task(collect(provider, ask(MODELS["anthropic"])))
    await until(lambda: inspector.exchanges() and inspector.exchanges()[0].size)

    task.cancel()
    await asyncio.wait({task})
    server.close()

    (seen,) = inspector.exchanges()
    assert "ping" in seen.answer
    assert seen.ended_after is not None


async def test_a_request_that_fails_says_why(network, inspector):
    server = FakeOpenAI()
    await server.start()
    server.close()
    provider = make_provider("openai", server.url, network=network)

    await provider.probe()
    await provider.aclose()

    assert inspector.exchanges()[0].error.startswith("ConnectError")


async def test_keys_in_addresses_and_likely_keys_are_hidden(inspector):
    assert inspector.redacted("http://x/?key=abc&alt=sse") == "http://x/?key=•••&alt=sse"
    assert inspector.redacted("use sk-ant-api03-abcdef") == "use sk-•••"
    assert inspector.safe_headers({"X-Goog-Api-Key": "a", "Accept": "b"}) == {
        "X-Goog-Api-Key": "•••",
        "Accept": "b",
    }


async def test_only_the_latest_are_kept(inspector):
    for number in range(60):
        inspector.begin("test", "GET", f"http://x/{number}", {}, b"")

    assert len(inspector.exchanges()) == 50
    assert inspector.exchanges()[0].url.endswith("/59")
    inspector.clear()
    assert inspector.exchanges() == ()
