"""The commands without a window, against scripted servers: what they print and how they end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from ai_coder import cli
from tests.fake_lm_studio import FakeLMStudio, LMModel
from tests.fake_ollama import FakeOllama, OllamaModel

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture
def lm_studio(loop):
    qwen = LMModel("qwen")
    qwen.load(32768)
    server = FakeLMStudio(models=[qwen])
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def ollama(loop):
    server = FakeOllama(models=[OllamaModel("llama3.2:3b")])
    loop.run_until_complete(server.start())
    yield server
    server.close()


@pytest.fixture
def run(tmp_path, lm_studio, ollama):
    """Return a function that runs a command in a process of its own: (code, stdout, stderr)."""
    settings = tmp_path / "home" / "config" / "llm_studio_config.json"
    settings.parent.mkdir(parents=True)
    guide_off = {"provider_configurations": {"llama_cpp": {"is_enabled": False}}}
    settings.write_text(json.dumps({"schema_version": 1, **guide_off}))
    environment = {
        **os.environ,
        "AI_CODER_HOME": str(tmp_path / "home"),
        "LM_STUDIO_BASE_URL": f"{lm_studio.url}/v1",
        "OLLAMA_HOST": ollama.url,
    }

    async def run(*arguments):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ai_coder", *arguments),
            cwd=CHECKOUT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    return run


async def test_doctor_says_that_a_chat_is_possible(run):
    code, out, err = await run("doctor")

    assert code == cli.CAN_CHAT, err
    assert "✔ LM Studio (lm_studio): LM Studio is ready." in out
    assert "Ready to chat." in out


async def test_doctor_fails_when_no_server_can_answer_and_says_why(run, lm_studio, ollama):
    lm_studio.close()
    ollama.close()

    code, out, _ = await run("doctor")

    assert code == cli.CANNOT_CHAT
    assert f"✘ LM Studio (lm_studio): LM Studio does not answer at {lm_studio.url}." in out
    assert "its server is off: see its Developer tab" in out
    assert "✘ Ollama (ollama): Ollama does not answer" in out
    assert "- llama_cpp: switched off in Settings" in out
    assert "No server can answer yet." in out


async def test_doctor_speaks_json_with_the_remedy(run, lm_studio):
    lm_studio.token = "sk-lm-abcdefgh:abcdefghij0123456789"

    code, out, _ = await run("doctor", "--json")

    report = json.loads(out)
    assert code == cli.CAN_CHAT
    assert report["providers"]["lm_studio"]["state"] == "auth_needed"
    assert report["providers"]["lm_studio"]["remedy"] == "enter_token"
    assert report["providers"]["ollama"]["models"] == 1


async def test_models_tells_what_is_served_and_where_it_runs(run):
    code, out, _ = await run("models")

    assert code == cli.CAN_CHAT
    assert "lm_studio/qwen\tloaded\t" in out
    assert "32768 served, 131072 at most · local" in out
    assert "ollama/llama3.2:3b\tnot loaded\t" in out


async def test_ask_prints_the_answer_and_nothing_else(run, lm_studio):
    lm_studio.reply = ["Hel", "lo"]

    code, out, _ = await run("ask", "Hi", "--model", "lm_studio/qwen")

    assert (code, out) == (cli.CAN_CHAT, "Hello\n")


async def test_a_failed_question_ends_with_an_explanation_and_a_code(run, lm_studio):
    lm_studio.close()

    code, out, err = await run("ask", "Hi", "--model", "lm_studio/qwen")

    assert code == cli.CANNOT_CHAT
    assert out == ""
    assert "does not answer" in err
    assert "Traceback" not in err
