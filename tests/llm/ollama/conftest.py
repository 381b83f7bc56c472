"""A scripted Ollama and providers that ask it."""

from __future__ import annotations

import pytest

from ai_coder.llm.models import (
    ProviderConfig,
)
from ai_coder.llm.network import Network
from ai_coder.llm.providers.base import ProviderServices
from ai_coder.llm.providers.ollama import OllamaProvider
from ai_coder.llm.providers.ollama_silence import Patience
from tests.fake_ollama import FakeOllama


@pytest.fixture
def server(loop):
    server = FakeOllama()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def network():
    return Network()


@pytest.fixture
def provider(server, network, loop):
    config = ProviderConfig(base_url=server.url)
    services = ProviderServices(network)
    provider = OllamaProvider("ollama", config, services, patience=Patience(0.02, 0.02))
    yield provider
    loop.run_until_complete(provider.aclose())


@pytest.fixture
def make_provider(server, loop):
    providers = []

    def make(path=""):
        config = ProviderConfig(base_url=server.url + path)
        services = ProviderServices(Network())
        providers.append(OllamaProvider("ollama", config, services, patience=Patience(0.1, 0.1)))
        return providers[-1]

    yield make
    for provider in providers:
        loop.run_until_complete(provider.aclose())
