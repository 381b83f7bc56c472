"""Health: every server on its own timer, news only, nothing while hidden."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from ai_coder.llm import health
from ai_coder.llm.catalogue import ModelCatalogue
from ai_coder.llm.connection import ConnectionKind
from ai_coder.llm.health import HealthMonitor, HealthTiming
from ai_coder.llm.llm_manager import LLMManager
from ai_coder.llm.models import ProviderConfig
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from tests.conftest import until
from tests.fake_ollama import Answer, FakeOllama, OllamaModel

FAST = HealthTiming(first=0.02, longest=0.05)


@pytest.fixture
def servers(loop):
    servers = {"one": FakeOllama(), "two": FakeOllama()}
    for server in servers.values():
        loop.run_until_complete(server.start())
    yield servers
    for server in servers.values():
        server.close()


@pytest.fixture
def manager(servers, loop):
    configs = {
        name: ProviderConfig(type="ollama", base_url=server.url) for name, server in servers.items()
    }
    manager = LLMManager(configs, {}, lambda _id: ProviderServices(Network()))
    yield manager
    loop.run_until_complete(manager.aclose())


@pytest.fixture
def news():
    return []


@pytest.fixture
def watch(manager, servers, news):
    """Run a monitor within a block, after which no server has anything left to do."""

    @asynccontextmanager
    async def run(timing=FAST, tell=None):
        note = tell or (lambda name, probe: news.append((name, probe.state.kind)))
        monitor = HealthMonitor(manager, note, timing=timing)
        task = asyncio.get_running_loop().create_task(monitor.run())
        yield monitor
        task.cancel()
        await asyncio.wait({task})
        await manager.aclose()
        await until(lambda: not any(server._writers for server in servers.values()))

    return run


async def test_only_news_is_told(watch, servers, news):
    async with watch():
        await until(lambda: len(servers["one"].asked("/api/tags")) > 5)

        assert sorted(news) == [
            ("one", ConnectionKind.NOTHING_LOADED),
            ("two", ConnectionKind.NOTHING_LOADED),
        ]


async def test_a_server_that_stops_and_starts_changes_only_itself(watch, servers, news):
    async with watch():
        await until(lambda: len(news) == 2)

        servers["one"].close()
        await until(lambda: ("one", ConnectionKind.UNREACHABLE) in news)
        await servers["one"].restart()
        await until(lambda: news[-1] == ("one", ConnectionKind.NOTHING_LOADED))

        assert sum(name == "two" for name, _kind in news) == 1


async def test_a_new_model_is_news(watch, servers, news):
    async with watch() as monitor:
        await until(lambda: len(news) == 2)

        servers["two"].models.append(OllamaModel("fresh"))

        await until(lambda: len(news) == 3)
        assert "fresh:latest" in [model.name for model in monitor.probes["two"].models]


async def test_a_server_that_never_answers_delays_nobody(watch, servers, news):
    servers["one"].always("/api/tags", Answer(stall_after=0))
    async with watch(HealthTiming(first=0.02, longest=0.05, limit=600)):
        await until(lambda: len(servers["two"].asked("/api/tags")) >= 3)
        assert [name for name, _kind in news] == ["two"]


async def test_a_server_that_never_answers_is_given_up(watch, servers, news):
    servers["one"].always("/api/tags", Answer(stall_after=0))
    async with watch(HealthTiming(first=0.02, longest=0.05, limit=0.1)):
        await until(lambda: ("one", ConnectionKind.UNREACHABLE) in news)


async def test_a_bug_in_one_provider_is_reported_once_and_the_others_are_watched_on(
    servers, news, loop
):
    def broken_token():
        raise RuntimeError("out of order")

    services = {
        "one": ProviderServices(Network(), token=broken_token),
        "two": ProviderServices(Network()),
    }
    configs = {
        "one": ProviderConfig(type="openai_compatible", base_url=servers["one"].url),
        "two": ProviderConfig(type="ollama", base_url=servers["two"].url),
    }
    manager = LLMManager(configs, {}, services.__getitem__)
    monitor = HealthMonitor(
        manager, lambda name, probe: news.append((name, probe.state.short)), timing=FAST
    )
    bugs = []
    loop.set_exception_handler(lambda _loop, context: bugs.append(str(context["exception"])))
    task = loop.create_task(monitor.run())

    await until(lambda: len(servers["two"].asked("/api/tags")) > 5)
    servers["two"].close()
    await until(lambda: ("two", "off") in news)

    assert ("one", "failed") in news
    assert bugs == ["out of order"]
    task.cancel()
    await asyncio.wait({task})
    await manager.aclose()
    await until(lambda: not servers["two"]._writers)


async def test_nothing_is_asked_while_hidden_and_at_once_when_shown(watch, servers, news):
    async with watch(HealthTiming(first=0.02, longest=600, growth=100_000)) as monitor:
        await until(lambda: len(news) == 2)
        monitor.set_visible(False)
        servers["one"].close()
        servers["two"].requests.clear()

        monitor.ask_now()
        for _turn in range(200):
            await asyncio.sleep(0)
        assert servers["two"].requests == []

        monitor.set_visible(True)
        await until(lambda: ("one", ConnectionKind.UNREACHABLE) in news)


async def test_asking_now_does_not_wait_for_the_timer(watch, servers, news):
    async with watch(HealthTiming(first=600)) as monitor:
        await until(lambda: len(news) == 2)
        servers["one"].close()

        monitor.ask_now("one")

        await until(lambda: ("one", ConnectionKind.UNREACHABLE) in news)


async def test_new_settings_are_followed(watch, manager, servers, news):
    async with watch() as monitor:
        await until(lambda: len(news) == 2)

        moved = ProviderConfig(type="ollama", base_url=servers["two"].url, name="Moved")
        await manager.reconfigure({"one": moved}, {})

        await until(lambda: len(news) == 3)
        assert monitor.probes["one"].state.provider == "Moved"
        assert list(monitor.probes) == ["one"]


async def test_no_pause_is_longer_than_a_change_may_stay_unseen(watch, servers, monkeypatch):
    pauses = []

    async def note(_event, seconds):
        pauses.append(seconds)

    monkeypatch.setattr(health, "_wait", note)
    async with watch(HealthTiming()):
        await until(lambda: len(pauses) > 20)

    assert max(pauses) <= 2.5, "with the answer a change is seen within three seconds"
    assert min(pauses) >= 0


async def test_servers_that_stay_as_they_are_are_asked_in_the_same_instant(manager, servers):
    monitor = HealthMonitor(manager, lambda _id, _probe: None, timing=HealthTiming(longest=100.0))
    now = asyncio.get_running_loop().time()

    turn = now + monitor._until_turn(100.0)

    assert turn > now
    assert turn % 100 == pytest.approx(0, abs=1) or turn % 100 == pytest.approx(100, abs=1)
    assert monitor._until_turn(1.0) == 1.0, "a server that changed just now is asked sooner"


async def test_a_question_costs_hardly_more_than_its_two_requests(manager, servers):
    provider, url = manager.providers["one"], servers["one"].url
    await provider.probe()
    rounds = 30

    async with Network().client(purpose="test") as client:
        started = time.process_time()
        for _round in range(rounds):
            await client.get(f"{url}/api/tags")
            await client.get(f"{url}/api/ps")
        bare = time.process_time() - started
    started = time.process_time()
    for _round in range(rounds):
        await provider.probe()
    asked = time.process_time() - started

    assert asked < 1.5 * bare, f"{asked / bare:.2f} times"


async def test_the_catalogue_follows_the_monitor(watch, servers):
    catalogue = ModelCatalogue({})
    async with watch(tell=catalogue.update):
        await until(lambda: len(catalogue.states()) == 2)

        servers["one"].close()
        await until(lambda: not catalogue.state("one").can_chat)

        assert {model.provider for model in catalogue.chat_models()} == {"two"}
        assert "one/llama3.2:3b" in [model.ref for model in catalogue.known_models()]
        assert not catalogue.is_available("one/llama3.2:3b")
