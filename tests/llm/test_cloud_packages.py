"""The packages of the services: loaded when needed, and deaf to what the environment tells them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ai_coder.errors import AuthenticationFailedError, RedirectedError
from ai_coder.llm.models import ProviderConfig
from ai_coder.llm.network import Network
from ai_coder.llm.providers import provider_class
from ai_coder.llm.providers.base import ProviderServices
from tests.fake_cloud import KEY
from tests.fake_http import Answer, FakeServer
from tests.llm.cloud_support import (
    FAKES,
    MODELS,
    ROUTES,
    ask,
    collect,
    collect_until_failure,
    make_provider,
    text_of,
)

ROOT = Path(__file__).parents[2]
LOADED = """
import sys
from ai_coder.llm.models import ProviderConfig
from ai_coder.llm.network import Network
from ai_coder.llm.providers import provider_class
from ai_coder.llm.providers.base import ProviderServices
provider_class({kind!r})({kind!r}, ProviderConfig(), ProviderServices(Network()))
print([name for name in ("openai", "anthropic", "google.genai", "httpx2") if name in sys.modules])
"""
MISLEADING = {
    "OPENAI_API_KEY": "sk-environment",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/wrong",
    "OPENAI_ORG_ID": "org-environment",
    "OPENAI_PROJECT_ID": "proj-environment",
    "ANTHROPIC_API_KEY": "sk-environment",
    "ANTHROPIC_AUTH_TOKEN": "token-environment",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/wrong",
    "ANTHROPIC_PROFILE": "environment",
    "GOOGLE_API_KEY": "environment-google",
    "GEMINI_API_KEY": "environment-gemini",
    "GOOGLE_GENAI_USE_VERTEXAI": "true",
    "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9/wrong",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


@pytest.fixture(params=FAKES)
def server(request, loop):
    server = FAKES[request.param]()
    server.kind = request.param
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def other(loop):
    server = FakeServer()
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.mark.parametrize("kind", FAKES)
def test_making_a_provider_loads_no_heavy_package(kind):
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(kind=kind)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.strip() == "[]"


async def test_the_environment_of_the_packages_changes_nothing(server, monkeypatch):
    for name, value in MISLEADING.items():
        monkeypatch.setenv(name, value)
    provider = make_provider(server.kind, server.url)

    probe = await provider.probe()
    events = await collect(provider, ask(MODELS[server.kind]))
    await provider.aclose()

    assert probe.models
    assert text_of(events) == "Hello world"
    (request,) = server.asked(ROUTES[server.kind])
    assert any(KEY in value for value in request.headers.values())
    assert "environment" not in repr(request.headers)


async def test_headers_for_a_gateway_go_with_every_request(server):
    provider = make_provider(server.kind, server.url, headers={"X-Team": "compilers"})

    await provider.probe()
    await collect(provider, ask(MODELS[server.kind]))
    await provider.aclose()

    assert len(server.requests) == 2
    assert all(request.headers["x-team"] == "compilers" for request in server.requests)


async def test_neither_key_nor_prompt_follow_a_redirect_to_another_host(server, other):
    moved = Answer(307, headers={"Location": f"{other.url}/elsewhere"})
    for path in ("/v1/models", ROUTES[server.kind]):
        server.always(path, moved)
    provider = make_provider(server.kind, server.url)

    probe = await provider.probe()
    _events, error = await collect_until_failure(provider, ask(MODELS[server.kind]))
    await provider.aclose()

    assert probe.state.short == "redirects"
    assert isinstance(error, RedirectedError)
    assert other.url in str(error)
    assert other.requests == []


async def test_a_new_key_is_used_without_a_new_provider(server):
    keys = ["sk-old-and-wrong"]
    services = ProviderServices(Network(), token=lambda: keys[-1])
    config = ProviderConfig(base_url=server.url)
    provider = provider_class(server.kind)(server.kind, config, services)
    with pytest.raises(AuthenticationFailedError):
        await collect(provider, ask(MODELS[server.kind]))

    keys.append(KEY)

    assert text_of(await collect(provider, ask(MODELS[server.kind]))) == "Hello world"
