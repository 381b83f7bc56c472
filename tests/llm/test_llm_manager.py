"""The manager: who answers, how often it is tried, and changes while a reply runs."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from ai_coder.errors import (
    OverloadedError,
    ProviderUnreachableError,
    ProxyTimeoutError,
    RequestRefusedError,
    ServerFailedError,
    UnknownModelError,
    WrongAddressError,
)
from ai_coder.llm.catalogue import ModelCatalogue
from ai_coder.llm.fallback import FallbackPolicy
from ai_coder.llm.llm_manager import LLMManager
from ai_coder.llm.models import (
    ChatMessage,
    ChatRequest,
    CompletionRequest,
    Finished,
    FinishReason,
    LoadedInstance,
    Locality,
    ModelAnswered,
    ModelConfig,
    Notice,
    NoticeKind,
    ProviderConfig,
    Role,
    TextDelta,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers import PROVIDERS, BrokenProviderError, UnknownProviderTypeError
from ai_coder.llm.providers.base import ProviderServices
from tests.conftest import until
from tests.fake_ollama import BUSY, Answer, FakeOllama, OllamaModel, Reply, error

REQUEST = ChatRequest("", (ChatMessage(Role.USER, "Hi"),))
LLAMA = "ollama/llama3.2:3b"


@pytest.fixture
def servers(loop):
    servers = [FakeOllama(), FakeOllama()]
    for server in servers:
        loop.run_until_complete(server.start())
    yield servers
    for server in servers:
        server.close()


@pytest.fixture
def server(servers):
    return servers[0]


def config(server, **fields):
    return ProviderConfig(type="ollama", base_url=server.url, **fields)


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def make_manager(loop, pauses):
    managers = []

    async def pause(seconds):
        pauses.append(seconds)

    def make(providers, models=None, **options):
        manager = LLMManager(
            providers,
            models or {},
            lambda _id: ProviderServices(Network()),
            pause=pause,
            jitter=lambda: 1.0,
            **options,
        )
        managers.append(manager)
        return manager

    yield make
    for manager in managers:
        loop.run_until_complete(manager.aclose())


async def events_of(stream):
    async with aclosing(stream) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def catalogue_of(manager):
    catalogue = ModelCatalogue({})
    for provider_id, provider in manager.providers.items():
        catalogue.update(provider_id, await provider.probe())
    return catalogue


async def test_enabled_servers_exist_in_the_order_of_their_priority(server, make_manager):
    manager = make_manager(
        {
            "second": config(server, priority=7),
            "ollama": ProviderConfig(base_url=server.url, priority=2),
            "off": config(server, is_enabled=False),
        }
    )

    assert list(manager.providers) == ["ollama", "second"]
    assert manager.provider_for(LLAMA) is manager.providers["ollama"]
    with pytest.raises(UnknownModelError):
        manager.provider_for("off/llama3.2:3b")


async def test_an_unknown_kind_is_a_problem_and_nothing_else(server, make_manager):
    manager = make_manager({"odd": ProviderConfig(type="telepathy"), "ollama": config(server)})

    assert list(manager.providers) == ["ollama"]
    assert isinstance(manager.problems["odd"], UnknownProviderTypeError)


async def test_a_wrong_address_is_told_where_its_models_are_asked(server, make_manager):
    wrong = ProviderConfig(type="openai_compatible", name="Mine", base_url="foo bar")
    manager = make_manager({"mine": wrong, "ollama": config(server)})

    assert list(manager.providers) == ["ollama"]
    for _again in range(2):
        with pytest.raises(WrongAddressError, match="address of Mine cannot be used"):
            manager.provider_for("mine/model")


async def test_a_kind_whose_code_is_missing_is_a_problem(server, make_manager, monkeypatch):
    monkeypatch.setitem(PROVIDERS, "broken", "ai_coder.llm.providers.nowhere:Nobody")

    manager = make_manager({"broken": ProviderConfig(), "ollama": config(server)})

    assert list(manager.providers) == ["ollama"]
    assert isinstance(manager.problems["broken"], BrokenProviderError)


async def test_the_model_of_the_ref_is_asked(server, make_manager):
    manager = make_manager({"ollama": config(server)})

    events = await events_of(manager.stream_chat(LLAMA, REQUEST))

    assert text_of(events) == "Hello world"
    assert events[-1] == Finished(FinishReason.STOP)
    assert server.asked("/api/chat")[0].json["model"] == "llama3.2:3b"


async def test_a_completion_goes_to_the_model_of_the_ref(server, make_manager):
    manager = make_manager({"ollama": config(server)})

    events = await events_of(manager.complete(LLAMA, CompletionRequest("", "Once")))

    assert text_of(events) == "Hello world"
    assert server.asked("/api/generate")[0].json["model"] == "llama3.2:3b"


async def test_a_full_queue_is_tried_again_with_growing_pauses(server, make_manager, pauses):
    manager = make_manager({"ollama": config(server, max_retries=2)})
    server.next("/api/chat", error(BUSY, 503), error(BUSY, 503))

    events = await events_of(manager.stream_chat(LLAMA, REQUEST))

    retried = [e for e in events if isinstance(e, Notice) and e.kind is NoticeKind.RETRIED]
    assert text_of(events) == "Hello world"
    assert [notice["attempt"] for notice in retried] == ["1", "2"]
    assert pauses == [0.4, 0.8]


async def test_it_is_not_tried_more_often_than_set(server, make_manager, pauses):
    manager = make_manager({"ollama": config(server, max_retries=1)})
    server.next("/api/chat", *[error(BUSY, 503)] * 5)

    with pytest.raises(OverloadedError):
        await events_of(manager.stream_chat(LLAMA, REQUEST))

    assert len(pauses) == 1
    assert len(server.asked("/api/chat")) == 2


async def test_a_refused_connection_is_tried_again(server, make_manager, pauses):
    manager = make_manager({"ollama": config(server, max_retries=2)})
    server.close()

    with pytest.raises(ProviderUnreachableError):
        await events_of(manager.stream_chat(LLAMA, REQUEST))

    assert len(pauses) == 2


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_a_refusal_is_not_tried_again(server, make_manager, pauses, status):
    manager = make_manager({"ollama": config(server)})
    server.next("/api/chat", error("invalid format: 1", status))

    with pytest.raises(RequestRefusedError):
        await events_of(manager.stream_chat(LLAMA, REQUEST))

    assert pauses == []


async def test_what_a_proxy_gave_up_is_not_tried_again(server, make_manager, pauses):
    manager = make_manager({"ollama": config(server)})
    server.always("/api/chat", Answer(504, "<html>504 Gateway Time-out</html>"))

    with pytest.raises(ProxyTimeoutError):
        await events_of(manager.stream_chat(LLAMA, REQUEST))

    assert pauses == []
    assert len(server.asked("/api/chat")) == 1, "each attempt would queue behind the last"


async def test_nothing_is_tried_again_after_the_first_word(server, make_manager, pauses):
    manager = make_manager({"ollama": config(server)})
    server.reply = Reply(content=["Hel"], error=BUSY)

    with pytest.raises(OverloadedError):
        await events_of(manager.stream_chat(LLAMA, REQUEST))

    assert pauses == []
    assert len(server.asked("/api/chat")) == 1


def behind_a_proxy(server):
    server.always("/api/chat", Answer(502, "<html>502 Bad Gateway</html>"))


def under_a_foreign_name(server):
    server.always("/api/chat", Answer(403))


@pytest.mark.parametrize("fail", [FakeOllama.close, behind_a_proxy, under_a_foreign_name])
async def test_another_server_steps_in_and_says_so(servers, make_manager, fail):
    first, second = servers
    second.reply = Reply(content=["From the second"])
    manager = make_manager(
        {"ollama": config(first, max_retries=0), "other": config(second)},
        known_models=lambda: catalogue.chat_models(),
    )
    catalogue = await catalogue_of(manager)
    fail(first)

    events = await events_of(
        manager.stream_chat(LLAMA, REQUEST, fallback=FallbackPolicy(is_enabled=True))
    )

    notice = next(e for e in events if isinstance(e, Notice))
    assert notice.kind is NoticeKind.FELL_BACK
    assert (notice["from"], notice["to"]) == (LLAMA, "other/llama3.2:3b")
    assert ModelAnswered("llama3.2:3b", "other") in events
    assert text_of(events) == "From the second"


async def test_without_permission_nobody_steps_in(servers, make_manager):
    first, second = servers
    manager = make_manager({"ollama": config(first, max_retries=0), "other": config(second)})
    first.close()

    with pytest.raises(ProviderUnreachableError):
        await events_of(manager.stream_chat(LLAMA, REQUEST))

    assert not second.asked("/api/chat")


async def test_nobody_steps_in_after_the_first_word(servers, make_manager):
    first, second = servers
    first.reply = Reply(content=["Hel"], error="Compute error.")
    manager = make_manager(
        {"ollama": config(first), "other": config(second)},
        known_models=lambda: catalogue.chat_models(),
    )
    catalogue = await catalogue_of(manager)

    with pytest.raises(ServerFailedError):
        await events_of(
            manager.stream_chat(LLAMA, REQUEST, fallback=FallbackPolicy(is_enabled=True))
        )

    assert not second.asked("/api/chat")


async def test_a_local_chat_is_never_handed_to_a_company_unasked(server, make_manager):
    manager = make_manager({"ollama": config(server)}, known_models=lambda: catalogue.chat_models())
    catalogue = await catalogue_of(manager)

    others = manager.alternatives(LLAMA)

    assert {model.locality for model in others} == {Locality.LOCAL}
    assert Locality.CLOUD in {model.locality for model in catalogue.chat_models()}
    assert "nomic" not in str([model.name for model in others])


async def test_the_next_model_is_chosen_by_priority_among_servers_that_are_equally_near(
    make_manager, servers
):
    def model(provider, name="other", *, where=Locality.LOCAL, is_loaded=False):
        instances = (LoadedInstance(id=name),) if is_loaded else ()
        return ModelConfig(name=name, provider=provider, locality=where, instances=instances)

    known = [
        model("lan", where=Locality.LAN),
        model("second", is_loaded=True),
        model("first"),
        model("first", "warm", is_loaded=True),
        model("second", "wanted"),
        model("asked", "wanted", where=Locality.LAN),
    ]
    priorities = {"asked": 0, "lan": 0, "first": 1, "second": 99}
    configs = {name: config(servers[0], priority=number) for name, number in priorities.items()}
    manager = make_manager(configs, known_models=lambda: known)

    assert [each.ref for each in manager.alternatives("asked/wanted")] == [
        "second/wanted",
        "first/warm",
        "first/other",
        "second/other",
        "lan/other",
    ]


async def test_the_default_is_the_configured_one_while_nothing_better_is_known(
    server, make_manager
):
    sample = ModelConfig(name="local-model", provider="ollama", is_default=True)
    manager = make_manager(
        {"ollama": config(server)},
        {"local-model": sample},
        known_models=lambda: catalogue.chat_models(),
    )
    catalogue = ModelCatalogue({"local-model": sample})

    assert manager.default_model() == sample
    server.models = [OllamaModel("a"), OllamaModel("b")]
    await events_of(manager.providers["ollama"].load_model("b"))
    catalogue = await catalogue_of(manager)
    assert manager.default_model().name == "b:latest"


async def test_a_running_reply_finishes_on_the_old_server(servers, make_manager):
    first, second = servers
    gate = asyncio.Event()
    first.reply = Reply(content=["Hel", "lo"], gates={1: gate})
    manager = make_manager({"ollama": config(first), "same": config(second)})
    old, same = manager.providers["ollama"], manager.providers["same"]
    events = []

    async def read():
        async with aclosing(manager.stream_chat(LLAMA, REQUEST)) as stream:
            async for event in stream:
                events.append(event)

    task = asyncio.get_running_loop().create_task(read())
    await until(lambda: text_of(events) == "Hel")
    await manager.reconfigure({"ollama": config(second), "same": config(second)}, {})
    gate.set()
    await task

    assert text_of(events) == "Hello"
    assert manager.providers["ollama"] is not old
    assert manager.providers["same"] is same
    with pytest.raises(RuntimeError, match="closed"):
        await old.probe()
    assert text_of(await events_of(manager.stream_chat(LLAMA, REQUEST))) == "Hello world"


async def test_switching_a_server_off_takes_it_away(server, make_manager):
    manager = make_manager({"ollama": config(server)})
    news = []
    manager.subscribe(lambda: news.append(list(manager.providers)))

    await manager.reconfigure({"ollama": config(server, is_enabled=False)}, {})

    assert news == [[]]
    with pytest.raises(UnknownModelError):
        await events_of(manager.stream_chat(LLAMA, REQUEST))
