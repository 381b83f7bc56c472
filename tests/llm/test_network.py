import asyncio
import gc
import socket

import pytest

from ai_coder.errors import HostBlockedError, ProxyDownError, ProxyRefusedError, RedirectedError
from ai_coder.llm.network import Network
from tests.conftest import until
from tests.fake_http import Answer, FakeServer
from tests.llm.cloud_support import MODELS, ask, collect_until_failure, make_provider


@pytest.fixture
def server(loop):
    server = FakeServer()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def other(loop):
    server = FakeServer()
    loop.run_until_complete(server.start())
    yield server
    server.close()


async def test_everything_exchanged_is_recorded(server):
    server.next("/a", Answer(body="12345"))
    server.next("/b", Answer(body="123"))
    network = Network()

    async with network.client(purpose="test", base_url=server.url) as client:
        await client.get("/a")
        await client.post("/b", content=b"12")

    (record,) = network.records()
    assert (record.host, record.port, record.purpose) == ("127.0.0.1", server.port, "test")
    assert record.requests == 2
    assert record.bytes_sent == sum(map(written_size, server.requests))
    assert record.bytes_received > 8 + 2 * len("HTTP/1.1 200 OK")
    assert not record.was_blocked


def written_size(request):
    """Return how many bytes a request has on the wire."""
    target = f"{request.path}?{request.query}" if request.query else request.path
    lines = [f"{request.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return len("\r\n".join([*lines, "", ""])) + len(request.body)


async def test_a_key_in_a_header_is_counted(server):
    server.always("/a", Answer(body=""))
    network = Network()
    key = "k" * 1000

    async with network.client(purpose="test", base_url=server.url) as client:
        await client.get("/a?q=1", headers={"x-api-key": key})

    (record,) = network.records()
    assert record.bytes_sent == written_size(server.requests[0]) > 1000


async def test_locked_nothing_but_loopback_is_dialled(server):
    server.next("/a", Answer(body="here"))
    network = Network(local_only=True)

    async with network.client(purpose="test") as client:
        assert (await client.get(f"{server.url}/a")).text == "here"
        with pytest.raises(HostBlockedError, match=r"192\.0\.2\.1"):
            await client.get("http://192.0.2.1/")

    assert [each.host for each in network.records() if each.was_blocked] == ["192.0.2.1"]


async def test_a_redirect_does_not_lead_out_of_the_lock(server):
    server.next("/a", Answer(302, headers={"Location": "https://evil.example.com/steal"}))
    network = Network(local_only=True)

    async with network.client(purpose="test") as client:
        with pytest.raises(HostBlockedError, match=r"evil\.example\.com"):
            await client.get(f"{server.url}/a")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nothing_is_sent_to_where_a_server_redirects(server, other, status):
    server.always("/a", Answer(status, headers={"Location": f"{other.url}/b"}))

    async with Network().client(purpose="test") as client:
        with pytest.raises(RedirectedError, match=f"redirects to {other.url}; nothing was sent"):
            await client.get(f"{server.url}/a", headers={"x-api-key": "secret"})
        with pytest.raises(RedirectedError):
            await client.post(f"{server.url}/a", json={"prompt": "secret"})

    assert other.requests == []


async def test_a_redirect_to_another_path_of_the_same_server_is_followed(server):
    server.next("/a", Answer(307, headers={"Location": "/b"}))
    server.next("/b", Answer(body="moved"))

    async with Network().client(purpose="test") as client:
        answer = await client.get(f"{server.url}/a", headers={"x-api-key": "secret"})

    assert answer.text == "moved"
    assert server.asked("/b")[0].headers["x-api-key"] == "secret"


def test_hosts_the_user_chose_are_allowed_and_unlocking_allows_all():
    changes = []
    network = Network(on_change=lambda: changes.append(network.local_only))

    network.lock({"http://GPU-box:1234"})

    assert network.is_allowed("http://gpu-box:9999/v1")
    assert not network.is_allowed("http://other-box:1234")
    assert not network.is_allowed("https://api.openai.com")
    assert network.is_allowed("http://[::1]:1")
    network.unlock()
    assert network.is_allowed("https://api.openai.com")
    assert changes == [True, False]


async def test_a_new_host_is_news_and_the_next_request_is_not(server):
    server.always("/a", Answer(body="x"))
    changes = []
    network = Network(on_change=lambda: changes.append(len(network.records())))

    async with network.client(purpose="test", base_url=server.url) as client:
        await client.get("/a")
        await client.get("/a")

    assert changes == [1]


async def test_proxies_are_bypassed_near_by(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.next("/a", Answer(body="direct"))

    async with Network().client(purpose="test") as client:
        assert (await client.get(f"{server.url}/a")).text == "direct"


async def test_proxies_are_used_for_the_internet(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.always("http://far.example.com/a", Answer(body="by proxy"))

    async with Network().client(purpose="test") as client:
        assert (await client.get("http://far.example.com/a")).text == "by proxy"


async def test_a_proxy_that_is_off_is_named_without_its_password(
    unused_tcp_port_factory, monkeypatch
):
    port = unused_tcp_port_factory()
    monkeypatch.setenv("https_proxy", f"http://me:secret@127.0.0.1:{port}")

    async with Network().client(purpose="test") as client:
        with pytest.raises(ProxyDownError) as caught:
            await client.get("https://far.example.com/a")

    assert str(caught.value) == f"The proxy http://127.0.0.1:{port} does not answer."
    assert "https_proxy" in caught.value.hint_text
    assert "far.example.com" in caught.value.hint_text


async def test_a_proxy_that_refuses_is_named_with_its_reason(server, monkeypatch):
    monkeypatch.setenv("https_proxy", server.url)
    server.always("far.example.com:443", Answer(407, headers={"Proxy-Authenticate": "Basic"}))

    async with Network().client(purpose="test") as client:
        with pytest.raises(ProxyRefusedError, match="407"):
            await client.get("https://far.example.com/a")


@pytest.mark.parametrize("kind", [*MODELS, "lm_studio", "ollama", "openai_compatible"])
async def test_every_provider_names_the_proxy_that_is_off(
    kind, unused_tcp_port_factory, monkeypatch
):
    words = f"The proxy http://127.0.0.1:{unused_tcp_port_factory()} does not answer."
    monkeypatch.setenv("http_proxy", words.split()[2])
    provider = make_provider(kind, "http://gpu.example.com", max_retries=0)

    state = (await provider.probe()).state
    _, failure = await collect_until_failure(provider, ask(MODELS.get(kind, "any")))
    await provider.aclose()

    assert state.cause.startswith(words)
    assert "http_proxy" in state.cause
    assert "NO_PROXY" in state.cause
    assert str(failure) == words


async def test_reading_is_tried_again_on_a_connection_that_the_server_closed(loop):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        if await reader.readline():
            seen.append("closed without an answer")
        writer.close()

    seen = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async with Network().client(purpose="test", base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/")).text == "ok"
        assert (await client.get("/")).text == "ok"

    assert seen == ["closed without an answer"]
    server.close()


async def test_the_system_watches_for_a_connection_that_is_dead(server):
    server.next("/a", Answer(body="here"))

    async with (
        Network().client(purpose="test") as client,
        client.stream("GET", f"{server.url}/a") as response,
    ):
        connection = response.extensions["network_stream"].get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


async def test_what_was_sent_is_told_before_the_answer(server):
    told = []
    server.next("/a", Answer(body="x"))

    client = Network().client(purpose="test", on_sent=lambda: told.append(len(server.requests)))
    async with client:
        await client.post(f"{server.url}/a", content=b"hello")

    assert told == [0]


async def given_up_at_every_moment(prepare, url, *, at_least):
    """Ask, give up after one more turn of the loop each time, until the answer is quicker."""
    turns, is_answered = 0, False
    while not is_answered:
        client = Network().client(purpose="test")
        await prepare(client)
        question = asyncio.get_running_loop().create_task(client.get(url))
        for _turn in range(turns):
            await asyncio.sleep(0)
        is_answered = question.done()
        question.cancel()
        await asyncio.gather(question, return_exceptions=True)
        await client.aclose()
        turns += 1
    assert turns > at_least
    del client, question
    gc.collect()  # a socket that nobody closed warns now, and a warning fails the test


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_question_given_up_while_connecting_leaves_nothing_open(server, host):
    server.always("/a", Answer(body="x"))

    async def nothing(_client):
        pass

    await given_up_at_every_moment(nothing, f"http://{host}:{server.port}/a", at_least=5)

    await until(lambda: not server.open_connections)


async def test_a_question_given_up_while_dead_connections_are_put_away_leaves_nothing_open(server):
    async def three_that_the_server_closed(client):
        is_full = asyncio.Event()
        server.always("/a", Answer(body="x", wait_for=is_full))
        before = server.connections
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(client.get(f"{server.url}/a"))
            await until(lambda: server.connections >= before + 3)
            is_full.set()
        server.close()
        await server.restart()

    await given_up_at_every_moment(three_that_the_server_closed, f"{server.url}/a", at_least=5)

    await until(lambda: not server.open_connections)
