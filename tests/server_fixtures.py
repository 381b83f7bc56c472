"""A pytest plugin: scripted servers that run, and the settings of a user who has them.

`world` writes the settings for the servers given, None switching one off, and returns the
environment to open the window with, so that nothing else is asked:

    environment = world(lm_studio=lm_studio, anthropic=claude, environment=KEYS)
    async with opened(paths, theme, qtbot, **environment) as app:
"""

from __future__ import annotations

import json

import keyring
import pytest
from keyring.backend import KeyringBackend

from tests.fake_cloud import KEY, FakeAnthropic, FakeGemini, FakeOpenAI
from tests.fake_lm_studio import FakeLMStudio, LMModel
from tests.fake_ollama import FakeOllama, OllamaModel

GUIDE = "llama_cpp/guide"
CLAUDE = "anthropic/claude-haiku-4-5"
GPT = "openai/gpt-4o-mini"
GEMINI = "google_gemini/gemini-3.8-flash"
QWEN = "lm_studio/qwen2.5-coder-7b-instruct"
LLAMA = "ollama/llama3.2:3b"
KEYS = {"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": KEY, "GEMINI_API_KEY": KEY}
_SECTIONS = ("general", "privacy", "cost", "generation", "model_configurations")
_WITHOUT_V1 = ("ollama", "anthropic")


class MemoryKeyring(KeyringBackend):
    """A keyring of this process only."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.passwords = {}

    def get_password(self, service, username):
        return self.passwords.get((service, username))

    def set_password(self, service, username, password):
        self.passwords[service, username] = password

    def delete_password(self, service, username):
        del self.passwords[service, username]


@pytest.fixture
def safe():
    """The system keyring of a test."""
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def start(loop):
    """Return a function that starts a server, which is closed at the end."""
    servers = []

    def start(server):
        loop.run_until_complete(server.start())
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def claude(start):
    return start(FakeAnthropic())


@pytest.fixture
def gpt(start):
    return start(FakeOpenAI())


@pytest.fixture
def gemini(start):
    return start(FakeGemini())


@pytest.fixture
def lm_studio(start):
    model = LMModel("qwen2.5-coder-7b-instruct")
    model.load(32768)
    return start(FakeLMStudio(models=[model]))


@pytest.fixture
def ollama(start):
    return start(FakeOllama(models=[OllamaModel("llama3.2:3b")]))


@pytest.fixture
def servers(lm_studio, unused_tcp_port_factory):
    """The environment of a computer on which only LM Studio runs."""
    return {
        "LM_STUDIO_BASE_URL": f"{lm_studio.url}/v1",
        "OLLAMA_HOST": f"127.0.0.1:{unused_tcp_port_factory()}",
    }


@pytest.fixture
def world(paths, safe, unused_tcp_port_factory):
    """Return a function that writes the settings for the servers given and opens nothing else."""

    def settings(*, environment=None, max_retries=2, **servers):
        nowhere = f"http://127.0.0.1:{unused_tcp_port_factory()}"
        sections = {name: servers.pop(name) for name in list(servers) if name in _SECTIONS}
        configs = {
            "lm_studio": {"base_url": f"{nowhere}/v1"},
            "ollama": {"base_url": nowhere},
            "llama_cpp": {},
        }
        for name, server in servers.items():
            if server is None:
                configs[name] = {"is_enabled": False}
                continue
            url = server.url if name in _WITHOUT_V1 else f"{server.url}/v1"
            configs[name] = {"is_enabled": True, "base_url": url, "max_retries": max_retries}
        document = {"schema_version": 2, "provider_configurations": configs, **sections}
        paths.settings_file.parent.mkdir(parents=True, exist_ok=True)
        paths.settings_file.write_text(json.dumps(document))
        return dict(environment or {})

    return settings
