"""Which window the next request gets, by what each kind of server does with a wish."""

from __future__ import annotations

import pytest

from ai_coder.llm.models import LoadedInstance, Locality, ModelConfig, ProviderConfig
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.lm_studio import LMStudioProvider
from ai_coder.llm.providers.ollama import OllamaProvider
from ai_coder.llm.providers.openai_compatible import OpenAICompatibleProvider
from tests.fake_ollama import FakeOllama
from tests.llm.ollama.asking import LLAMA, events_of, request_for


def model(served=None, most=32_768, **values):
    instances = (LoadedInstance(id="m", context_length=served),) if served else ()
    return ModelConfig(name="m", provider="p", context_length=most, instances=instances, **values)


@pytest.fixture
def make(loop):
    """Return a function that makes a provider, which is closed after the test."""

    def make(kind, url="http://127.0.0.1:1"):
        made.append(kind("p", ProviderConfig(base_url=url), ProviderServices(Network())))
        return made[-1]

    made = []
    yield make
    for provider in made:
        loop.run_until_complete(provider.aclose())


@pytest.fixture
def server(start):
    return start(FakeOllama())


@pytest.mark.parametrize(
    ("asked", "wanted", "window"),
    [
        (model(served=4096), 16_384, 4096),
        (model(), 16_384, 16_384),
        (model(most=2048), 16_384, 2048),
        (model(), None, None),
    ],
)
def test_a_loaded_model_keeps_its_window(make, asked, wanted, window):
    provider = make(LMStudioProvider)

    assert provider.expected_window(asked, wanted=wanted, prompt_tokens=100) == window


def test_a_server_that_takes_no_wish_gets_none(make):
    provider = make(OpenAICompatibleProvider)

    assert provider.expected_window(model(), wanted=16_384, prompt_tokens=100) is None
    cloud = model(most=200_000, locality=Locality.CLOUD)
    assert provider.expected_window(cloud, wanted=16_384, prompt_tokens=100) == 200_000


@pytest.mark.parametrize(
    ("served", "wanted", "words", "window"),
    [
        (None, None, 10, 8192),
        (4096, None, 10, 8192),
        (4096, None, 6000, 16_384),
        (16_384, None, 10, 16_384),
        (4096, 32_768, 10, 32_768),
    ],
)
async def test_ollama_gets_the_window_that_was_expected(
    server, make, served, wanted, words, window
):
    if served:
        await server.load(server.find(LLAMA), {"options": {"num_ctx": served}})
    provider = make(OllamaProvider, server.url)
    (asked,) = [m for m in (await provider.probe()).models if m.name == LLAMA]

    expected = provider.expected_window(asked, wanted=wanted, prompt_tokens=words * 5 // 3)
    request = request_for(text="word " * words, context_length=wanted)
    await events_of(provider.stream_chat(request))

    assert expected == window
    assert server.asked("/api/chat")[-1].json["options"]["num_ctx"] == expected
    again = provider.expected_window(asked, wanted=None, prompt_tokens=30_000)
    assert again == expected, "the window changed without a wish"
