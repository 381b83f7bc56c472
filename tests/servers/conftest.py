"""Two scripted servers, and a computer on which no others are found."""

from __future__ import annotations

import pytest

from tests.fake_lm_studio import FakeLMStudio, LMModel
from tests.fake_ollama import FakeOllama, OllamaModel


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No program and no file of this computer's own servers is found."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AI_CODER_HOME", str(tmp_path / "home"))


@pytest.fixture
def lm_studio(start):
    qwen = LMModel("qwen2.5-coder-7b-instruct")
    qwen.load(32768)
    return start(FakeLMStudio(models=[qwen, LMModel("gemma-3-12b")]))


@pytest.fixture
def ollama(start):
    cloud = OllamaModel("gpt-oss:120b-cloud", remote_host="https://ollama.com:443")
    return start(FakeOllama(models=[OllamaModel("llama3.2:3b"), cloud]))


@pytest.fixture
def both_servers(lm_studio, ollama, monkeypatch):
    found = {"LM_STUDIO_BASE_URL": f"{lm_studio.url}/v1", "OLLAMA_HOST": ollama.url}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found
